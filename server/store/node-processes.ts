import * as os from 'node:os';
import { readWhole, systemCode } from './disk.ts';
import type { Disk } from './disk.ts';
import type { ProcessIdentity, ProcessTable } from './lock.ts';

/** The real processes, from /proc where there is one and by a signal that does nothing elsewhere. */
export class NodeProcesses implements ProcessTable {
  readonly #disk: Disk;
  readonly #place: string;
  readonly #boot: string;

  /** `namespaceLink` reads the target of a symbolic link, for `/proc/self/ns/pid`; undefined where there is none. */
  constructor(disk: Disk, namespaceLink: (path: string) => string | undefined) {
    this.#disk = disk;
    this.#place = `${os.hostname()} ${namespaceLink('/proc/self/ns/pid') ?? ''}`.trim();
    this.#boot = this.#readText('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
  }

  self(): ProcessIdentity {
    return { pid: process.pid, started: this.#startTime(process.pid) ?? '', boot: this.#boot, place: this.#place };
  }

  state(owner: ProcessIdentity): 'alive' | 'dead' | 'unknown' {
    if (owner.place !== this.#place) return 'unknown';
    if (owner.boot !== this.#boot) return 'dead';
    const started = this.#startTime(owner.pid);
    if (started !== undefined) return started === owner.started ? 'alive' : 'dead';
    return owner.started === '' && isRunning(owner.pid) ? 'alive' : 'dead';
  }

  /** Field 22 of /proc/<pid>/stat: clock ticks between boot and the start of the process. */
  #startTime(pid: number): string | undefined {
    const text = this.#readText(`/proc/${pid}/stat`);
    // The second field is the program's name in parentheses and may hold spaces and parentheses itself.
    return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  }

  #readText(path: string): string | undefined {
    try {
      return readWhole(this.#disk, path)?.toString('latin1');
    } catch (error) {
      // ESRCH: the process ended while its file was open.
      if (systemCode(error) !== undefined) return undefined;
      throw error;
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}
