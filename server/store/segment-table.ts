import { FRAME_BYTES, frameStored, frameType, BATCH_HEADER_BYTES, isJournalType } from './format.ts';

/**
 * The directory of one segment: its batches in file order, and their frames. What a sidecar holds on disk, and what
 * the segment being written collects in memory.
 */
export class SegmentTable {
  #sequences = new Float64Array(64);
  #offsets = new Uint32Array(64);
  #firstFrames = new Uint32Array(64);
  #batches = 0;
  #frames: Buffer = Buffer.allocUnsafeSlow(64 * FRAME_BYTES);
  #frameBytes = 0;

  /**
   * A table over a directory that is in memory as a whole: `frames` is kept, not copied, which is what opening a large store would
   * otherwise spend its time on. The arrays have a value for each batch, in file order; `frameCounts` add up to the frames.
   */
  static over(sequences: Float64Array<ArrayBuffer>, offsets: Uint32Array<ArrayBuffer>, frameCounts: Uint32Array, frames: Buffer): SegmentTable {
    const table = new SegmentTable();
    if (sequences.length === 0) return table;
    const firstFrames = new Uint32Array(frameCounts.length);
    for (let batch = 1; batch < frameCounts.length; batch++) firstFrames[batch] = (firstFrames[batch - 1] as number) + (frameCounts[batch - 1] as number);
    table.#sequences = sequences;
    table.#offsets = offsets;
    table.#firstFrames = firstFrames;
    table.#batches = sequences.length;
    table.#frames = frames;
    table.#frameBytes = frames.length;
    return table;
  }

  get batchCount(): number {
    return this.#batches;
  }

  get frameCount(): number {
    return this.#frameBytes / FRAME_BYTES;
  }

  /** Directory entries of all frames, {@link FRAME_BYTES} each. */
  get frames(): Buffer {
    return this.#frames.subarray(0, this.#frameBytes);
  }

  sequence(batch: number): number {
    return this.#sequences[batch] as number;
  }

  /** Where the batch's header stands in the file. */
  offset(batch: number): number {
    return this.#offsets[batch] as number;
  }

  /** Number, within the segment, of the batch's first frame. */
  firstFrame(batch: number): number {
    return batch < this.#batches ? this.#firstFrames[batch] as number : this.frameCount;
  }

  /** Adds a batch whose directory is `directory[start…]`. */
  add(sequence: number, offset: number, directory: Buffer, start: number, frameCount: number): void {
    if (this.#batches === this.#offsets.length) this.#growBatches();
    this.#sequences[this.#batches] = sequence;
    this.#offsets[this.#batches] = offset;
    this.#firstFrames[this.#batches] = this.#frameBytes / FRAME_BYTES;
    this.#batches++;
    const bytes = frameCount * FRAME_BYTES;
    if (this.#frameBytes + bytes > this.#frames.length) this.#growFrames(bytes);
    directory.copy(this.#frames, this.#frameBytes, start, start + bytes);
    this.#frameBytes += bytes;
  }

  /** Calls `visit` with each frame: number of its batch, where its entry stands in `frames`, where its payload stands in the file. */
  forEach(visit: (batch: number, frameAt: number, payloadOffset: number) => void): void {
    const frames = this.frames;
    for (let batch = 0; batch < this.#batches; batch++) {
      let payload = this.offset(batch) + BATCH_HEADER_BYTES;
      const end = this.firstFrame(batch + 1) * FRAME_BYTES;
      for (let at = this.firstFrame(batch) * FRAME_BYTES; at < end; at += FRAME_BYTES) {
        visit(batch, at, payload);
        payload += frameStored(frames, at);
      }
    }
  }

  /** Bytes of a batch's payloads. */
  payloadBytes(batch: number): number {
    let bytes = 0;
    const end = this.firstFrame(batch + 1) * FRAME_BYTES;
    for (let at = this.firstFrame(batch) * FRAME_BYTES; at < end; at += FRAME_BYTES) bytes += frameStored(this.#frames, at);
    return bytes;
  }

  /** True when replay needs something of the batch. */
  hasJournal(batch: number): boolean {
    const end = this.firstFrame(batch + 1) * FRAME_BYTES;
    for (let at = this.firstFrame(batch) * FRAME_BYTES; at < end; at += FRAME_BYTES) if (isJournalType(frameType(this.#frames, at))) return true;
    return false;
  }

  #growBatches(): void {
    const sequences = new Float64Array(this.#batches * 2);
    sequences.set(this.#sequences);
    this.#sequences = sequences;
    this.#offsets = doubled(this.#offsets);
    this.#firstFrames = doubled(this.#firstFrames);
  }

  #growFrames(bytes: number): void {
    const frames = Buffer.allocUnsafeSlow(Math.max(this.#frames.length * 2, this.#frameBytes + bytes));
    this.#frames.copy(frames, 0, 0, this.#frameBytes);
    this.#frames = frames;
  }
}

function doubled(array: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(array.length * 2);
  larger.set(array);
  return larger;
}
