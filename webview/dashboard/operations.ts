/** Which operations the dashboard shows, and where. Names are those of the server's metrics. */

/** What changes states: what people and agents wait for. `capture` is the part of a checkpoint that reads the directory. */
const CHANGING = [
  'checkpoint', 'capture', 'rewind', 'fork', 'collapse', 'undo', 'integrate', 'discard', 'observe', 'race', 'write', 'remove', 'materialize', 'entangle', 'pin', 'setup',
] as const;

/** What views ask only to show themselves, the dashboard among them: figures of these would be about who watches. */
const WATCHING: ReadonlySet<string> = new Set(['stats', 'agents', 'where', 'phase', 'git-compat']);

const GIT = 'git/';

export type Group = 'changing' | 'asking' | 'git';

/** Where an operation is shown; undefined for what is not. */
export function groupOf(name: string): Group | undefined {
  if (name.startsWith(GIT)) return 'git';
  if (WATCHING.has(name)) return undefined;
  return CHANGING.some((known) => known === name) ? 'changing' : 'asking';
}

/** The operations of a group in their order: the usual ones first, all others by name. */
export function inGroup(group: Group, names: readonly string[]): string[] {
  const rank = (name: string): number => (CHANGING as readonly string[]).indexOf(name);
  return names.filter((name) => groupOf(name) === group).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

/** What a row calls an operation: `git status` for `git/status`. */
export function operationName(name: string): string {
  return name.replace('/', ' ');
}
