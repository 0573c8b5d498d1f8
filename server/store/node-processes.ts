import * as os from 'node:os';
import { readSystemFile, systemCode } from './disk.ts';
import type { Disk } from './disk.ts';
import type { ProcessIdentity, ProcessTable } from './lock.ts';

/** More than what is read of /proc ever has. */
const SYSTEM_FILE_BYTES = 4096;

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
    return { pid: process.pid, started: this.#stat(process.pid)?.started ?? '', boot: this.#boot, place: this.#place };
  }

  state(owner: ProcessIdentity): 'alive' | 'dead' | 'unknown' {
    if (owner.place !== this.#place) return 'unknown';
    // What the owner could not tell about itself is no difference.
    if (owner.boot !== '' && owner.boot !== this.#boot) return 'dead';
    const stat = this.#stat(owner.pid);
    if (stat === undefined) return owner.started === '' && isRunning(owner.pid) ? 'alive' : 'dead';
    return !stat.ended && (owner.started === '' || stat.started === owner.started) ? 'alive' : 'dead';
  }

  /**
   * From /proc/<pid>/stat: the start in clock ticks since boot (field 22), and whether the process ended and only its entry is left,
   * for a parent that has not asked yet: state Z (field 3), and no other thread (field 20) that may still be in a write.
   */
  #stat(pid: number): { readonly started: string; readonly ended: boolean } | undefined {
    const text = this.#readText(`/proc/${pid}/stat`);
    // The second field is the program's name in parentheses and may hold spaces and parentheses itself.
    const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
    const started = fields?.[19];
    return started === undefined ? undefined : { started, ended: fields?.[0] === 'Z' && Number(fields[17]) <= 1 };
  }

  #readText(path: string): string | undefined {
    try {
      return readSystemFile(this.#disk, path, SYSTEM_FILE_BYTES)?.toString('latin1');
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
