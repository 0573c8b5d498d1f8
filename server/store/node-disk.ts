import * as fs from 'node:fs';
import type { Disk, FileId } from './disk.ts';

const FLAGS = { read: 'r', update: 'r+', create: 'wx+' } as const;

/** The real disk. The only file of the store that names `node:fs`. */
export class NodeDisk implements Disk {
  open(path: string, mode: 'read' | 'update' | 'create'): FileId {
    // 0600: a store holds whatever the work tree held, secrets included.
    return fs.openSync(path, FLAGS[mode], 0o600);
  }

  close(file: FileId): void {
    fs.closeSync(file);
  }

  size(file: FileId): number {
    return fs.fstatSync(file).size;
  }

  read(file: FileId, buffer: Uint8Array, start: number, length: number, position: number): number {
    return fs.readSync(file, buffer, start, length, position);
  }

  write(file: FileId, buffer: Uint8Array, start: number, length: number, position: number): number {
    return fs.writeSync(file, buffer, start, length, position);
  }

  truncate(file: FileId, length: number): void {
    fs.ftruncateSync(file, length);
  }

  sync(file: FileId): Promise<void> {
    return new Promise((resolve, reject) => {
      fs.fdatasync(file, (error) => { if (error === null) resolve(); else reject(error); });
    });
  }

  async syncDirectory(path: string): Promise<void> {
    // Windows cannot open a directory; NTFS journals its names itself.
    if (process.platform === 'win32') return;
    const handle = await fs.promises.open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  rename(from: string, to: string): void {
    fs.renameSync(from, to);
  }

  unlink(path: string): void {
    fs.unlinkSync(path);
  }

  list(path: string): string[] {
    return fs.readdirSync(path);
  }

  makeDirectory(path: string): void {
    fs.mkdirSync(path, { recursive: true, mode: 0o700 });
  }

  modified(path: string): number | undefined {
    return fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  }
}
