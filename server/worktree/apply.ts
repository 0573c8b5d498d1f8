/**
 * Makes a directory what a plan says.
 *
 * In three phases, so that an error changes nothing: everything is verified; all new content is written
 * to temporary files beside their targets, where a full disk or a missing permission shows (then they are
 * removed again); only then files are removed and renamed into place. A rename replaces a file as a whole:
 * readers see the old or the new one, and hard links and clones elsewhere keep theirs. Should the third
 * phase fail all the same, or the process die in it, applying the plan again completes it.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { parentOf } from '../../protocol/paths.ts';
import type { BytePath } from '../../protocol/paths.ts';
import { FileMode } from '../engine/tree/entry.ts';
import type { Entry } from '../engine/tree/entry.ts';
import type { WorkOptions } from './capture.ts';
import type { MaterializePlan } from './materialize.ts';
import { childOf, nameOf, nativePath, systemErrorCode } from './native-path.ts';
import type { NativePath } from './native-path.ts';
import { lstatOrUndefined } from './safe-path.ts';
import type { DirectoryWalk } from './safe-path.ts';
import type { Slicer } from './slicer.ts';
import type { StatCache } from './stat-cache.ts';
import { writeEntry, writeError } from './write-entry.ts';
import type { EntrySource } from './write-entry.ts';
import type { Step } from './verify-plan.ts';

/** What an apply did. Paths that were as the plan wants them before are not listed. */
export interface Applied {
  readonly written: BytePath[];
  readonly removed: BytePath[];
  /** Content written. */
  readonly bytes: number;
}

export interface ApplyTools {
  readonly source: EntrySource;
  readonly walk: DirectoryWalk;
  readonly slicer: Slicer;
  readonly cache: StatCache;
  readonly now: () => number;
  /** The cached entry of a path is another now. */
  readonly onChanged: (path: BytePath) => void;
}

interface Staged {
  readonly path: BytePath;
  readonly entry: Entry;
  readonly temporary: BytePath;
}

/** Makes the steps that {@link verifyPlan} left. @throws PyiError `NO_SPACE`, `INVALID_PATH`, `CANCELLED` */
export async function applySteps(plan: MaterializePlan, steps: readonly Step[], tools: ApplyTools, options: WorkOptions): Promise<Applied> {
  const application = new Application(tools);
  await application.stage(steps, plan.changes.length, options);
  return application.commit(steps);
}

class Application {
  readonly #tools: ApplyTools;
  readonly #prefix = randomBytes(4).toString('hex');
  readonly #staged: Staged[] = [];
  readonly #madeDirectories: BytePath[] = [];
  readonly #written: BytePath[] = [];
  readonly #removed: BytePath[] = [];
  #bytes = 0;

  constructor(tools: ApplyTools) {
    this.#tools = tools;
  }

  /** Writes what will be needed beside its place. Leaves nothing behind when it fails. */
  async stage(steps: readonly Step[], total: number, options: WorkOptions): Promise<void> {
    const { slicer } = this.#tools;
    let done = 0;
    try {
      for (const step of steps) {
        this.#attempt(step.change.path, 'Nothing was changed.', () => this.#stageOne(step));
        done++;
        if (slicer.due()) {
          options.progress?.({ what: 'write', done, total });
          await slicer.pause();
        }
      }
    } catch (error) {
      this.#unstage();
      throw error;
    }
  }

  /** Puts everything in its place. Not to be interrupted, but sliced. */
  async commit(steps: readonly Step[]): Promise<Applied> {
    const { slicer } = this.#tools;
    const emptied = new Set<BytePath>();
    try {
      for (const { change } of steps) {
        if (change.after !== undefined) continue;
        this.#attempt(change.path, this.#partial(steps), () => this.#remove(change.path, emptied));
        if (slicer.due()) await slicer.breathe();
      }
      this.#removeEmptied(emptied);
      for (const staged of this.#staged.splice(0)) {
        this.#attempt(staged.path, this.#partial(steps), () => this.#place(staged));
        if (slicer.due()) await slicer.breathe();
      }
    } catch (error) {
      this.#unstage();
      throw error;
    } finally {
      this.#remember(steps);
    }
    return { written: this.#written, removed: this.#removed, bytes: this.#bytes };
  }

  #stageOne({ change: { path, after }, permissions }: Step): void {
    const { walk, source } = this.#tools;
    const parent = parentOf(path);
    if (after === undefined) {
      const reach = walk.enter(parent);
      if (reach !== undefined) fs.accessSync(reach, fs.constants.W_OK);
      return;
    }
    const directory = this.#stagingDirectory(parent);
    const number = this.#staged.length.toString(16).padStart(8, '0');
    const temporary = childOf(directory, `.pyi-${this.#prefix}${number}.tmp`);
    writeEntry(source, this.#reach(temporary), after, permissions);
    this.#staged.push({ path, entry: after, temporary });
  }

  /** The target's directory, made if missing; the nearest one above while a file that will go is in its place. */
  #stagingDirectory(directory: BytePath): BytePath {
    const { walk } = this.#tools;
    for (let at = walk.deepest(directory); at !== directory;) {
      const slash = directory.indexOf('/', at === '' ? 0 : at.length + 1);
      const next = (slash < 0 ? directory : directory.slice(0, slash)) as BytePath;
      if (walk.lstat(next) !== undefined) return at;
      walk.make(next);
      this.#madeDirectories.push(next);
      at = next;
    }
    return directory;
  }

  #remove(path: BytePath, emptied: Set<BytePath>): void {
    const { walk } = this.#tools;
    const reach = walk.enter(parentOf(path));
    if (reach === undefined) return;
    const at = nativePath(reach, nameOf(path));
    // A directory stands for a submodule, and was seen to be empty.
    if (lstatOrUndefined(at)?.isDirectory() === true) removeDirectories(at);
    else fs.rmSync(at, { force: true });
    this.#removed.push(path);
    if (parentOf(path) !== '') emptied.add(parentOf(path));
  }

  /** Directories go with their last file, unless they hold anything else. */
  #removeEmptied(emptied: Set<BytePath>): void {
    const { walk } = this.#tools;
    const queue = [...emptied].sort().reverse();
    for (const directory of queue) {
      walk.leave(directory);
      const reach = walk.enter(parentOf(directory));
      if (reach === undefined) continue;
      try {
        fs.rmdirSync(nativePath(reach, nameOf(directory)));
      } catch {
        continue; // Not empty, or not ours to remove: it stays, as in git.
      }
      const parent = parentOf(directory);
      if (parent !== '' && !emptied.has(parent)) {
        emptied.add(parent);
        queue.push(parent);
      }
    }
  }

  #place({ path, entry, temporary }: Staged): void {
    // The staged file lies beside the target or in a directory above it, which stays open on the way down.
    const from = this.#reach(temporary);
    const to = this.#reach(path);
    try {
      fs.renameSync(from, to);
    } catch (error) {
      // A directory that the plan emptied is in the place of a file, or the file that a submodule replaces.
      if (lstatOrUndefined(to)?.isDirectory() === true) removeDirectories(to);
      else if (entry.mode === FileMode.submodule) fs.rmSync(to);
      else throw error;
      fs.renameSync(from, to);
    }
    this.#written.push(path);
    this.#bytes += entry.size;
  }

  #reach(path: BytePath): NativePath {
    return nativePath(this.#tools.walk.make(parentOf(path)), nameOf(path));
  }

  #unstage(): void {
    const { walk } = this.#tools;
    for (const { temporary, entry } of this.#staged.splice(0)) {
      const reach = walk.enter(parentOf(temporary));
      if (reach === undefined) continue;
      const at = nativePath(reach, nameOf(temporary));
      if (entry.mode === FileMode.submodule) fs.rmdirSync(at);
      else fs.rmSync(at, { force: true });
    }
    for (const directory of this.#madeDirectories.splice(0).reverse()) {
      walk.leave(directory);
      const reach = walk.enter(parentOf(directory));
      if (reach !== undefined) removeIfEmpty(nativePath(reach, nameOf(directory)));
    }
  }

  /** Tells the stat cache what is on disk now. Last, so that as few as possible count as just changed. */
  #remember(steps: readonly Step[]): void {
    const { cache, now, onChanged, walk } = this.#tools;
    const written = new Set(this.#written);
    for (const { change: { path, after } } of steps) {
      if (after !== undefined && written.has(path)) {
        const stats = walk.lstat(path);
        if (stats === undefined || after.mode === FileMode.submodule) cache.setUnproven(path, after);
        else cache.set(path, after, stats, now());
        onChanged(path);
      }
    }
    for (const path of this.#removed) {
      cache.delete(path);
      onChanged(path);
    }
  }

  #partial(steps: readonly Step[]): string {
    const done = this.#written.length + this.#removed.length;
    return done === 0 ? 'Nothing was changed.' : `${done} of ${steps.length} paths were done already; run it again to complete the rest.`;
  }

  #attempt(path: BytePath, hint: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      throw writeError(error, path, hint);
    }
  }
}

/** Removes a directory that holds at most empty directories. Throws ENOTEMPTY or ENOTDIR for anything else. */
function removeDirectories(directory: NativePath): void {
  for (const name of fs.readdirSync(directory, 'latin1')) removeDirectories(nativePath(directory, name));
  fs.rmdirSync(directory);
}

function removeIfEmpty(directory: NativePath): void {
  try {
    fs.rmdirSync(directory);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
  }
}
