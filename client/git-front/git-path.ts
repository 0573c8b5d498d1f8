/** What `git.path` is set to, and put back to. Whatever a person wrote there is kept as it is. */

/** What was there before PYI, and what PYI put there. Kept as JSON, so `undefined` (not set) is a missing `before`. */
export interface Remembered {
  readonly before?: unknown;
  readonly ours: readonly string[];
}

/** PYI first, then what was there, then the git on PATH: VS Code takes the first that runs, so nothing is lost when PYI is gone. */
export function gitPathWith(program: string, before: unknown): readonly string[] {
  return [program, ...otherPrograms(program, before), 'git'];
}

/** The programs that are in `git.path` beside PYI; the git on PATH, which is always the last, is none of them. */
export function otherPrograms(program: string, before: unknown): readonly string[] {
  return (Array.isArray(before) ? before : [before]).filter((one): one is string => typeof one === 'string' && one !== '' && one !== program && one !== 'git');
}

/** What was remembered, if the setting is still what PYI made it: a person's change since is not taken back. */
export function recognized(value: unknown, remembered: Remembered | undefined): Remembered | undefined {
  return remembered !== undefined && JSON.stringify(value) === JSON.stringify(remembered.ours) ? remembered : undefined;
}

/** A memory as it was stored, whatever an older version stored. */
export function parseRemembered(raw: unknown): Remembered | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const { before, ours } = raw as Record<string, unknown>;
  if (!Array.isArray(ours) || ours.length === 0 || !ours.every((one) => typeof one === 'string')) return undefined;
  return before === undefined ? { ours } : { before, ours };
}
