import type { ObjectType } from '../engine/ports.ts';
import { BATCH_HEADER_BYTES, Codec, encodeBatchHeader, encodeFrame, FRAME_BYTES, FRAME_ID_AT, ID_BYTES } from './format.ts';

const FIRST_BYTES = 1024 * 1024;

/** A complete batch that is not in the file yet. */
export interface StagedBatch {
  readonly sequence: number;
  /** Where it starts in the staging buffer. */
  readonly start: number;
  readonly directoryStart: number;
  readonly frameCount: number;
}

/**
 * What goes into the segment file next: complete batches committed at level `memory`, then the batch that is being
 * staged. The bytes are laid out as they will stand in the file, so that a commit is one write, and a payload's place
 * in the file is known as soon as it is staged.
 */
export class Staging {
  /** Place in the segment file of the buffer's first byte. */
  base = 0;
  #buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  /** End of what is staged. */
  #used = 0;
  /** Where complete batches end. */
  #complete = 0;
  readonly #batches: StagedBatch[] = [];
  #directory = Buffer.allocUnsafeSlow(64 * FRAME_BYTES);
  #frames = 0;

  get buffer(): Buffer {
    return this.#buffer;
  }

  /** Bytes of complete batches. */
  get completeBytes(): number {
    return this.#complete;
  }

  get batches(): readonly StagedBatch[] {
    return this.#batches;
  }

  /** Frames of the batch that is being staged. */
  get openFrames(): number {
    return this.#frames;
  }

  get isEmpty(): boolean {
    return this.#used === 0;
  }

  /** Bytes that the batch being staged will take in the file. */
  get openBytes(): number {
    return this.#frames === 0 ? 0 : this.#used - this.#complete + this.#frames * FRAME_BYTES;
  }

  /** Copies a payload and its id in and returns the payload's place in the segment file. */
  add(type: ObjectType, bytes: Uint8Array, id: Uint8Array, idAt: number): number {
    if (this.#frames === 0) {
      this.#reserve(this.#complete + BATCH_HEADER_BYTES);
      this.#used = this.#complete + BATCH_HEADER_BYTES;
    }
    const at = this.#used;
    this.#reserve(at + bytes.length);
    this.#buffer.set(bytes, at);
    this.#used = at + bytes.length;
    const entry = this.#frames * FRAME_BYTES;
    if (entry === this.#directory.length) this.#growDirectory();
    encodeFrame(this.#directory, entry, type, Codec.raw, bytes.length, bytes.length);
    for (let i = 0; i < ID_BYTES; i++) this.#directory[entry + FRAME_ID_AT + i] = id[idAt + i] as number;
    this.#frames++;
    return this.base + at;
  }

  /** Completes the batch that is being staged. */
  seal(sequence: number, durableLength: number, seed: number): void {
    const start = this.#complete;
    const directoryStart = this.#used;
    const directoryBytes = this.#frames * FRAME_BYTES;
    this.#reserve(directoryStart + directoryBytes);
    this.#directory.copy(this.#buffer, directoryStart, 0, directoryBytes);
    const payloadBytes = directoryStart - start - BATCH_HEADER_BYTES;
    encodeBatchHeader(this.#buffer, start, { frameCount: this.#frames, payloadBytes, durableLength, sequence }, seed);
    this.#batches.push({ sequence, start, directoryStart, frameCount: this.#frames });
    this.#used = this.#complete = directoryStart + directoryBytes;
    this.#frames = 0;
  }

  /** Takes back the last completed batch. */
  dropLast(): void {
    const last = this.#batches.pop();
    if (last !== undefined) this.#used = this.#complete = last.start;
  }

  /** Forgets the batch that is being staged. */
  dropOpen(): void {
    this.#used = this.#complete;
    this.#frames = 0;
  }

  /** Forgets the complete batches, which are in the file now. */
  written(): void {
    this.#buffer.copyWithin(0, this.#complete, this.#used);
    this.base += this.#complete;
    this.#used -= this.#complete;
    this.#complete = 0;
    this.#batches.length = 0;
    // A batch of an ingest may have been large; keeping its buffer would keep its memory.
    if (this.#used === 0 && this.#buffer.length > 4 * FIRST_BYTES) this.#buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(bytes, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#used);
    this.#buffer = larger;
  }

  #growDirectory(): void {
    const larger = Buffer.allocUnsafeSlow(this.#directory.length * 2);
    this.#directory.copy(larger);
    this.#directory = larger;
  }
}
