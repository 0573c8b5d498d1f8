import type { EpicSession } from './session.ts';

/** Who else claims, or has changed, files that a stream says are its own. */
export interface ClaimOverlap {
  readonly agent: string;
  readonly globs: readonly string[];
  readonly paths: readonly string[];
}

/** Claims the files of a stream for its fork; advisory. */
export async function claimFiles(session: EpicSession, fork: string, globs: readonly string[]): Promise<ClaimOverlap[]> {
  if (globs.length === 0) return [];
  const { overlaps } = await session.call('claim', { fork, globs: [...globs] });
  return overlaps.map(({ agent, globs: pairs, paths }) => ({ agent, globs: pairs.map(({ theirs }) => theirs), paths }));
}
