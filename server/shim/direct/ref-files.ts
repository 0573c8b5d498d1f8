import * as fs from 'node:fs';
import { isMissing } from '../../worktree/native-path.ts';
import { Unclear } from '../unclear.ts';

/** Files of refs, which come and go while they are read. */

/** Undefined: nothing is there. @throws Unclear when that cannot be known */
export function statOf(file: string): fs.BigIntStats | undefined {
  try {
    return fs.lstatSync(file, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new Unclear();
  }
}

/** @throws Unclear */
export function contentOf(file: string): Buffer {
  try {
    return fs.readFileSync(file);
  } catch {
    throw new Unclear();
  }
}
