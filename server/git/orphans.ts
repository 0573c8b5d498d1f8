import * as fs from 'node:fs';
import { spawnSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { PyiError } from '../../protocol/errors.ts';
import { systemCode } from '../store/disk.ts';

/** How long a process has to end after SIGTERM, on which git removes its lock files, and after SIGKILL. */
const GRACE_MILLIS = 2_000;
const LOOK_MILLIS = 5;

/**
 * Ends what a server that was killed left running: git, and the hooks in its process group, outlive it, and a commit that waits for a hook
 * would still move the branch after everything else was taken back. Found by `mark`, which is in git's arguments.
 * @throws PyiError `BUSY` when one cannot be ended
 */
export async function endOrphans(mark: string): Promise<void> {
  for (const pid of processesNaming(mark)) {
    if (await end(pid, 'SIGTERM') || await end(pid, 'SIGKILL')) continue;
    throw new PyiError('BUSY', `Process ${pid}, a git command of a server that is gone, cannot be ended`, 'End it by hand and try again.');
  }
}

function processesNaming(mark: string): number[] {
  const mine = (line: readonly [pid: number, command: string]): boolean => line[1].includes(mark) && line[0] !== process.pid;
  return (fs.existsSync('/proc/self/cmdline') ? fromProc() : fromPs()).filter(mine).map(([pid]) => pid);
}

function fromProc(): (readonly [number, string])[] {
  return fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((name) => {
    try {
      return [Number(name), fs.readFileSync(`/proc/${name}/cmdline`, 'utf8')] as const;
    } catch {
      return [Number(name), ''] as const; // it has ended, or is not ours to look at
    }
  });
}

function fromPs(): (readonly [number, string])[] {
  if (process.platform === 'win32') return [];
  const { stdout } = spawnSync('ps', ['-A', '-ww', '-o', 'pid=,command='], { encoding: 'utf8' });
  return stdout.split('\n').map((line) => [Number.parseInt(line, 10), line] as const);
}

/** Signals the group and waits for its leader. True when it is gone. */
async function end(pid: number, signal: NodeJS.Signals): Promise<boolean> {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (systemCode(error) === 'ESRCH') return true;
    throw error;
  }
  for (let waited = 0; waited < GRACE_MILLIS; waited += LOOK_MILLIS) {
    if (isGone(pid)) return true;
    await delay(LOOK_MILLIS);
  }
  return false;
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return systemCode(error) === 'ESRCH';
  }
  // Ended, and nobody has asked how: its parent is gone, and what inherited it may not care.
  return /^\d+ \(.*\) Z /s.test(readStat(pid));
}

function readStat(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return '';
  }
}
