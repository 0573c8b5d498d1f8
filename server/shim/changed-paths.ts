import type { BytePath } from '../../protocol/paths.ts';

/** More changes than this are not remembered one by one. */
const MAX_PATHS = 200;

/** Which paths changed, and in which generation last. */
export class ChangedPaths {
  readonly #paths = new Map<BytePath, number>();
  /** Of what changed in this generation or before, nothing is known. */
  #forgotten = 0;

  add(path: BytePath, generation: number): void {
    this.#paths.delete(path);
    this.#paths.set(path, generation);
    for (const [oldest, when] of this.#paths) {
      if (this.#paths.size <= MAX_PATHS) break;
      this.#paths.delete(oldest);
      this.#forgotten = when;
    }
  }

  /** Anything may have changed. */
  forget(generation: number): void {
    this.#paths.clear();
    this.#forgotten = generation;
  }

  /** The paths that changed after a generation; undefined when that is not known any more. */
  since(generation: number): readonly BytePath[] | undefined {
    return generation < this.#forgotten ? undefined : [...this.#paths].flatMap(([path, when]) => (when > generation ? [path] : []));
  }
}
