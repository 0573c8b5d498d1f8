import { PyiError } from '../../protocol/errors.ts';
import { diskError, readFully, removeIfPresent } from './disk.ts';
import type { Disk, FileId } from './disk.ts';
import { checksumSeed } from './segment-header.ts';
import type { SegmentHeader } from './segment-header.ts';

/** Files kept open for reading at most, so that a large store does not use up the process's descriptors. */
const MAX_OPEN = 128;

/** One segment file of an open store. */
export class Segment {
  readonly header: SegmentHeader;
  /** What its batches' checksums start from. */
  readonly seed: number;
  /** Short number of the segment in the index, given by {@link SegmentSet}. */
  slot = -1;
  /** Bytes in the file that hold its header and whole batches. */
  length: number;
  /** Bytes known to be on the device. */
  durableLength: number;
  /** False until the first batch is written: a segment without content has no file. */
  exists: boolean;
  /** True when the directory entry is known to be on the device. */
  nameDurable: boolean;
  /** True for the one segment that batches are appended to. */
  appendable = false;
  /** Sequence number of its last batch, or one less than its first could have. */
  lastSequence: number;

  constructor(header: SegmentHeader, state: { length: number; durableLength: number; exists: boolean; lastSequence: number }) {
    this.header = header;
    this.seed = checksumSeed(header.salt);
    this.length = state.length;
    this.durableLength = state.durableLength;
    this.exists = state.exists;
    this.nameDurable = header.compacted;
    this.lastSequence = state.lastSequence;
  }

  /** The number in the file name, as people read it in reports. */
  get name(): string {
    return segmentName(this.header.number);
  }
}

export function segmentName(number: number): string {
  return number.toString(16).padStart(16, '0');
}

/** The segments of an open store, with their open files. */
export class SegmentSet {
  readonly disk: Disk;
  readonly directory: string;
  /** By slot; slots are not used again while the store is open. */
  readonly #slots: (Segment | undefined)[] = [];
  /** Open files, the least recently opened first. */
  readonly #files = new Map<Segment, FileId>();
  #bytes = 0;
  #closed = false;

  constructor(disk: Disk, directory: string) {
    this.disk = disk;
    this.directory = directory;
  }

  /** Bytes in all segment files. */
  get bytes(): number {
    return this.#bytes;
  }

  /** All segments, in the order of their batches. */
  list(): Segment[] {
    return this.#slots.filter((segment) => segment !== undefined)
      .sort((a, b) => a.header.firstSequence - b.header.firstSequence || a.header.number - b.header.number);
  }

  add(segment: Segment): Segment {
    segment.slot = this.#slots.length;
    this.#slots.push(segment);
    this.#bytes += segment.exists ? segment.length : 0;
    return segment;
  }

  at(slot: number): Segment | undefined {
    return this.#slots[slot];
  }

  path(number: number): string {
    return `${this.directory}/${segmentName(number)}.seg`;
  }

  sidecarPath(number: number): string {
    return `${this.directory}/${segmentName(number)}.idx`;
  }

  /** Takes note that a segment's file grew. */
  grew(bytes: number): void {
    this.#bytes += bytes;
  }

  /** An open file of the segment; good for writing too while the segment is appended to or must be flushed. */
  file(segment: Segment): FileId {
    const open = this.#files.get(segment);
    if (open !== undefined) return open;
    if (this.#closed) throw new PyiError('BUSY', `The store of ${this.directory} was closed meanwhile`, 'Try again: it is opened anew.');
    if (this.#files.size >= MAX_OPEN) this.#closeOne();
    const file = this.disk.open(this.path(segment.header.number), isInUse(segment) ? 'update' : 'read');
    this.#files.set(segment, file);
    return file;
  }

  /** Takes over a file that was opened elsewhere. */
  adopt(segment: Segment, file: FileId): void {
    this.#files.set(segment, file);
  }

  /**
   * Fills `buffer` from the segment; false when the file ends before.
   * @throws PyiError `INTERNAL`
   */
  read(segment: Segment, buffer: Buffer, position: number): boolean {
    try {
      return readFully(this.disk, this.file(segment), buffer, 0, buffer.length, position) === buffer.length;
    } catch (error) {
      throw diskError(error, `read segment ${segment.name}`);
    }
  }

  /** Closes a segment's file, so that the next use opens it anew. */
  close(segment: Segment): void {
    const file = this.#files.get(segment);
    if (file === undefined) return;
    this.#files.delete(segment);
    this.disk.close(file);
  }

  /** Deletes a segment and its sidecar. */
  remove(segment: Segment): void {
    this.close(segment);
    // The sidecar goes first: a sidecar alone is litter, a segment alone is complete.
    removeIfPresent(this.disk, this.sidecarPath(segment.header.number));
    removeIfPresent(this.disk, this.path(segment.header.number));
    this.#slots[segment.slot] = undefined;
    this.#bytes -= segment.length;
  }

  /** Closes all files for good. */
  closeAll(): void {
    this.#closed = true;
    for (const segment of [...this.#files.keys()]) this.close(segment);
  }

  /** Closes a file that nobody writes or syncs. */
  #closeOne(): void {
    for (const segment of this.#files.keys()) {
      if (isInUse(segment)) continue;
      this.close(segment);
      return;
    }
  }
}

/** Written, or to be flushed to the device, perhaps right now. */
function isInUse(segment: Segment): boolean {
  return segment.appendable || segment.durableLength < segment.length;
}
