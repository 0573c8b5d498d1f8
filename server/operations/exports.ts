import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import * as path from 'node:path';
import type { BytePath } from '../../protocol/paths.ts';
import type { CallContext } from '../../protocol/registry.ts';
import { conflictText } from '../engine/merge.ts';
import type { Clock, ObjectStore } from '../engine/ports.ts';
import { applyEdits, emptyTree } from '../engine/tree/edit.ts';
import type { Edit, FileMode } from '../engine/tree/entry.ts';
import { entries } from '../engine/tree/read.ts';
import { Wildmatch } from '../worktree/ignore/wildmatch.ts';
import { rescanOnly } from '../worktree/rescan-only.ts';
import { WorkingDirectory } from '../worktree/working-directory.ts';
import { makeOut } from '../worktree/write-tree.ts';
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
  const from = applyEdits(store, emptyTree(store), notedFiles(note)).root;
  const chosen = chooseFiles(request);
  const to = applyEdits(store, emptyTree(store), chosen).root;
  store.commit('memory'); // the two trees are scaffolding; committed, they stand clear of anyone's rollback
  if (!dryRun) makeOut(out);
  const directory = existsSync(out) ? out : path.dirname(note);
  const working = await WorkingDirectory.open({
    root: directory, store, clock, cookieDirectory: path.dirname(note), statCacheFile: `${note}.stat`,
    ignore: { isIgnored: () => false, invalidate: () => undefined }, leaveAlone: () => false,
    submodules: new Set(), tracked: new Set(), conflictText: (entry) => conflictText(store, entry),
    onProblem: () => undefined, changeSource: () => rescanOnly,
  });
  try {
    const plan = working.plan(from, to);
    if (dryRun) {
      return {
        written: plan.changes.filter((change) => change.after !== undefined).map((change) => change.path),
        removed: plan.changes.filter((change) => change.after === undefined).map((change) => change.path), bytes: plan.bytes,
      };
    }
    // Noted before it is done: a file that a crash kept from being written is simply not there next time.
    noteFiles(note, chosen);
    return await working.apply(plan, context);
  } finally {
    await working.close();
  }
}

/** Globs as in `.gitignore` with slashes respected; `**` crosses directories. No include means everything. */
function chooseFiles({ store, root, include, exclude }: ExportRequest): Edit[] {
  const wanted = include.map((glob) => Wildmatch.compile(glob, false));
  const unwanted = exclude.map((glob) => Wildmatch.compile(glob, false));
  const chosen: Edit[] = [];
  for (const { path: file, entry } of entries(store, root)) {
    if (wanted.length > 0 && !wanted.some((glob) => glob?.matches(file) === true)) continue;
    if (!unwanted.some((glob) => glob?.matches(file) === true)) chosen.push({ path: file, entry });
  }
  return chosen;
}

type Noted = readonly [path: string, mode: FileMode, size: number, id: string];

function noteFile({ storeDirectory, out }: ExportRequest): string {
  return path.join(storeFolder(storeDirectory, 'exports'), `${createHash('sha256').update(out).digest('hex').slice(0, 32)}.json`);
}

/** Without a note that can be read, files that are there are taken for somebody else's, unless they are as wanted. */
function notedFiles(note: string): Edit[] {
  const rows = (readNote(note) ?? []) as readonly Noted[];
  return rows.map(([file, mode, size, id]) => ({ path: file as BytePath, entry: { mode, size, id: Buffer.from(id, 'hex') } }));
}

function noteFiles(note: string, chosen: readonly Edit[]): void {
  writeNote(note, chosen.flatMap(({ path: file, entry }): Noted[] => (entry === null ? [] : [[file, entry.mode, entry.size, entry.id.toString('hex')]])));
}
