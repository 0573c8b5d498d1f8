import type { Disk, FileId } from '../../server/store/disk.ts';

interface Inode {
  bytes: Buffer;
  size: number;
  /** What survives a power cut. */
  durable: Buffer;
  modified: number;
}

/** Thrown from the operation at which a simulated process dies. Carries no system code: nothing may handle it. */
export class Crash extends Error {
  constructor(operation: string) {
    super(`crash at ${operation}`);
    this.name = 'Crash';
  }
}

/** What a fault does to the operation that it hits. */
export type Fault = 'ENOSPC' | 'EIO' | 'short' | 'crash';

function systemError(code: string, operation: string): Error {
  return Object.assign(new Error(`${code}: ${operation}`), { code });
}

/**
 * A disk in memory that keeps apart what was written and what would survive a power cut, and fails on demand.
 * Names are durable once their directory was synced; data is durable once its file was.
 */
export class MemoryDisk implements Disk {
  #names = new Map<string, Inode>();
  #durableNames = new Map<string, Inode>();
  readonly #directories = new Set<string>();
  readonly #open = new Map<FileId, { inode: Inode; writable: boolean }>();
  #nextFile = 3;
  /** Changing operations so far: writes, creations, truncations, renames, unlinks, syncs. */
  operations = 0;
  #fault: { at: number; kind: Fault; once: boolean } | undefined;
  #dead = false;

  /** Makes the `at`-th changing operation from now on fail; with `once` false, all later ones too. */
  failAt(at: number, kind: Fault, once = true): void {
    this.#fault = { at: this.operations + at, kind, once };
  }

  heal(): void {
    this.#fault = undefined;
  }

  /** The process is gone: its files are closed. `power`: so is everything that was not synced. */
  restart(how: 'kill' | 'power'): void {
    this.#open.clear();
    this.#fault = undefined;
    this.#dead = false;
    if (how === 'kill') return;
    this.#names = new Map(this.#durableNames);
    for (const inode of this.#names.values()) {
      inode.bytes = Buffer.from(inode.durable);
      inode.size = inode.bytes.length;
    }
  }

  /** Paths of all files. */
  paths(): string[] {
    return [...this.#names.keys()].sort();
  }

  /** Content of a file, to change in place. */
  content(path: string): Buffer {
    const inode = this.#inode(path, 'read');
    return inode.bytes.subarray(0, inode.size);
  }

  /** Replaces a file's content, as decay or an attacker would. */
  replace(path: string, content: Uint8Array): void {
    const inode = this.#names.get(path) ?? { bytes: Buffer.alloc(0), size: 0, durable: Buffer.alloc(0), modified: Date.now() };
    inode.bytes = Buffer.from(content);
    inode.size = content.length;
    this.#names.set(path, inode);
  }

  /** A disk with the same content and no open files. */
  clone(): MemoryDisk {
    const copy = new MemoryDisk();
    for (const [path, inode] of this.#names) copy.replace(path, inode.bytes.subarray(0, inode.size));
    for (const directory of this.#directories) copy.#directories.add(directory);
    return copy;
  }

  get openFiles(): number {
    return this.#open.size;
  }

  open(path: string, mode: 'read' | 'update' | 'create'): FileId {
    this.#alive();
    let inode = this.#names.get(path);
    if (mode === 'create') {
      if (inode !== undefined) throw systemError('EEXIST', `create ${path}`);
      this.#change(`create ${path}`);
      inode = { bytes: Buffer.alloc(0), size: 0, durable: Buffer.alloc(0), modified: Date.now() };
      this.#names.set(path, inode);
    }
    if (inode === undefined) throw systemError('ENOENT', `open ${path}`);
    this.#open.set(this.#nextFile, { inode, writable: mode !== 'read' });
    return this.#nextFile++;
  }

  close(file: FileId): void {
    if (!this.#open.delete(file)) throw systemError('EBADF', 'close');
  }

  size(file: FileId): number {
    return this.#file(file, false).size;
  }

  read(file: FileId, buffer: Uint8Array, start: number, length: number, position: number): number {
    this.#alive();
    const inode = this.#file(file, false);
    const end = Math.min(position + length, inode.size);
    if (end <= position) return 0;
    return inode.bytes.copy(buffer, start, position, end);
  }

  write(file: FileId, buffer: Uint8Array, start: number, length: number, position: number): number {
    const inode = this.#file(file, true);
    const fault = this.#next();
    // A failing write may have put part of its bytes down.
    const count = fault === undefined ? length : fault === 'short' ? Math.max(1, length >> 1) : length >> 1;
    const end = position + count;
    if (end > inode.bytes.length) {
      const larger = Buffer.alloc(Math.max(end, inode.bytes.length * 2));
      inode.bytes.copy(larger, 0, 0, inode.size);
      inode.bytes = larger;
    }
    inode.bytes.set(buffer.subarray(start, start + count), position);
    inode.size = Math.max(inode.size, end);
    inode.modified = Date.now();
    this.#raise(fault, 'write');
    return count;
  }

  truncate(file: FileId, length: number): void {
    const inode = this.#file(file, true);
    this.#change('truncate');
    inode.bytes.fill(0, length);
    inode.size = Math.min(inode.size, length);
  }

  async sync(file: FileId): Promise<void> {
    const inode = this.#file(file, false);
    this.#change('sync');
    inode.durable = Buffer.from(inode.bytes.subarray(0, inode.size));
  }

  async syncDirectory(path: string): Promise<void> {
    this.#change(`sync ${path}`);
    const inside = (name: string): boolean => name.slice(0, name.lastIndexOf('/')) === path;
    for (const name of [...this.#durableNames.keys()]) if (inside(name) && !this.#names.has(name)) this.#durableNames.delete(name);
    for (const [name, inode] of this.#names) if (inside(name)) this.#durableNames.set(name, inode);
  }

  rename(from: string, to: string): void {
    const inode = this.#inode(from, 'rename');
    this.#change(`rename ${to}`);
    this.#names.delete(from);
    this.#names.set(to, inode);
  }

  unlink(path: string): void {
    this.#inode(path, 'unlink');
    this.#change(`unlink ${path}`);
    this.#names.delete(path);
  }

  list(path: string): string[] {
    this.#alive();
    if (!this.#directories.has(path)) throw systemError('ENOENT', `list ${path}`);
    return [...this.#names.keys()].filter((name) => name.slice(0, name.lastIndexOf('/')) === path).map((name) => name.slice(path.length + 1));
  }

  makeDirectory(path: string): void {
    this.#alive();
    this.#directories.add(path);
  }

  modified(path: string): number | undefined {
    return this.#names.get(path)?.modified;
  }

  #inode(path: string, operation: string): Inode {
    this.#alive();
    const inode = this.#names.get(path);
    if (inode === undefined) throw systemError('ENOENT', `${operation} ${path}`);
    return inode;
  }

  #file(file: FileId, toWrite: boolean): Inode {
    const open = this.#open.get(file);
    if (open === undefined || (toWrite && !open.writable)) throw systemError('EBADF', 'use of a file');
    return open.inode;
  }

  #change(operation: string): void {
    const fault = this.#next();
    this.#raise(fault === 'short' ? undefined : fault, operation);
  }

  #next(): Fault | undefined {
    this.#alive();
    this.operations++;
    const fault = this.#fault;
    if (fault === undefined || this.operations < fault.at || (fault.once && this.operations > fault.at)) return undefined;
    return fault.kind;
  }

  #raise(fault: Fault | undefined, operation: string): void {
    if (fault === undefined || fault === 'short') return;
    if (fault === 'crash') {
      this.#dead = true;
      throw new Crash(operation);
    }
    throw systemError(fault, operation);
  }

  /** After the crash nothing of the dead process reaches the disk, whatever its handlers try. */
  #alive(): void {
    if (this.#dead) throw new Crash('operation after the crash');
  }
}
