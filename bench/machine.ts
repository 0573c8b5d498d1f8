import { readFileSync, statfsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';

/** What the figures depend on: printed above them. */
export function describeMachine(directory: string): string[] {
  const git = spawnSync('git', ['--version'], { encoding: 'utf8' }).stdout.trim();
  const cpus = os.cpus();
  return [
    `Node ${process.versions.node}, ${git}, ${os.platform()} ${os.release()} ${os.arch()}, ${cpus.length} × ${cpus[0]?.model.trim() ?? 'unknown processor'}, ${Math.round(os.totalmem() / 2 ** 30)} GiB`,
    `load average ${os.loadavg().map((load) => load.toFixed(2)).join(' ')} at the start; garbage is collected before each measurement, not within`,
    `data in ${directory} on ${fileSystemOf(directory)}${fileSystemOf(directory) === 'tmpfs' ? ' (memory: level disk means nothing here; PYI_BENCH_DIR names another place)' : ''}`,
  ];
}

/** Type of the file system that holds a directory: by the mount table, or the number that the system gives. */
export function fileSystemOf(directory: string): string {
  try {
    const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n').map((mount) => mount.split(' '));
    let best: { at: string; type: string } | undefined;
    for (const [, at, type] of mounts) {
      if (at === undefined || type === undefined) continue;
      const below = path.relative(at, directory);
      // A later mount on the same place hides the earlier.
      if (!below.startsWith('..') && !path.isAbsolute(below) && at.length >= (best?.at.length ?? 0)) best = { at, type };
    }
    if (best !== undefined) return best.type;
  } catch {
    // no mount table here
  }
  return `a file system of type 0x${statfsSync(directory).type.toString(16)}`;
}

/** Bytes that this process and its ended children gave to write calls; undefined where the system does not count them. */
export function bytesWritten(): number | undefined {
  try {
    const counted = /^wchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1];
    return counted === undefined ? undefined : Number(counted);
  } catch {
    return undefined;
  }
}
