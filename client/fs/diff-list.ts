import type { Changes } from '../../protocol/values.ts';

/** A file that differs between two states. */
export interface FileDiff {
  /** Its path on the left; undefined when it is not there. */
  readonly left: string | undefined;
  readonly right: string | undefined;
}

/** What differs, in the order of paths as VS Code's lists have it. */
export function diffList({ added, changed, deleted, renamed }: Changes): FileDiff[] {
  const list: FileDiff[] = [
    ...added.map((path) => ({ left: undefined, right: path })),
    ...changed.map((path) => ({ left: path, right: path })),
    ...deleted.map((path) => ({ left: path, right: undefined })),
    ...renamed.map(({ from, to }) => ({ left: from, right: to })),
  ];
  const keys = new Map(list.map((diff) => [diff, pathOf(diff).split('/')]));
  return list.sort((a, b) => compareNames(keys.get(a) ?? [], keys.get(b) ?? []));
}

/** Under which path a difference is listed. */
export function pathOf({ left, right }: FileDiff): string {
  return right ?? left ?? '';
}

/** The same differences, seen from the other side. */
export function turned({ added, changed, deleted, renamed, details }: Changes): Changes {
  return {
    added: deleted, changed, deleted: added, renamed: renamed.map(({ from, to }) => ({ from: to, to: from })),
    ...(details === undefined ? {} : {
      details: { from: details.to, to: details.from, unusual: details.unusual.map((file) => ({ ...file, side: file.side === 'from' ? 'to' : 'from' })) },
    }),
  };
}

/** Files of a directory before its subdirectories' would tear them apart; names decide, one after the other. */
function compareNames(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [one, other] = [a[i] ?? '', b[i] ?? ''];
    if (one !== other) return one < other ? -1 : 1;
  }
  return a.length - b.length;
}
