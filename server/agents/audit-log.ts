import { diskError, readFully, removeIfPresent, systemCode, writeFully } from '../store/disk.ts';
import type { Disk, FileId } from '../store/disk.ts';
import { GroupSync } from '../store/group-sync.ts';

/** One line of the audit log: who did what, when, to which forks. */
export interface AuditEntry {
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Empty: the user. */
  readonly agent: string;
  /** What the client called itself. */
  readonly client: string;
  readonly operation: string;
  readonly forks: readonly string[];
  readonly checkpoint: string | null;
  /** `ok`, or the code of the error with which it was refused. */
  readonly outcome: string;
  /** BLAKE3 of the hash before and of all else in this line, in hex. */
  readonly hash: string;
}

export interface AuditLogOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly hash: (bytes: Uint8Array) => Buffer;
  readonly onWarning: (message: string) => void;
  /** A file that is larger than this is followed by another one. */
  readonly fileBytes?: number;
}

const FILE_BYTES = 8 * 1024 * 1024;
/** What comes before the first entry of all. */
const ORIGIN = '0'.repeat(64);
const NAME = /^(\d{8})\.log$/;
const NEWLINE = 10;

/**
 * An append-only log whose entries are chained by hashes: an entry that is changed, dropped or put in shows. What was taken away at
 * the end does not show from the log alone; compare its number with one that you wrote down.
 *
 * Files of a few megabytes, so that retention drops whole ones; each begins with a line that carries the chain on.
 */
export class AuditLog {
  readonly #options: AuditLogOptions;
  /** Numbers of the files, oldest first. */
  readonly #files: number[];
  readonly #syncs = new GroupSync(() => this.#flush());
  /** Files that were followed by others and are still to be flushed. */
  readonly #followed: FileId[] = [];
  /** The newest file's name may not survive power loss yet. */
  #isNameNew = false;
  #file: FileId;
  #size: number;
  #isFailing = false;
  /** Lines that the disk has not taken yet. */
  #unwritten = '';
  #written = { total: 0, last: ORIGIN };
  #total = 0;
  #last = ORIGIN;

  /** Opens the log, making it when it is missing. A last line that a crash cut short is taken away. @throws PyiError */
  constructor(options: AuditLogOptions) {
    this.#options = options;
    const { disk, directory } = options;
    try {
      disk.makeDirectory(directory);
      this.#files = disk.list(directory).flatMap((name) => NAME.exec(name)?.[1] ?? []).map(Number).sort((a, b) => a - b);
      const newest = this.#files.at(-1);
      this.#file = newest === undefined ? this.#create(1) : disk.open(this.#path(newest), 'update');
      this.#size = disk.size(this.#file);
      if (newest !== undefined) this.#recover(newest);
    } catch (error) {
      throw diskError(error, `open the audit log in ${directory}`);
    }
  }

  /** Number of the last entry. */
  get total(): number {
    return this.#total;
  }

  /**
   * Adds an entry. It survives the end of the process when this returns; but where the disk does not take it, it waits in memory for the
   * next one, with a warning: what it tells of has happened, and a full disk must not keep anybody from making room.
   */
  append(entry: Omit<AuditEntry, 'number' | 'hash'>): void {
    const body = JSON.stringify({ number: this.#total + 1, ...entry });
    const hash = this.#seal(this.#last, body);
    this.#unwritten += `${body.slice(0, -1)},"hash":"${hash}"}\n`;
    this.#total++;
    this.#last = hash;
    this.#writeOut();
  }

  /** Resolves when all entries survive power loss. Those who wait at the same time share a flush. */
  sync(): Promise<void> {
    return this.#syncs.request();
  }

  /** All entries, newest first, read as they are asked for. What cannot be read is left out; {@link check} finds it. */
  *newestFirst(): Generator<AuditEntry> {
    for (const number of [...this.#files].reverse()) {
      const bytes = this.#read(number);
      for (let end = bytes.length - 1; end > 0;) {
        const start = bytes.lastIndexOf(NEWLINE, end - 1) + 1;
        const entry = parse(bytes.toString('utf8', start, end));
        end = start - 1;
        if (entry !== undefined && isEntry(entry)) yield entry;
      }
    }
  }

  /** Walks the chain from the oldest entry that is kept; yields what is wrong with a line, or undefined for one that is right. */
  *check(): Generator<string | undefined> {
    this.#writeOut();
    let last: string | undefined;
    let expected: number | undefined;
    for (const number of this.#files) {
      for (const line of this.#read(number).toString('utf8').split('\n').slice(0, -1)) {
        const parsed = parse(line);
        const where = `file ${String(number).padStart(8, '0')}.log`;
        if (parsed === undefined) {
          yield `${where} has a line that is no entry after number ${(expected ?? 1) - 1}`;
        } else if (isEntry(parsed)) {
          const body = line.slice(0, line.lastIndexOf(',"hash":"')) + '}';
          if (parsed.number !== expected) yield `${where}: entry ${parsed.number} stands where ${String(expected)} should`;
          else if (this.#seal(last ?? ORIGIN, body) !== parsed.hash) yield `${where}: entry ${parsed.number} was changed, or one before it`;
          else yield undefined;
          last = parsed.hash;
          expected = parsed.number + 1;
        } else if (last !== undefined && (parsed.previous !== last || parsed.first !== expected)) {
          yield `${where} does not follow the one before it`;
        } else {
          // Of the oldest file that is kept there is nothing to compare its beginning with.
          last = parsed.previous;
          expected = parsed.first;
        }
      }
    }
    if (last !== this.#last) yield 'the file on disk does not end with the last entry that was written';
  }

  /** Drops files whose last entry is older than `time` (milliseconds since 1970), never the newest. Returns how many. */
  prune(time: number): number {
    let dropped = 0;
    for (const number of this.#files.slice(0, -1)) {
      if ((this.#options.disk.modified(this.#path(number)) ?? Infinity) >= time) break;
      this.#options.disk.unlink(this.#path(number));
      this.#files.shift();
      dropped++;
    }
    return dropped;
  }

  close(): void {
    this.#writeOut();
    for (const file of [...this.#followed.splice(0), this.#file]) this.#options.disk.close(file);
  }

  #path(number: number): string {
    return `${this.#options.directory}/${String(number).padStart(8, '0')}.log`;
  }

  #seal(previous: string, body: string): string {
    return this.#options.hash(Buffer.from(previous + body)).toString('hex');
  }

  #startFile(): void {
    const before = this.#file;
    this.#file = this.#create((this.#files.at(-1) ?? 0) + 1);
    this.#followed.push(before);
    this.sync().catch((error: unknown) => {
      this.#options.onWarning(`The audit log could not be flushed: ${error instanceof Error ? error.message : String(error)}`);
    });
  }

  async #flush(): Promise<void> {
    const { disk, directory } = this.#options;
    const file = this.#file;
    if (this.#isNameNew) {
      this.#isNameNew = false;
      await disk.syncDirectory(directory).catch((error: unknown) => {
        this.#isNameNew = true;
        throw error;
      });
    }
    for (let before = this.#followed[0]; before !== undefined; before = this.#followed[0]) {
      await disk.sync(before);
      this.#followed.shift();
      disk.close(before);
    }
    await disk.sync(file);
  }

  #create(number: number): FileId {
    const { disk } = this.#options;
    // Left by an attempt that failed: no number that is in use is as high.
    removeIfPresent(disk, this.#path(number));
    const file = disk.open(this.#path(number), 'create');
    const header = Buffer.from(`${JSON.stringify({ first: this.#written.total + 1, previous: this.#written.last })}\n`);
    try {
      writeFully(disk, file, header, 0, header.length, 0);
    } catch (error) {
      disk.close(file);
      throw error;
    }
    this.#size = header.length;
    this.#isNameNew = true;
    this.#files.push(number);
    return file;
  }

  /** Where this fails half way, the next attempt writes over it: an entry counts when all that is unwritten is written. */
  #writeOut(): void {
    if (this.#unwritten === '') return;
    try {
      if (this.#size >= (this.#options.fileBytes ?? FILE_BYTES)) this.#startFile();
      const bytes = Buffer.from(this.#unwritten);
      writeFully(this.#options.disk, this.#file, bytes, 0, bytes.length, this.#size);
      this.#size += bytes.length;
      this.#unwritten = '';
      this.#written = { total: this.#total, last: this.#last };
      this.#isFailing = false;
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      if (!this.#isFailing) this.#options.onWarning(`${diskError(error, 'write the audit log').message}. Its entries wait in memory`);
      this.#isFailing = true;
    }
  }

  #read(number: number): Buffer {
    const { disk } = this.#options;
    const file = disk.open(this.#path(number), 'read');
    try {
      const bytes = Buffer.alloc(disk.size(file));
      return bytes.subarray(0, readFully(disk, file, bytes, 0, bytes.length, 0));
    } finally {
      disk.close(file);
    }
  }

  /** Finds the last whole line of the newest file and cuts off what follows. */
  #recover(number: number): void {
    const bytes = this.#read(number);
    for (let end = bytes.lastIndexOf(NEWLINE); end >= 0;) {
      const start = end === 0 ? 0 : bytes.lastIndexOf(NEWLINE, end - 1) + 1;
      const parsed = parse(bytes.toString('utf8', start, end));
      if (parsed !== undefined) {
        this.#total = isEntry(parsed) ? parsed.number : parsed.first - 1;
        this.#last = isEntry(parsed) ? parsed.hash : parsed.previous;
        this.#written = { total: this.#total, last: this.#last };
        this.#cut(end + 1);
        return;
      }
      end = start - 1;
    }
    // Not even its first line: it was being made. The file before it knows how the chain goes on.
    this.#files.pop();
    this.#options.disk.close(this.#file);
    this.#options.disk.unlink(this.#path(number));
    const before = this.#files.at(-1);
    this.#file = before === undefined ? this.#create(number) : this.#options.disk.open(this.#path(before), 'update');
    this.#size = this.#options.disk.size(this.#file);
    if (before !== undefined) this.#recover(before);
  }

  #cut(length: number): void {
    if (length === this.#size) return;
    this.#options.onWarning(`The audit log ended in ${this.#size - length} bytes that are no entry (a crash cut them short); they were taken away`);
    this.#options.disk.truncate(this.#file, length);
    this.#size = length;
  }
}

interface FileStart { readonly first: number; readonly previous: string }

function parse(line: string): AuditEntry | FileStart | undefined {
  try {
    const value = JSON.parse(line) as Partial<AuditEntry & FileStart> | null;
    if (value === null || typeof value !== 'object') return undefined;
    if (typeof value.number === 'number' && typeof value.hash === 'string') return value as AuditEntry;
    return typeof value.first === 'number' && typeof value.previous === 'string' ? value as FileStart : undefined;
  } catch {
    return undefined;
  }
}

function isEntry(line: AuditEntry | FileStart): line is AuditEntry {
  return 'number' in line;
}
