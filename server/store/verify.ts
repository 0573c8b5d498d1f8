import { PyiError } from '../../protocol/errors.ts';
import type { Clock } from '../engine/ports.ts';
import { batchIsSound, BATCH_HEADER_BYTES, decodeBatchHeader, FRAME_BYTES, FRAME_ID_AT, frameCodec, frameRaw, frameStored, frameType, ID_BYTES, RECORD_TYPE } from './format.ts';
import { decodePayload } from './payload.ts';
import { decodeSegmentHeader, SEGMENT_HEADER_BYTES } from './segment-header.ts';
import type { Segment, SegmentSet } from './segment.ts';
import { readTable } from './segment-index.ts';
import type { SegmentTable } from './segment-table.ts';
import { Slices } from './slices.ts';
import type { StoreFault } from './store-options.ts';
import type { SegmentWriter } from './writer.ts';

export interface VerifyOptions {
  readonly signal?: AbortSignal;
  /** Called now and then with the bytes read so far and the bytes there are. */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface VerifyReport {
  readonly ok: boolean;
  readonly segments: number;
  readonly objects: number;
  readonly bytes: number;
  readonly faults: readonly StoreFault[];
}

export interface VerifyContext {
  readonly segments: SegmentSet;
  readonly writer: SegmentWriter;
  readonly clock: Clock;
  /** Faults that opening found; those of segments that could not be opened cannot be found again. */
  readonly known: readonly StoreFault[];
}

/** See `SegmentStore.verify`. */
export async function verifyStore(context: VerifyContext, options: VerifyOptions): Promise<VerifyReport> {
  return new Verification(context, options).run();
}

class Verification {
  readonly #context: VerifyContext;
  readonly #options: VerifyOptions;
  readonly #slices: Slices;
  readonly #faults: StoreFault[] = [];
  #objects = 0;
  #bytes = 0;

  constructor(context: VerifyContext, options: VerifyOptions) {
    this.#context = context;
    this.#options = options;
    this.#slices = new Slices(context.clock);
  }

  async run(): Promise<VerifyReport> {
    const { segments, writer, known } = this.#context;
    const list = segments.list().filter((segment) => segment.exists);
    const names = new Set(list.map((segment) => segment.name));
    this.#faults.push(...known.filter((fault) => !names.has(fault.segment)));
    for (const segment of list) {
      // Compaction may have replaced it while others were read; its successor was checked when it was written.
      if (segments.at(segment.slot) !== segment) continue;
      await this.#segment(segment, segment === writer.active ? writer.activeTable : readTable(segments, segment));
    }
    return { ok: this.#faults.length === 0, segments: list.length, objects: this.#objects, bytes: this.#bytes, faults: this.#faults };
  }

  async #segment(segment: Segment, table: SegmentTable): Promise<void> {
    const { segments } = this.#context;
    const length = segment.length;
    const batchCount = table.batchCount;
    this.#header(segment);
    let expected = SEGMENT_HEADER_BYTES;
    for (let batch = 0; batch < batchCount; batch++) {
      if (this.#slices.isOver) {
        await this.#pause();
        if (segments.at(segment.slot) !== segment) return;
      }
      const start = table.offset(batch);
      if (start !== expected) this.#fault(segment, expected, null, `${start - expected} bytes are damaged`);
      expected = this.#batch(segment, table, batch);
    }
    if (expected < length) this.#fault(segment, expected, null, `${length - expected} bytes at the end are damaged`);
    this.#bytes += length;
  }

  #header(segment: Segment): void {
    const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
    const decoded = this.#context.segments.read(segment, bytes, 0) ? decodeSegmentHeader(bytes) : undefined;
    if (decoded?.whole !== true) this.#fault(segment, 0, null, 'the segment header is damaged');
  }

  /** Checks one batch and returns where it ends. */
  #batch(segment: Segment, table: SegmentTable, batch: number): number {
    const { segments } = this.#context;
    const start = table.offset(batch);
    const first = table.firstFrame(batch) * FRAME_BYTES;
    const last = table.firstFrame(batch + 1) * FRAME_BYTES;
    const { frames } = table;
    let offset = start + BATCH_HEADER_BYTES;
    for (let at = first; at < last; at += FRAME_BYTES) {
      const stored = Buffer.allocUnsafe(frameStored(frames, at));
      const isWhole = segments.read(segment, stored, offset)
        && decodePayload(stored, frameCodec(frames, at), frameRaw(frames, at), frames, at + FRAME_ID_AT) !== undefined;
      const isRecord = frameType(frames, at) === RECORD_TYPE;
      if (!isRecord) this.#objects++;
      if (!isWhole && isRecord) this.#fault(segment, offset, null, 'a journal record is damaged');
      else if (!isWhole) this.#fault(segment, offset, frames.toString('hex', at + FRAME_ID_AT, at + FRAME_ID_AT + ID_BYTES), 'the content does not match the id');
      offset += stored.length;
    }
    const headerBytes = Buffer.alloc(BATCH_HEADER_BYTES);
    const directory = Buffer.alloc(last - first);
    const isRead = segments.read(segment, headerBytes, start) && segments.read(segment, directory, offset);
    const header = isRead ? decodeBatchHeader(headerBytes, 0) : undefined;
    const isSound = header !== undefined && header.frameCount * FRAME_BYTES === directory.length && batchIsSound(headerBytes, 0, header, directory, 0, segment.seed);
    if (!isSound || !directory.equals(frames.subarray(first, last))) this.#fault(segment, start, null, 'the header or the directory of a batch is damaged');
    return offset + directory.length;
  }

  async #pause(): Promise<void> {
    if (this.#options.signal?.aborted === true) throw new PyiError('CANCELLED', 'The verification was cancelled', 'Run "pyi verify" again for the whole of it.');
    this.#options.onProgress?.(this.#bytes, this.#context.segments.bytes);
    await this.#slices.pause();
  }

  #fault(segment: Segment, offset: number, id: string | null, problem: string): void {
    this.#faults.push({ segment: segment.name, offset, id, problem });
  }
}
