import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

/** A file system of its own in memory, of a chosen size, that can be filled and made read-only. Needs root. */
export class SmallDisk {
  /** Where it is mounted. */
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** Undefined where mounting is not allowed. */
  static mount(megabytes: number): SmallDisk | undefined {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
    const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'pyi-disk-')));
    if (run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', directory])) return new SmallDisk(directory);
    fs.rmdirSync(directory);
    return undefined;
  }

  /** Runs `work` with the disk as the place for temporary files. */
  async asTemporary<T>(work: () => Promise<T>): Promise<T> {
    const before = process.env['TMPDIR'];
    process.env['TMPDIR'] = this.directory;
    try {
      return await work();
    } finally {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
    }
  }

  /** Fills it, but for `kilobytes`. */
  fill(kilobytes = 0): void {
    this.makeRoom();
    const { bavail, bsize } = fs.statfsSync(this.directory);
    const count = Math.max(0, bavail * bsize - kilobytes * 1024);
    fs.writeFileSync(this.#ballast, Buffer.alloc(count));
  }

  /** Takes the filling away. */
  makeRoom(): void {
    fs.rmSync(this.#ballast, { force: true });
  }

  setReadOnly(readOnly: boolean): void {
    if (!run('mount', ['-o', `remount,${readOnly ? 'ro' : 'rw'}`, this.directory])) throw new Error(`${this.directory} cannot be remounted`);
  }

  unmount(): void {
    // Lazily, so that a test that failed with a file open still cleans up.
    run('umount', ['-l', this.directory]);
    fs.rmdirSync(this.directory);
  }

  get #ballast(): string {
    return path.join(this.directory, 'ballast');
  }
}

function run(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}
