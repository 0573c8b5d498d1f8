import fs from 'node:fs';
import { ContentWriter, putContent } from '../engine/content/content.ts';
import type { ObjectStore } from '../engine/ports.ts';
import { isMissing, systemErrorCode } from './native-path.ts';
import type { NativePath } from './native-path.ts';
import type { Slicer } from './slicer.ts';
import type { StoreBatch } from './store-batch.ts';

/** Files above this are streamed, so that one file never needs more memory than this. */
const STREAM_BYTES = 1024 * 1024;
/** One byte more than is read at once, to see that a file grew. */
export const READ_BUFFER_BYTES = STREAM_BYTES + 1;
/** How often a file that changes while it is read is read again. */
const ATTEMPTS = 3;

/** Neither a link is followed nor a FIFO waited for, should one have taken the file's place. */
const OPEN_FILE = fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK;

/** What reading a file gave. */
export type ReadOutcome =
  /** `stable` is false when the file changed during every attempt: what was read is a mixture. */
  | { readonly kind: 'content'; readonly id: Buffer; readonly size: number; readonly stats: fs.Stats; readonly stable: boolean }
  | { readonly kind: 'gone' }
  /** Something else has taken the place of the file. */
  | { readonly kind: 'replaced' }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Reads files into the store: small ones at once, large ones in pieces between which the event loop runs. */
export class FileReader {
  readonly #store: ObjectStore;
  readonly #batch: StoreBatch;
  readonly #slicer: Slicer;
  readonly #buffer: Buffer;

  /** `slicer` must seal `batch` before it pauses. `buffer` ({@link READ_BUFFER_BYTES}) may serve one reader after another. */
  constructor(store: ObjectStore, batch: StoreBatch, slicer: Slicer, buffer: Buffer) {
    this.#buffer = buffer;
    this.#store = store;
    this.#batch = batch;
    this.#slicer = slicer;
  }

  /** A promise for large files only, because a million small ones should not wait for one each. */
  file(path: NativePath): ReadOutcome | Promise<ReadOutcome> {
    let file: number;
    try {
      file = fs.openSync(path, OPEN_FILE);
    } catch (error) {
      return failure(error);
    }
    let streamed = false;
    try {
      const stats = fs.fstatSync(file);
      if (!stats.isFile()) return { kind: 'replaced' };
      if (stats.size <= STREAM_BYTES) return this.#readSmall(file, stats);
      streamed = true;
      return this.#stream(file);
    } catch (error) {
      return failure(error);
    } finally {
      if (!streamed) fs.closeSync(file);
    }
  }

  /** The target of a symlink. */
  link(path: NativePath, stats: fs.Stats): ReadOutcome {
    let target: Buffer;
    try {
      target = fs.readlinkSync(path, { encoding: 'buffer' });
    } catch (error) {
      return systemErrorCode(error) === 'EINVAL' ? { kind: 'replaced' } : failure(error);
    }
    return { kind: 'content', ...this.#put(target), stats, stable: true };
  }

  #readSmall(file: number, first: fs.Stats): ReadOutcome {
    let before = first;
    for (let attempt = 1; ; attempt++) {
      const length = readFully(file, this.#buffer, Math.min(before.size, STREAM_BYTES) + 1);
      const after = fs.fstatSync(file);
      const stable = sameFile(before, after) && length === after.size;
      if (stable || attempt === ATTEMPTS) {
        return { kind: 'content', ...this.#put(this.#buffer.subarray(0, length)), stats: after, stable };
      }
      before = after;
    }
  }

  async #stream(file: number): Promise<ReadOutcome> {
    try {
      for (let attempt = 1; ; attempt++) {
        const before = fs.fstatSync(file);
        const writer = new ContentWriter(this.#store);
        let length = 0;
        for (;;) {
          const read = readAt(file, this.#buffer, length);
          if (read === 0) break;
          writer.write(this.#buffer.subarray(0, read));
          this.#batch.added(read);
          length += read;
          if (this.#slicer.due()) await this.#slicer.pause();
        }
        const content = writer.finish();
        this.#batch.added(0);
        const after = fs.fstatSync(file);
        const stable = sameFile(before, after) && length === after.size;
        if (stable || attempt === ATTEMPTS) return { kind: 'content', id: content.id, size: content.size, stats: after, stable };
      }
    } catch (error) {
      return failure(error);
    } finally {
      fs.closeSync(file);
    }
  }

  #put(bytes: Uint8Array): { id: Buffer; size: number } {
    const content = putContent(this.#store, bytes);
    this.#batch.added(bytes.length);
    return content;
  }
}

function readFully(file: number, buffer: Buffer, wanted: number): number {
  let length = 0;
  while (length < wanted) {
    const read = fs.readSync(file, buffer, length, wanted - length, length);
    if (read === 0) break;
    length += read;
  }
  return length;
}

function readAt(file: number, buffer: Buffer, position: number): number {
  return fs.readSync(file, buffer, 0, STREAM_BYTES, position);
}

function sameFile(a: fs.Stats, b: fs.Stats): boolean {
  return a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs;
}

/** System errors are an outcome; everything else (the store's errors, `CANCELLED`) passes through. */
function failure(error: unknown): ReadOutcome {
  if (isMissing(error)) return { kind: 'gone' };
  const code = systemErrorCode(error);
  if (code === undefined || !('syscall' in (error as object))) throw error;
  return code === 'ELOOP' ? { kind: 'replaced' } : { kind: 'unreadable', reason: code };
}
