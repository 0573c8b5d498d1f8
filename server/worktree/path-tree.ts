import type { BytePath } from '../../protocol/paths.ts';

class Branch<T> {
  value: T | undefined;
  children: Map<string, Branch<T>> | undefined;
}

/**
 * Map from path to value that can also answer for a directory: is anything below it, and what.
 *
 * A path and a path below it may both have values.
 */
export class PathTree<T> {
  #root = new Branch<T>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(path: BytePath): T | undefined {
    return this.#find(path)?.value;
  }

  has(path: BytePath): boolean {
    return this.#find(path)?.value !== undefined;
  }

  /** True when a path below `directory` has a value; `directory` itself does not count. */
  hasUnder(directory: BytePath): boolean {
    return this.#find(directory)?.children !== undefined;
  }

  set(path: BytePath, value: T): void {
    let branch = this.#root;
    for (let start = 0; start <= path.length && path !== '';) {
      const end = nameEnd(path, start);
      const name = path.slice(start, end);
      branch.children ??= new Map();
      let next = branch.children.get(name);
      if (next === undefined) branch.children.set(name, next = new Branch());
      branch = next;
      start = end + 1;
    }
    if (branch.value === undefined) this.#size++;
    branch.value = value;
  }

  /** Removes one path and returns its value. */
  delete(path: BytePath): T | undefined {
    const steps: { parent: Branch<T>; name: string }[] = [];
    let branch = this.#root;
    for (let start = 0; start <= path.length && path !== '';) {
      const end = nameEnd(path, start);
      const name = path.slice(start, end);
      const next = branch.children?.get(name);
      if (next === undefined) return undefined;
      steps.push({ parent: branch, name });
      branch = next;
      start = end + 1;
    }
    const value = branch.value;
    if (value === undefined) return undefined;
    branch.value = undefined;
    this.#size--;
    // Empty branches go, so that `children !== undefined` keeps meaning "something is below".
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
      const child = step.parent.children?.get(step.name);
      if (child === undefined || child.value !== undefined || child.children !== undefined) break;
      step.parent.children?.delete(step.name);
      if (step.parent.children?.size === 0) step.parent.children = undefined;
    }
    return value;
  }

  /** The values at and below `directory`, depth first in order of insertion. Entries may be deleted meanwhile. */
  *under(directory: BytePath): Generator<[BytePath, T]> {
    const start = this.#find(directory);
    if (start === undefined) return;
    if (start.value !== undefined) yield [directory, start.value];
    const stack: { prefix: string; children: Iterator<[string, Branch<T>]> }[] = [];
    const enter = (path: string, branch: Branch<T>): void => {
      if (branch.children !== undefined) stack.push({ prefix: path === '' ? '' : `${path}/`, children: branch.children.entries() });
    };
    enter(directory, start);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const step = top.children.next();
      if (step.done === true) {
        stack.pop();
        continue;
      }
      const [name, branch] = step.value;
      const path = (top.prefix + name) as BytePath;
      if (branch.value !== undefined) yield [path, branch.value];
      enter(path, branch);
    }
  }

  clear(): void {
    this.#root = new Branch();
    this.#size = 0;
  }

  #find(path: BytePath): Branch<T> | undefined {
    let branch: Branch<T> | undefined = this.#root;
    if (path === '') return branch;
    for (let start = 0; branch !== undefined && start <= path.length;) {
      const end = nameEnd(path, start);
      branch = branch.children?.get(path.slice(start, end));
      start = end + 1;
    }
    return branch;
  }
}

function nameEnd(path: string, start: number): number {
  const slash = path.indexOf('/', start);
  return slash < 0 ? path.length : slash;
}
