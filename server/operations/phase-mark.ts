import { rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import type { Phase } from '../../protocol/values.ts';
import type { Log } from '../log.ts';

/** Lies in a store whose repository is git's alone. Derived from the journal, for those who ask without opening the store. */
export const GIT_ONLY_MARK = 'git-only';

/** Tells the Git shim the phase of a store: in `compatible` it leaves every command to git. */
export function markPhase(storeDirectory: string, phase: Phase, log: Log): void {
  const mark = path.join(storeDirectory, GIT_ONLY_MARK);
  try {
    if (phase === 'compatible') writeFileSync(mark, '');
    else rmSync(mark, { force: true });
  } catch (error) {
    log.warn('The Git shim could not be told the phase; it is told when the store is opened next', { error: String(error) });
  }
}
