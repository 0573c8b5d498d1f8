import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Engine } from '../server/engine/engine.ts';
import { openEngine } from '../server/engine/open.ts';
import { NodeDisk } from '../server/store/node-disk.ts';
import { NodeProcesses } from '../server/store/node-processes.ts';
import { SegmentStore } from '../server/store/segment-store.ts';
import { DEFAULT_LIMITS } from '../server/store/store-options.ts';
import { WorkerRewriter } from '../server/store/worker-rewriter.ts';
import { systemClock, SystemRandom } from '../server/system.ts';
import { startWorker } from '../server/worker-thread.ts';
import type { Row } from './rows.ts';

/** A group of benchmarks that share what they are made on. `name` is how its rows begin. */
export interface Case {
  readonly name: string;
  run(bench: Bench): Promise<void>;
}

/**
 * What a case gets: where to put data, how much to do, and whom to tell.
 *
 * Files are removed at the very end. For minutes ext4 does not give out the inode of a file that was deleted, and looks at each
 * of them in vain whenever a file is made (`recently_deleted` in its ialloc.c): whatever came next would be timed with that.
 */
export class Bench {
  readonly short: boolean;
  readonly directory: string;
  readonly #onRow: (row: Row) => void;
  readonly #cleanups: (() => Promise<void> | void)[] = [];
  #next = 1;

  constructor(short: boolean, onRow: (row: Row) => void) {
    this.short = short;
    this.directory = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'pyi-bench-')));
    // Whatever makes a temporary directory of its own makes it in here.
    process.env['TMPDIR'] = this.directory;
    // Directories in it get block groups of their own (ext4), away from what others have just deleted; elsewhere this does nothing.
    spawnSync('chattr', ['+T', this.directory], { stdio: 'ignore' });
    this.#onRow = onRow;
  }

  /** A path for a store or a directory of this run; nothing is there yet. */
  place(): string {
    return path.join(this.directory, String(this.#next++));
  }

  report(row: Row): void {
    this.#onRow(row);
  }

  /** Done after the case that is running, last first, whether it fails or not. For what is not a file. */
  onEnd(cleanup: () => Promise<void> | void): void {
    this.#cleanups.push(cleanup);
  }

  async endCase(): Promise<void> {
    for (let cleanup = this.#cleanups.pop(); cleanup !== undefined; cleanup = this.#cleanups.pop()) await cleanup();
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

export interface OpenStore {
  readonly store: SegmentStore;
  readonly engine: Engine;
}

/** Store and engine as the server opens them. Opening a directory again after `store.close()` replays its journal from the disk. */
export function openStore(directory: string): OpenStore {
  const disk = new NodeDisk();
  const random = new SystemRandom();
  const store = SegmentStore.open({
    directory, disk, random, clock: systemClock, processes: new NodeProcesses(disk, () => undefined), limits: DEFAULT_LIMITS,
    rewriter: new WorkerRewriter(() => startWorker('rewrite-worker')),
    onWarning: ({ message }) => { throw new Error(`The store warned: ${message}`); },
  });
  return { store, engine: openEngine({ store, clock: systemClock, random }) };
}
