import type { JournalEntry } from '../engine/ports.ts';
import { CHECKPOINT_TYPE, FRAME_BYTES, FRAME_ID_AT, frameCodec, frameRaw, frameStored, frameType, ID_BYTES, isJournalType, RECORD_TYPE, BATCH_HEADER_BYTES } from './format.ts';
import { decodePayload } from './payload.ts';
import type { Segment, SegmentSet } from './segment.ts';
import type { SegmentTable } from './segment-table.ts';
import type { StoreFault } from './store-options.ts';

/** Batches are read in runs of about this size: replay touches all of a segment, a few hundred bytes at a time. */
const WINDOW_BYTES = 1024 * 1024;

/** Where replay reads from: the segments, and the directory of the one being written. */
export interface JournalSource {
  readonly segments: SegmentSet;
  readonly activeTable: () => { segment: Segment; table: SegmentTable };
  /** Directory of a sealed segment. */
  readonly sealedTable: (segment: Segment) => SegmentTable;
  readonly onFault: (fault: StoreFault) => void;
}

/**
 * Journal records and checkpoints of batches with a sequence number above `after`, in commit order. A batch that is found twice counts
 * once. Damaged entries are reported and left out. To be consumed without awaiting in between: compaction may remove what is not read yet.
 */
export function* replayJournal(source: JournalSource, after: number): Generator<JournalEntry> {
  let last = after;
  for (const segment of source.segments.list()) {
    if (!segment.exists || segment.lastSequence <= last) continue;
    const active = source.activeTable();
    const table = segment === active.segment ? active.table : source.sealedTable(segment);
    const window = new Window(source.segments, segment);
    for (let batch = firstAfter(table, last); batch < table.batchCount; batch++) {
      if (table.sequence(batch) <= last) continue;
      last = table.sequence(batch);
      if (table.hasJournal(batch)) yield* batchEntries(source, segment, table, batch, window);
    }
  }
}

/** The first batch with a sequence number above `sequence`: within a segment they only rise. */
function firstAfter(table: SegmentTable, sequence: number): number {
  let low = 0;
  let high = table.batchCount;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (table.sequence(middle) <= sequence) low = middle + 1;
    else high = middle;
  }
  return low;
}

function* batchEntries(source: JournalSource, segment: Segment, table: SegmentTable, batch: number, window: Window): Generator<JournalEntry> {
  const { frames } = table;
  const end = table.firstFrame(batch + 1) * FRAME_BYTES;
  let offset = table.offset(batch) + BATCH_HEADER_BYTES;
  for (let at = table.firstFrame(batch) * FRAME_BYTES; at < end; at += FRAME_BYTES) {
    const type = frameType(frames, at);
    const stored = frameStored(frames, at);
    if (isJournalType(type)) {
      const bytes = window.read(offset, stored);
      const payload = bytes && decodePayload(bytes, frameCodec(frames, at), frameRaw(frames, at), frames, at + FRAME_ID_AT);
      const id = Buffer.from(frames.subarray(at + FRAME_ID_AT, at + FRAME_ID_AT + ID_BYTES));
      if (payload === undefined) {
        const isRecord = type === RECORD_TYPE;
        source.onFault({ segment: segment.name, offset, id: isRecord ? null : id.toString('hex'), problem: isRecord ? 'a journal record is damaged' : 'the content does not match the id' });
      } else {
        yield { sequence: table.sequence(batch), type: type === CHECKPOINT_TYPE ? CHECKPOINT_TYPE : RECORD_TYPE, id, payload };
      }
    }
    offset += stored;
  }
}

/** Reads a segment front to back in large steps. */
class Window {
  readonly #segments: SegmentSet;
  readonly #segment: Segment;
  #bytes: Buffer = Buffer.alloc(0);
  #start = 0;

  constructor(segments: SegmentSet, segment: Segment) {
    this.#segments = segments;
    this.#segment = segment;
  }

  /** `length` bytes at `offset`, good for keeping; undefined when the file ends before. */
  read(offset: number, length: number): Buffer | undefined {
    if (offset < this.#start || offset + length > this.#start + this.#bytes.length) {
      const size = Math.min(Math.max(WINDOW_BYTES, length), this.#segment.length - offset);
      if (size < length) return undefined;
      const bytes = Buffer.allocUnsafeSlow(size);
      if (!this.#segments.read(this.#segment, bytes, offset)) return undefined;
      this.#bytes = bytes;
      this.#start = offset;
    }
    return Buffer.from(this.#bytes.subarray(offset - this.#start, offset - this.#start + length));
  }
}
