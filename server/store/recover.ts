import { diskError, readWhole, removeIfPresent, systemCode, writeNew } from './disk.ts';
import type { Scratch } from './disk.ts';
import { FRAME_BYTES, FRAME_ID_AT, frameCodec, frameStored, frameType, ID_BYTES, MAX_TYPE, RECORD_TYPE } from './format.ts';
import type { ObjectIndex } from './object-index.ts';
import { findBadFrames, findCut, scanBatches } from './scan.ts';
import type { BadFrame, Scan } from './scan.ts';
import { Segment, segmentName } from './segment.ts';
import type { SegmentSet } from './segment.ts';
import { decodeSegmentHeader, SEGMENT_HEADER_BYTES } from './segment-header.ts';
import type { SegmentHeader } from './segment-header.ts';
import { SegmentTable } from './segment-table.ts';
import { readSidecar, writeSidecar } from './segment-index.ts';
import type { StoreFault, StoreLimits } from './store-options.ts';
import type { WriterState } from './writer.ts';

/** What opening found beside the segments. */
export interface Recovery {
  readonly state: WriterState;
  readonly faults: readonly StoreFault[];
}

interface Found {
  readonly header: SegmentHeader;
  readonly size: number;
}

/**
 * Reads the segment directory into `segments` and `index`: sidecars where they are good, a scan where they are not, and the tail of
 * the segment that was being written when the store was last open.
 * @throws PyiError `UNSUPPORTED_VERSION`, `NO_SPACE`, `INTERNAL`
 */
export function recover(segments: SegmentSet, index: ObjectIndex, limits: StoreLimits): Recovery {
  try {
    return new Recoverer(segments, index, limits).run();
  } catch (error) {
    throw diskError(error, `open the segments in ${segments.directory}`);
  }
}

class Recoverer {
  readonly #segments: SegmentSet;
  readonly #index: ObjectIndex;
  readonly #limits: StoreLimits;
  readonly #faults: StoreFault[] = [];
  /** Sidecars of sealed segments are read one after the other into the same memory: fresh memory costs more than the reading. */
  readonly #scratch: Scratch = { bytes: Buffer.alloc(0) };
  #nextNumber = 1;
  #nextSequence = 1;

  constructor(segments: SegmentSet, index: ObjectIndex, limits: StoreLimits) {
    this.#segments = segments;
    this.#index = index;
    this.#limits = limits;
  }

  run(): Recovery {
    const found = this.#removeReplaced(this.#readHeaders());
    const last = found.filter(({ header }) => !header.compacted).reduce<Found | undefined>((a, b) => (a !== undefined && a.header.number > b.header.number ? a : b), undefined);
    let active: WriterState['active'];
    for (const item of found) {
      const isLast = item === last;
      const opened = this.#open(item, isLast);
      this.#nextSequence = Math.max(this.#nextSequence, item.header.firstSequence, opened.segment.lastSequence + 1);
      if (isLast && opened.segment.length < this.#limits.segmentBytes) active = opened;
    }
    return { state: { active, nextSequence: this.#nextSequence, nextNumber: this.#nextNumber }, faults: this.#faults };
  }

  #readHeaders(): Found[] {
    const { disk, directory } = this.#segments;
    const found: Found[] = [];
    for (const name of disk.list(directory).sort()) {
      if (name.endsWith('.tmp')) {
        disk.unlink(`${directory}/${name}`);
        continue;
      }
      if (!/^[0-9a-f]{16}\.seg$/.test(name)) continue;
      const number = Number.parseInt(name.slice(0, 16), 16);
      this.#nextNumber = Math.max(this.#nextNumber, number + 1);
      const item = this.#readHeader(number);
      if (item !== undefined) found.push(item);
    }
    return found.sort((a, b) => a.header.firstSequence - b.header.firstSequence || a.header.number - b.header.number);
  }

  #readHeader(number: number): Found | undefined {
    const { disk } = this.#segments;
    const path = this.#segments.path(number);
    const file = disk.open(path, 'read');
    let size: number;
    const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
    try {
      size = disk.size(file);
      disk.read(file, bytes, 0, bytes.length, 0);
    } finally {
      disk.close(file);
    }
    if (size < SEGMENT_HEADER_BYTES) {
      // Creating it was interrupted: the header is written before any batch.
      disk.unlink(path);
      return undefined;
    }
    const decoded = decodeSegmentHeader(bytes);
    if (decoded === undefined || decoded.header.number !== number) {
      this.#fault(number, 0, null, 'both copies of the segment header are damaged: the segment cannot be read');
      return undefined;
    }
    if (!decoded.whole) this.#fault(number, 0, null, 'one copy of the segment header is damaged; the other is used');
    return { header: decoded.header, size };
  }

  /** Finishes compactions that were interrupted before they removed what they had replaced. */
  #removeReplaced(found: Found[]): Found[] {
    const replaced = new Set(found.flatMap(({ header }) => header.replaces));
    for (const { header } of found) {
      if (!replaced.has(header.number)) continue;
      removeIfPresent(this.#segments.disk, this.#segments.sidecarPath(header.number));
      removeIfPresent(this.#segments.disk, this.#segments.path(header.number));
    }
    return found.filter(({ header }) => !replaced.has(header.number));
  }

  #open({ header, size }: Found, isLast: boolean): { segment: Segment; table: SegmentTable } {
    const segment = this.#segments.add(new Segment(header, { length: size, durableLength: header.compacted ? size : 0, exists: true, lastSequence: Math.max(header.lastSequence, header.firstSequence - 1) }));
    const sidecar = readSidecar(this.#segments, segment, isLast ? undefined : this.#scratch);
    let table = sidecar?.table ?? new SegmentTable();
    let bad: readonly BadFrame[] = [];
    // Only the segment that was being written may be longer than its sidecar says.
    if (sidecar === undefined || sidecar.length > size || (sidecar.length < size && !isLast)) {
      ({ table, bad } = this.#scan(segment, SEGMENT_HEADER_BYTES, isLast));
      if (!isLast) this.#mendSidecar(segment, table);
    } else if (sidecar.length < size) {
      const tail = this.#scan(segment, sidecar.length, isLast);
      bad = tail.bad.map((frame) => ({ ...frame, frameAt: frame.frameAt + table.frames.length }));
      appendTable(table, tail.table);
    }
    if (table.batchCount > 0) segment.lastSequence = Math.max(segment.lastSequence, table.sequence(table.batchCount - 1));
    indexTable(this.#index, segment.slot, table);
    for (const { frameAt, offset } of bad) this.#reportBad(segment, table, frameAt, offset);
    return { segment, table };
  }

  #scan(segment: Segment, from: number, isLast: boolean): { table: SegmentTable; bad: readonly BadFrame[] } {
    const { disk } = this.#segments;
    const { number } = segment.header;
    const whole = readWhole(disk, this.#segments.path(number)) ?? Buffer.alloc(0);
    let bytes = whole;
    let scan: Scan;
    let bad: readonly BadFrame[];
    for (;;) {
      scan = scanBatches(bytes, from, segment.seed);
      // A sealed segment is never cut, so its payloads need no look now: they are checked when they are read.
      bad = isLast ? findBadFrames(bytes, scan.table, scan.durable) : [];
      const cut = isLast ? findCut(bytes, scan, bad) : undefined;
      if (cut === undefined) break;
      bytes = bytes.subarray(0, cut);
    }
    for (const gap of scan.gaps) this.#fault(number, gap.start, null, `${gap.end - gap.start} bytes are damaged; the batches behind them are whole`);
    if (scan.end < whole.length) {
      if (isLast) this.#cut(segment, whole, scan);
      else this.#fault(number, scan.end, null, `${whole.length - scan.end} bytes at the end are damaged`);
    }
    return { table: scan.table, bad };
  }

  #cut(segment: Segment, bytes: Buffer, scan: Scan): void {
    const { disk, directory } = this.#segments;
    const { number } = segment.header;
    // Whole batches behind a hole are nobody's promise, but might be somebody's work: they are kept aside for a person to look at.
    if (scanBatches(bytes, scan.end, segment.seed).table.batchCount > 0) {
      const lost = `${directory}/../lost`;
      disk.makeDirectory(lost);
      const path = `${lost}/${segment.name}-${scan.end}.part`;
      removeIfPresent(disk, path);
      writeNew(disk, path, [bytes.subarray(scan.end)]);
    }
    this.#fault(number, scan.end, null, `the last ${bytes.length - scan.end} bytes were not completely written and were cut`);
    disk.truncate(this.#segments.file(segment), scan.end);
    this.#segments.grew(scan.end - segment.length);
    segment.length = scan.end;
  }

  /** Spares the next open the scan. A disk that has no room for it only makes that open slower. */
  #mendSidecar(segment: Segment, table: SegmentTable): void {
    try {
      writeSidecar(this.#segments, segment, table);
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
    }
  }

  #reportBad(segment: Segment, table: SegmentTable, frameAt: number, offset: number): void {
    const { frames } = table;
    if (frameType(frames, frameAt) === RECORD_TYPE) {
      this.#fault(segment.header.number, offset, null, 'a journal record is damaged');
      return;
    }
    const entry = this.#index.find(frames, frameAt + FRAME_ID_AT);
    if (this.#index.offset(entry) === offset && this.#index.segment(entry) === segment.slot) this.#index.setDamaged(entry);
    this.#fault(segment.header.number, offset, frames.toString('hex', frameAt + FRAME_ID_AT, frameAt + FRAME_ID_AT + ID_BYTES), 'the content does not match the id');
  }

  #fault(segment: number, offset: number, id: string | null, problem: string): void {
    this.#faults.push({ segment: segmentName(segment), offset, id, problem });
  }
}

function appendTable(table: SegmentTable, tail: SegmentTable): void {
  for (let batch = 0; batch < tail.batchCount; batch++) {
    const first = tail.firstFrame(batch);
    table.add(tail.sequence(batch), tail.offset(batch), tail.frames, first * FRAME_BYTES, tail.firstFrame(batch + 1) - first);
  }
}

/** Enters a segment's objects; where an object is stored twice, the later place wins. */
function indexTable(index: ObjectIndex, slot: number, table: SegmentTable): void {
  const { frames } = table;
  table.forEach((_batch, at, offset) => {
    const type = frameType(frames, at);
    if (type === RECORD_TYPE || type === 0 || type > MAX_TYPE) return;
    index.setPlace(index.findOrInsert(frames, at + FRAME_ID_AT, type), slot, offset, frameStored(frames, at), frameCodec(frames, at));
  });
}
