import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { once } from 'node:events';

/**
 * A named pipe that tells of a process' life without looking at its pid: `opened` when something has
 * opened the pipe for writing, `closed` when the last process that holds it is gone.
 */
export function fifo(file: string): { opened: Promise<unknown>; closed: Promise<unknown> } {
  makeFifo(file);
  const stream = fs.createReadStream(file);
  stream.resume();
  return { opened: once(stream, 'open'), closed: once(stream, 'close') };
}

/** A named pipe that nobody has opened: who does waits for the other side. */
export function makeFifo(file: string): void {
  const made = spawnSync('mkfifo', [file]);
  if (made.status !== 0) throw new Error(`mkfifo: ${String(made.stderr)}`);
}
