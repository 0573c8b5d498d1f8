import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import * as path from 'node:path';
import { parentOf } from '../../protocol/paths.ts';
import type { BytePath } from '../../protocol/paths.ts';
import type { CallContext } from '../../protocol/registry.ts';
import { conflictText } from '../engine/merge.ts';
import type { Clock, ObjectStore } from '../engine/ports.ts';
import { applyEdits, emptyTree } from '../engine/tree/edit.ts';
import type { Edit, FileMode } from '../engine/tree/entry.ts';
import { entries } from '../engine/tree/read.ts';
import { nativePath } from '../worktree/native-path.ts';
import { rescanOnly } from '../worktree/rescan-only.ts';
import { DirectoryWalk, isTemporaryName } from '../worktree/safe-path.ts';
import { WorkingDirectory } from '../worktree/working-directory.ts';
import { makeOut } from '../worktree/write-tree.ts';
import { chosenBy } from './globs.ts';
import { readNote, storeFolder, writeNote } from './notes.ts';

export interface ExportRequest {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly storeDirectory: string;
  readonly root: Buffer;
  /** Absolute path of the directory, made when it is missing. */
  readonly out: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly dryRun: boolean;
  readonly context: CallContext;
}

export interface Exported {
  readonly written: readonly BytePath[];
  readonly removed: readonly BytePath[];
  readonly bytes: number;
}

/**
 * Makes a directory what a tree is. What an earlier export put there is noted in the store, so that only the difference
 * is written, what went away is removed, and what somebody else put there is never touched.
 * @throws PyiError `CONFLICT` when a file that is not ours, or was changed since, is in the way; `INVALID_PATH`, `NO_SPACE`
 */
export async function exportTree(request: ExportRequest): Promise<Exported> {
  const { store, clock, out, dryRun, context } = request;
  const note = noteFile(request);
  const noted = (readNote(note) ?? { held: [], writing: null }) as Note;
  const chosen = chooseFiles(request);
  const [held, writing, to] = [fromRows(noted.held), fromRows(noted.writing ?? noted.held), chosen].map((files) => applyEdits(store, emptyTree(store), files).root) as [Buffer, Buffer, Buffer];
  store.commit('memory'); // these trees are scaffolding; committed, they stand clear of anyone's rollback
  if (!dryRun) makeOut(out);
  const directory = existsSync(out) ? out : path.dirname(note);
  const working = await WorkingDirectory.open({
    root: directory, store, clock, cookieDirectory: path.dirname(note), statCacheFile: `${note}.stat`,
    ignore: { isIgnored: () => false, invalidate: () => undefined }, leaveAlone: () => false,
    submodules: new Set(), tracked: new Set(), conflictText: (entry) => conflictText(store, entry),
    onProblem: () => undefined, changeSource: () => rescanOnly,
  });
  try {
    if (dryRun) {
      const plan = working.plan(held, to);
      return {
        written: plan.changes.filter((change) => change.after !== undefined).map((change) => change.path),
        removed: plan.changes.filter((change) => change.after === undefined).map((change) => change.path), bytes: plan.bytes,
      };
    }
    // A crash left a mixture of two trees: it is brought to the later one first, which accepts what is there of either.
    if (noted.writing !== null) {
      removeLeftovers(out, fromRows([...noted.held, ...noted.writing]));
      await working.apply(working.plan(held, writing), context);
    }
    const plan = working.plan(writing, to);
    writeNote(note, { held: noted.writing ?? noted.held, writing: toRows(chosen) } satisfies Note);
    const done = await working.apply(plan, context);
    writeNote(note, { held: toRows(chosen), writing: null } satisfies Note);
    return done;
  } finally {
    await working.close();
  }
}

function chooseFiles({ store, root, include, exclude }: ExportRequest): Edit[] {
  const isChosen = chosenBy(include, exclude);
  const chosen: Edit[] = [];
  for (const { path: file, entry } of entries(store, root)) if (isChosen(file)) chosen.push({ path: file, entry });
  return chosen;
}

type Noted = readonly [path: string, mode: FileMode, size: number, id: string];

/** What of a directory is ours. Without a note that can be read, files that are there are taken for somebody else's, unless they are as wanted. */
interface Note {
  readonly held: readonly Noted[];
  /** What an export is making of it; null when none is under way. */
  readonly writing: readonly Noted[] | null;
}

function noteFile({ storeDirectory, out }: ExportRequest): string {
  return path.join(storeFolder(storeDirectory, 'exports'), `${createHash('sha256').update(out).digest('hex').slice(0, 32)}.json`);
}

/** Removes the temporary files of an export that was cut short. They lie beside the files or above them. */
function removeLeftovers(out: string, files: readonly Edit[]): void {
  const directories = new Set<BytePath>(['' as BytePath]);
  for (const { path: file } of files) for (let at = parentOf(file); at !== ''; at = parentOf(at)) directories.add(at);
  const walk = new DirectoryWalk(out);
  try {
    for (const directory of [...directories].sort()) {
      const reach = walk.enter(directory);
      if (reach === undefined) continue;
      for (const name of readdirSync(nativePath(reach, ''), 'latin1')) if (isTemporaryName(name)) rmSync(nativePath(reach, name), { recursive: true });
    }
  } finally {
    walk.close();
  }
}

function fromRows(rows: readonly Noted[]): Edit[] {
  return rows.map(([file, mode, size, id]) => ({ path: file as BytePath, entry: { mode, size, id: Buffer.from(id, 'hex') } }));
}

function toRows(files: readonly Edit[]): Noted[] {
  return files.flatMap(({ path: file, entry }): Noted[] => (entry === null ? [] : [[file, entry.mode, entry.size, entry.id.toString('hex')]]));
}
