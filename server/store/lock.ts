import { PyiError } from '../../protocol/errors.ts';
import type { Clock, Random } from '../engine/ports.ts';
import { diskError, readWhole, removeIfPresent, systemCode, writeNew } from './disk.ts';
import type { Disk } from './disk.ts';

/** Who a process is, precisely enough that another one with the same pid is told apart. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time as the system counts it; empty where it does not tell. */
  readonly started: string;
  /** Changes with every boot; empty where the system does not tell. */
  readonly boot: string;
  /** Host name and process namespace: a pid means nothing elsewhere. */
  readonly place: string;
}

export interface ProcessTable {
  self(): ProcessIdentity;
  /** Whether that process still runs; `unknown` when it cannot be judged from here. */
  state(owner: ProcessIdentity): 'alive' | 'dead' | 'unknown';
}

export interface StoreLock {
  release(): void;
}

export interface LockOptions {
  readonly disk: Disk;
  readonly path: string;
  readonly processes: ProcessTable;
  readonly clock: Clock;
  readonly random: Random;
}

interface LockFile extends ProcessIdentity {
  /** Names this very lock file: two locks of one process differ in it. */
  readonly nonce: string;
}

/** Nonces of the locks that this process holds. One in a file that names this process and is not here was moved away with its directory. */
const held = new Set<string>();

/** A lock file that cannot be read is being written right now, unless it has been like that for so long. */
const UNREADABLE_MILLIS = 10_000;
/** Rounds against others who take and release the lock at the same moment. */
const ATTEMPTS = 16;

/**
 * Takes the lock file at `path`, from a dead owner if need be.
 *
 * A stale lock with nonce N is removed only by whoever holds `<path>.steal.N`, itself such a lock, and only after reading the lock again:
 * two thieves never both remove a file, and none removes the lock that another has just taken.
 * @throws PyiError `BUSY`, `NO_SPACE`, `INTERNAL`
 */
export function takeLock(options: LockOptions): StoreLock {
  const { disk, path } = options;
  const nonce = Buffer.from(options.random.bytes(16)).toString('hex');
  const mine: LockFile = { ...options.processes.self(), nonce };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (tryCreate(disk, path, mine)) {
      held.add(nonce);
      return { release: () => { release(disk, path, nonce); } };
    }
    const owner = readOwner(options);
    if (owner === undefined) continue;
    refuseUnlessDead(options, owner);
    const steal = takeLock({ ...options, path: `${path}.steal.${owner.nonce}` });
    try {
      if (readOwner(options)?.nonce === owner.nonce) removeIfPresent(disk, path);
    } finally {
      steal.release();
    }
  }
  throw new PyiError('BUSY', `Others are taking the lock ${path} again and again`, 'Try again.');
}

function tryCreate(disk: Disk, path: string, content: LockFile): boolean {
  try {
    writeNew(disk, path, [Buffer.from(`${JSON.stringify(content)}\n`)]);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw diskError(error, `take the lock ${path}`);
  }
}

/** The owner as the file names it; undefined when there is no file. A file that cannot be read counts as dead once it is old. */
function readOwner({ disk, path, clock }: LockOptions): LockFile | undefined {
  const bytes = readWhole(disk, path);
  const modified = disk.modified(path);
  if (bytes === undefined || modified === undefined) return undefined;
  const owner = parseOwner(bytes.toString('utf8'));
  if (owner !== undefined) return owner;
  if (Math.abs(clock.now() - modified) < UNREADABLE_MILLIS) {
    throw new PyiError('BUSY', `The lock ${path} is being taken by another process`, 'Try again in some seconds.');
  }
  return { pid: 0, started: '', boot: '', place: '', nonce: `unreadable-${Math.trunc(modified)}` };
}

function parseOwner(text: string): LockFile | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { pid, started, boot, place, nonce } = value as Record<string, unknown>;
  if (typeof pid !== 'number' || typeof started !== 'string' || typeof boot !== 'string' || typeof place !== 'string') return undefined;
  // The nonce becomes part of a file name.
  return typeof nonce === 'string' && /^[0-9a-f]{32}$/.test(nonce) ? { pid, started, boot, place, nonce } : undefined;
}

function refuseUnlessDead({ processes, path }: LockOptions, owner: LockFile): void {
  if (owner.pid === 0) return;
  const state = processes.state(owner);
  if (state === 'dead') return;
  const self = processes.self();
  if (owner.pid === self.pid && owner.place === self.place && !held.has(owner.nonce)) return;
  if (state === 'alive') {
    throw new PyiError('BUSY', `The store is open in process ${owner.pid} (${path})`, 'Use that server ("pyi about" names it), or stop it with "pyi stop".');
  }
  throw new PyiError('BUSY', `The store is locked by process ${owner.pid} on ${owner.place}, which cannot be seen from here (${path})`,
    'If that process is gone for certain, delete the lock file.');
}

function release(disk: Disk, path: string, nonce: string): void {
  held.delete(nonce);
  const bytes = readWhole(disk, path);
  if (bytes !== undefined && parseOwner(bytes.toString('utf8'))?.nonce === nonce) removeIfPresent(disk, path);
}
