import { PyiError } from '../../protocol/errors.ts';
import { textFromBytePath } from '../../protocol/paths.ts';
import type { BytePath } from '../../protocol/paths.ts';
import type { ObjectStore } from '../engine/ports.ts';
import { diff } from '../engine/tree/diff.ts';
import type { Change } from '../engine/tree/diff.ts';
import { isUnder } from './native-path.ts';
import { checkWritable } from './safe-path.ts';

/** What makes a directory that holds `from` hold `to`. */
export interface MaterializePlan {
  readonly from: Buffer;
  readonly to: Buffer;
  readonly changes: readonly Change[];
  /** Files that `to` lacks and ignores: they stay, and are no longer ours. */
  readonly spared: readonly BytePath[];
  /** Content to write. */
  readonly bytes: number;
}

export interface PlanOptions {
  /** Only these files, and what is below these directories. */
  readonly paths?: readonly BytePath[] | undefined;
}

/**
 * Lists what has to be written and removed; touches nothing.
 * @throws PyiError `INVALID_PATH` when `to` holds a path that may not be written here
 */
export function planMaterialize(
  store: ObjectStore, from: Buffer, to: Buffer,
  rules: PlanOptions & { leaveAlone: (path: BytePath) => boolean; ignoreCase: boolean; ignoredAfter: (path: BytePath) => boolean },
): MaterializePlan {
  const { paths } = rules;
  const changes: Change[] = [];
  const spared: BytePath[] = [];
  const folded = new Map<string, BytePath>();
  let bytes = 0;
  for (const change of diff(store, from, to)) {
    const { path } = change;
    if (paths !== undefined && !paths.some((chosen) => chosen === path || isUnder(path, chosen))) continue;
    checkWritable(path, rules.leaveAlone);
    if (change.after === undefined && rules.ignoredAfter(path)) {
      spared.push(path);
      continue;
    }
    if (change.after !== undefined) {
      if (rules.ignoreCase) refuseTwins(folded, path);
      bytes += change.after.size;
    }
    changes.push(change);
  }
  return { from, to, changes, spared, bytes };
}

/** A file system that takes `A` and `a` for one name would hold the second file only. */
export function refuseTwins(folded: Map<string, BytePath>, path: BytePath): void {
  const key = textFromBytePath(path).normalize('NFC').toLowerCase();
  const twin = folded.get(key);
  if (twin !== undefined) {
    throw new PyiError('INVALID_PATH', `${JSON.stringify(textFromBytePath(twin))} and ${JSON.stringify(textFromBytePath(path))} are one file on this file system, which ignores case`,
      'Rename one of them, or write the state to a file system that tells them apart.');
  }
  folded.set(key, path);
}
