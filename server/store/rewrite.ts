import { deflateRawSync } from 'node:zlib';
import { diskError, readFully, removeIfPresent, tryRemove, writeFully, writeNew } from './disk.ts';
import type { Disk, FileId } from './disk.ts';
import { BATCH_HEADER_BYTES, Codec, encodeBatchHeader, encodeFrame, FRAME_BYTES, FRAME_ID_AT, frameCodec, frameRaw, frameStored, frameType, isJournalType } from './format.ts';
import { decodePayload } from './payload.ts';
import { checksumSeed, encodeSegmentHeader, SEGMENT_HEADER_BYTES } from './segment-header.ts';
import type { SegmentHeader } from './segment-header.ts';
import { SegmentTable } from './segment-table.ts';
import { decodeSidecar, encodeSidecar } from './sidecar.ts';

/** Payloads below this size gain nothing from compression. */
const COMPRESS_FROM = 128;
/** Share of its size that a payload must shrink to before it is worth unpacking on every read. */
const WORTH_IT = 7 / 8;

export interface RewriteSource {
  readonly path: string;
  readonly salt: Uint8Array;
  /** Its directory, as a sidecar. */
  readonly sidecar: Uint8Array;
  /** One byte a frame: 1 to keep it. */
  readonly keep: Uint8Array;
}

/** Everything a worker needs to write one segment out of others; only plain data, so that it can be posted. */
export interface RewriteJob {
  readonly directory: string;
  readonly path: string;
  readonly sidecarPath: string;
  readonly header: SegmentHeader;
  readonly sources: readonly RewriteSource[];
}

export interface RewriteResult {
  /** Directory of the new segment, as a sidecar. */
  readonly sidecar: Uint8Array;
  readonly length: number;
}

/** Rewrites segments away from the thread that serves. */
export interface SegmentRewriter {
  /** @throws PyiError `NO_SPACE`, `INTERNAL`; then no file of the job is left */
  rewrite(job: RewriteJob): Promise<RewriteResult>;
  close(): Promise<void>;
}

/** Does the work in the calling thread: for tests, and for a host without worker threads. */
export class InlineRewriter implements SegmentRewriter {
  readonly #disk: Disk;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  rewrite(job: RewriteJob): Promise<RewriteResult> {
    return rewriteSegment(this.#disk, job);
  }

  async close(): Promise<void> {
    // Nothing is held.
  }
}

/**
 * Writes the kept frames of the sources into a new segment, compressed where it helps, and gives it its name once it is on the device.
 * @throws PyiError `NO_SPACE`, `INTERNAL`
 */
export async function rewriteSegment(disk: Disk, job: RewriteJob): Promise<RewriteResult> {
  const temporary = `${job.path}.tmp`;
  let file: FileId | undefined;
  try {
    removeIfPresent(disk, temporary);
    file = disk.open(temporary, 'create');
    const writer = new BatchWriter(disk, file, Buffer.from(job.header.salt));
    writeFully(disk, file, encodeSegmentHeader({ ...job.header, salt: Buffer.from(job.header.salt) }), 0, SEGMENT_HEADER_BYTES, 0);
    for (const source of job.sources) copySource(disk, source, writer);
    await disk.sync(file);
    disk.close(file);
    file = undefined;
    const sidecar = encodeSidecar(Buffer.from(job.header.salt), writer.table, writer.length);
    removeIfPresent(disk, job.sidecarPath);
    writeNew(disk, job.sidecarPath, [sidecar]);
    disk.rename(temporary, job.path);
    await disk.syncDirectory(job.directory);
    return { sidecar, length: writer.length };
  } catch (error) {
    if (file !== undefined) disk.close(file);
    for (const path of [temporary, job.sidecarPath, job.path]) tryRemove(disk, path);
    throw diskError(error, `write the compacted segment ${job.path}`);
  }
}

function copySource(disk: Disk, source: RewriteSource, writer: BatchWriter): void {
  const sidecar = decodeSidecar(Buffer.from(source.sidecar), Buffer.from(source.salt));
  if (sidecar === undefined) throw new Error('the directory of a source does not decode');
  const { table } = sidecar;
  const { frames } = table;
  const file = disk.open(source.path, 'read');
  try {
    for (let batch = 0; batch < table.batchCount; batch++) {
      let offset = table.offset(batch) + BATCH_HEADER_BYTES;
      const last = table.firstFrame(batch + 1);
      for (let frame = table.firstFrame(batch); frame < last; frame++) {
        const at = frame * FRAME_BYTES;
        const stored = frameStored(frames, at);
        if (source.keep[frame] === 1) {
          const bytes = Buffer.allocUnsafeSlow(stored);
          if (readFully(disk, file, bytes, 0, stored, offset) < stored) throw new Error(`${source.path} ends before ${offset + stored}`);
          writer.add(frames, at, bytes);
        }
        offset += stored;
      }
      writer.endBatch(table.sequence(batch));
    }
  } finally {
    disk.close(file);
  }
}

/** Builds batches one after the other and writes them. */
class BatchWriter {
  readonly table = new SegmentTable();
  length = SEGMENT_HEADER_BYTES;
  readonly #disk: Disk;
  readonly #file: FileId;
  readonly #seed: number;
  #payloads: Buffer[] = [];
  #directory: Buffer[] = [];

  constructor(disk: Disk, file: FileId, salt: Buffer) {
    this.#disk = disk;
    this.#file = file;
    this.#seed = checksumSeed(salt);
  }

  add(frames: Buffer, at: number, stored: Buffer): void {
    const entry = Buffer.from(frames.subarray(at, at + FRAME_BYTES));
    const packed = compress(frames, at, stored);
    // Journal frames stay as they are: replay reads all of them, and unpacking costs more than reading.
    if (packed !== undefined) encodeFrame(entry, 0, frameType(frames, at), Codec.deflateRaw, packed.length, stored.length);
    this.#payloads.push(packed ?? stored);
    this.#directory.push(entry);
  }

  endBatch(sequence: number): void {
    const frameCount = this.#directory.length;
    if (frameCount === 0) return;
    const batch = Buffer.concat([Buffer.alloc(BATCH_HEADER_BYTES), ...this.#payloads, ...this.#directory]);
    const directoryStart = batch.length - frameCount * FRAME_BYTES;
    encodeBatchHeader(batch, 0, { frameCount, payloadBytes: directoryStart - BATCH_HEADER_BYTES, durableLength: this.length, sequence }, this.#seed);
    writeFully(this.#disk, this.#file, batch, 0, batch.length, this.length);
    this.table.add(sequence, this.length, batch, directoryStart, frameCount);
    this.length += batch.length;
    this.#payloads = [];
    this.#directory = [];
  }
}

/** The payload deflated, or undefined when it stays as it is: not worth it, compressed already, for replay, or damaged, which is kept as evidence. */
function compress(frames: Buffer, at: number, stored: Buffer): Buffer | undefined {
  if (frameCodec(frames, at) !== Codec.raw || isJournalType(frameType(frames, at)) || stored.length < COMPRESS_FROM) return undefined;
  if (decodePayload(stored, Codec.raw, frameRaw(frames, at), frames, at + FRAME_ID_AT) === undefined) return undefined;
  const packed = deflateRawSync(stored, { level: 1 });
  return packed.length < stored.length * WORTH_IT ? packed : undefined;
}
