/** What the order of attempts is made from. */
export interface Attempt {
  /** The last observation; null when there is none. */
  readonly observed: { readonly ok: boolean; readonly score: number | null } | null;
  /** Milliseconds since 1970. */
  readonly created: number;
}

/** Order of attempts: what passed by its score, then what nobody observed, then what failed; the younger first. */
export function compareAttempts(a: Attempt, b: Attempt): number {
  return group(a) - group(b) || (b.observed?.score ?? 0) - (a.observed?.score ?? 0) || b.created - a.created;
}

function group({ observed }: Attempt): number {
  if (observed === null) return 1;
  return observed.ok ? 0 : 2;
}
