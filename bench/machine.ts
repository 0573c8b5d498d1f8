import { readFileSync, readdirSync, statSync, statfsSync } from 'node:fs';
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

/** What was given to write calls: of a file, a socket, a pipe. */
export interface Written {
  readonly bytes: number;
  readonly calls: number;
}

/** What this process and its ended children, or another process, gave to write calls; undefined where the system does not count them. */
export function written(pid: number | 'self' = 'self'): Written | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/io`, 'utf8');
    const [bytes, calls] = ['wchar', 'syscw'].map((name) => new RegExp(`^${name}: (\\d+)$`, 'm').exec(text)?.[1]);
    return bytes === undefined || calls === undefined ? undefined : { bytes: Number(bytes), calls: Number(calls) };
  } catch {
    return undefined;
  }
}

export function between(before: Written | undefined, after: Written | undefined): Written | undefined {
  return before === undefined || after === undefined ? undefined : { bytes: after.bytes - before.bytes, calls: after.calls - before.calls };
}

/** Bytes that a directory's files take on the disk, in whole blocks. */
export function allocated(directory: string): number {
  let bytes = 0;
  for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
    // Node 20.9 has `path` only.
    if (entry.isFile()) bytes += statSync(path.join(entry.path, entry.name)).blocks * 512;
  }
  return bytes;
}
