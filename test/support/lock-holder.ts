/**
 * A process that takes a store's lock: `lock-holder.ts <lock path> [contend]`. Prints "held" and keeps it until it is killed; with
 * `contend`, prints "held" or "BUSY", waits for a line on its standard input, and ends (without giving the lock back).
 */
import { randomBytes } from 'node:crypto';
import { PyiError } from '../../protocol/errors.ts';
import { takeLock } from '../../server/store/lock.ts';
import { NodeDisk } from '../../server/store/node-disk.ts';
import { NodeProcesses } from '../../server/store/node-processes.ts';

const [path = '', mode = 'hold'] = process.argv.slice(2);
const disk = new NodeDisk();

function take(): string {
  try {
    takeLock({
      disk, path, processes: new NodeProcesses(disk, () => undefined),
      clock: { now: () => Date.now(), micros: () => 0 }, random: { bytes: (length) => randomBytes(length) },
    });
    return 'held';
  } catch (error) {
    return PyiError.is(error) ? error.code : String(error);
  }
}

process.stdin.resume();
if (mode === 'contend') {
  process.stdout.write('ready\n');
  process.stdin.once('data', () => {
    process.stdout.write(`${take()}\n`);
    process.stdin.once('data', () => { process.exit(0); });
  });
} else {
  process.stdout.write(`${take()}\n`);
}
