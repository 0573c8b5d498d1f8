/**
 * The checks before a plan is applied: every path still is what the plan starts from, and nothing that
 * PYI did not put there is in the way.
 */
import fs from 'node:fs';
import { PyiError } from '../../protocol/errors.ts';
import { parentOf, textFromBytePath } from '../../protocol/paths.ts';
import type { BytePath } from '../../protocol/paths.ts';
import type { Change } from '../engine/tree/diff.ts';
import { FileMode, entriesEqual } from '../engine/tree/entry.ts';
import type { Entry } from '../engine/tree/entry.ts';
import type { Inspector } from './inspect.ts';
import type { MaterializePlan } from './materialize.ts';
import { childOf, nameOf, nativePath } from './native-path.ts';
import type { FileReader } from './read-file.ts';
import type { DirectoryWalk } from './safe-path.ts';
import type { Slicer } from './slicer.ts';
import type { StatCache } from './stat-cache.ts';

/** How many conflicting paths an error names. */
const NAMED = 5;

/** A change that remains to be made. */
export interface Step {
  readonly change: Change;
  /** Permissions of the regular file that is there now. */
  readonly permissions: number | undefined;
}

export interface VerifyTools {
  readonly cache: StatCache;
  readonly inspector: Inspector;
  readonly reader: FileReader;
  readonly walk: DirectoryWalk;
  readonly slicer: Slicer;
  /** The cached entry of a path turned out to be another than before. */
  readonly onChanged: (path: BytePath) => void;
}

/**
 * What of the plan is left to do; paths that are as they should be already drop out, so a plan that was
 * interrupted can be applied again.
 * @throws PyiError `CONFLICT` naming the paths that are neither what the plan starts from nor what it makes
 */
export async function verifyPlan(plan: MaterializePlan, tools: VerifyTools): Promise<Step[]> {
  const verifier = new Verifier(plan, tools);
  const steps: Step[] = [];
  for (const change of plan.changes) {
    const step = await verifier.check(change);
    if (step !== undefined) steps.push(step);
    if (tools.slicer.due()) await tools.slicer.pause();
  }
  verifier.finish();
  return steps;
}

class Verifier {
  readonly #tools: VerifyTools;
  /** Paths that the plan frees. */
  readonly #removed = new Set<BytePath>();
  readonly #conflicts: string[] = [];

  constructor(plan: MaterializePlan, tools: VerifyTools) {
    this.#tools = tools;
    for (const { path, after } of plan.changes) if (after === undefined) this.#removed.add(path);
  }

  async check({ path, before, after }: Change): Promise<Step | undefined> {
    const { walk } = this.#tools;
    const step = (permissions?: number): Step => ({ change: { path, before, after }, permissions });
    const parent = parentOf(path);
    if (walk.enter(parent) === undefined) {
      if (after === undefined) return undefined; // Gone with its directory.
      return this.#mayMakeWay(parent) ? step() : undefined;
    }
    const stats = walk.lstat(path);
    if (stats === undefined) {
      if (after === undefined) return undefined;
      // We replace by renaming over, so even an interrupted run of ours leaves no gap: somebody deleted it.
      return before === undefined ? step() : this.#conflict(path, 'was deleted');
    }
    if (stats.isDirectory()) return this.#checkDirectory({ path, before, after }, step);
    const found = await this.#found(path, stats, before);
    if (found === undefined) return this.#conflict(path, before === undefined ? 'is in the way' : 'cannot be read');
    if (entriesEqual(found, after)) return undefined;
    if (before === undefined) return this.#conflict(path, 'is in the way');
    if (!entriesEqual(found, before)) return this.#conflict(path, 'has changed');
    return step(stats.isFile() ? stats.mode & 0o777 : undefined);
  }

  /** @throws PyiError `CONFLICT` */
  finish(): void {
    if (this.#conflicts.length === 0) return;
    const more = this.#conflicts.length - NAMED;
    throw new PyiError('CONFLICT',
      `Nothing was written: ${this.#conflicts.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
      'Take a checkpoint of the directory first, or move these files away, and try again.');
  }

  /** The entry of what is on disk. A file that PYI knows is brought up to date in the cache, any other is only read. */
  async #found(path: BytePath, stats: fs.Stats, before: Entry | undefined): Promise<Entry | undefined> {
    const { cache, inspector, reader, walk } = this.#tools;
    const reach = walk.enter(parentOf(path));
    const at = nativePath(reach ?? '', nameOf(path));
    if (cache.has(path) || before !== undefined) {
      const verdict = await inspector.look(path, at, stats, reader);
      if (verdict.changed) this.#tools.onChanged(path);
      return verdict.problem === undefined && verdict.again !== true ? cache.entry(path) : undefined;
    }
    if (!stats.isFile() && !stats.isSymbolicLink()) return undefined;
    const outcome = stats.isFile() ? await reader.file(at) : reader.link(at, stats);
    if (outcome.kind !== 'content' || !outcome.stable) return undefined;
    return { mode: inspector.modeOf(path, stats), size: outcome.size, id: outcome.id };
  }

  #checkDirectory({ path, before, after }: Change, step: () => Step): Step | undefined {
    if (before?.mode === FileMode.submodule && after?.mode !== FileMode.submodule) {
      // A submodule's content is another repository's: only an empty directory goes.
      if (this.#firstBelow(path) === undefined) return step();
      return after === undefined ? undefined : this.#conflict(path, 'is a submodule with files in it');
    }
    if (after === undefined || after.mode === FileMode.submodule) return undefined;
    if (before !== undefined) return this.#conflict(path, 'has become a directory');
    const inTheWay = this.#firstBelow(path);
    return inTheWay === undefined ? step() : this.#conflict(inTheWay, 'is in the way');
  }

  /** The first thing below a directory that the plan does not remove; empty directories do not count. */
  #firstBelow(directory: BytePath): BytePath | undefined {
    const reach = this.#tools.walk.enter(directory);
    if (reach === undefined) return directory;
    for (const name of fs.readdirSync(nativePath(reach, ''), 'latin1')) {
      const path = childOf(directory, name);
      if (this.#removed.has(path)) continue;
      if (this.#tools.walk.lstat(path)?.isDirectory() !== true) return path;
      const below = this.#firstBelow(path);
      if (below !== undefined) return below;
    }
    return undefined;
  }

  /** Whether what stands where a directory is needed will be gone by then. */
  #mayMakeWay(directory: BytePath): boolean {
    const { walk } = this.#tools;
    const reached = walk.deepest(directory);
    const slash = directory.indexOf('/', reached === '' ? 0 : reached.length + 1);
    const blocked = (slash < 0 ? directory : directory.slice(0, slash)) as BytePath;
    if (walk.lstat(blocked) === undefined || this.#removed.has(blocked)) return true;
    this.#conflict(blocked, 'is in the way');
    return false;
  }

  #conflict(path: BytePath, what: string): undefined {
    const text = `${JSON.stringify(textFromBytePath(path))} ${what}`;
    if (!this.#conflicts.includes(text)) this.#conflicts.push(text);
    return undefined;
  }
}
