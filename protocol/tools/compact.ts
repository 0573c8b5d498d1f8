import { shortId } from '../ids.ts';
import { changeCounts, headline } from '../text.ts';
import type { Changes, CheckpointInfo, ForkInfo } from '../values.ts';

/** Results in few words: short ids, no fields that say what is so anyway, long lists cut with their length beside them. */

/** Paths named of one list. */
const LISTED = 40;
/** Characters of what a validator printed; the verdict stands at the end. */
const EVIDENCE = 2000;

/** A list under its name: nothing when it is empty; cut, with `<name>Total`, when it is long. */
export function listed<T>(name: string, items: readonly T[], most = LISTED): Readonly<Record<string, readonly T[] | number>> {
  if (items.length === 0) return {};
  return items.length <= most ? { [name]: items } : { [name]: items.slice(0, most), [`${name}Total`]: items.length };
}

/** The end of what a validator printed. */
export function evidenceEnd(evidence: string): { evidence?: string } {
  const text = evidence.trim();
  if (text === '') return {};
  return { evidence: text.length > EVIDENCE ? `…${text.slice(-EVIDENCE)}` : text };
}

/** One row of a list of forks. */
export function compactFork(fork: ForkInfo): object {
  const last = fork.observations.at(-1);
  const changes = changeCounts(fork.changes);
  return {
    name: fork.name, id: shortId(fork.fork), agent: fork.agent,
    ...(fork.task === null ? {} : { task: fork.task }),
    ...(fork.state === 'live' ? {} : { state: fork.state }),
    head: shortId(fork.head),
    ...(changes === '' ? {} : { changes }),
    ...(last === undefined ? {} : { observed: { ok: last.ok, ...(last.score === null ? {} : { score: last.score }), ...(last.checkpoint === fork.head ? {} : { before: 'its last change' }) } }),
    ...(fork.dir === null ? {} : { dir: fork.dir }),
  };
}

/** One row of a timeline. */
export function compactCheckpoint({ checkpoint, fork, agent, time, message, kind, insight, name, pinned }: CheckpointInfo): object {
  const files = changeCounts({ added: insight.filesAdded, changed: insight.filesChanged, deleted: insight.filesDeleted, conflicts: 0 });
  return {
    id: shortId(checkpoint), fork: shortId(fork), agent, time: new Date(time).toISOString(),
    ...(message === '' ? {} : { message: headline(message, 100) }),
    ...(kind === 'manual' ? {} : { kind }),
    ...(files === '' ? {} : { files }),
    ...(name === null ? {} : { name }),
    ...(pinned ? { pinned } : {}),
  };
}

/** Paths by what happened to them. */
export function compactPaths({ added, changed, deleted, renamed }: Changes): object {
  const names = { ...listed('added', added), ...listed('changed', changed), ...listed('deleted', deleted), ...listed('renamed', renamed.map(({ from, to }) => `${from} → ${to}`)) };
  return Object.keys(names).length === 0 ? { same: true } : names;
}

/** Whether {@link compactPaths} leaves paths out. */
export function leavesOut({ added, changed, deleted, renamed }: Changes): boolean {
  return [added, changed, deleted, renamed].some((list) => list.length > LISTED);
}

/** Bytes as an agent reads them: text when they are UTF-8, but for a character that the end cuts, else base64. */
export function readable(base64: string): { readonly text: string; readonly bytes: number } | { readonly base64: string; readonly bytes: number } {
  const all = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  // A character of UTF-8 has at most four bytes.
  for (let cut = 0; cut < 4 && (cut === 0 || cut < all.length); cut++) {
    try {
      const text = decoder.decode(all.subarray(0, all.length - cut));
      if (!text.includes('\0')) return { text, bytes: all.length - cut };
    } catch {
      continue; // cut one more
    }
  }
  return { base64, bytes: all.length };
}
