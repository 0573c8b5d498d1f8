import type { ForkInfo } from '../protocol/values.ts';

/** True when a validator passed on the fork as it is now. */
export function isProven({ observations, head }: Pick<ForkInfo, 'observations' | 'head'>): boolean {
  const last = observations.at(-1);
  return last !== undefined && last.ok && last.checkpoint === head;
}

/** How many files a fork changed against its base. */
export function changedFiles({ changes: { added, changed, deleted } }: Pick<ForkInfo, 'changes'>): number {
  return added + changed + deleted;
}
