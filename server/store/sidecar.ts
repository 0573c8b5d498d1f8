import { crc32 } from './crc32.ts';
import { FORMAT_VERSION, FRAME_BYTES, readUInt53, writeUInt53 } from './format.ts';
import { SALT_BYTES } from './segment-header.ts';
import { SegmentTable } from './segment-table.ts';

const MAGIC = Buffer.from('PYIIDX\0\0', 'latin1');
const HEADER_BYTES = 64;
const BATCH_BYTES = 16;
const CRC_AT = HEADER_BYTES - 4;

/** A sidecar: the directory of a segment up to `length`. Derived; whatever is wrong with it, the segment is scanned instead. */
export interface Sidecar {
  readonly table: SegmentTable;
  /** Bytes of the segment that the table describes. */
  readonly length: number;
}

/**
 * The bytes of a sidecar, in two parts: the second is the table's own memory. Sealing happens in the middle of a commit, and copying
 * megabytes of frames would cost it milliseconds.
 */
export function sidecarParts(salt: Buffer, table: SegmentTable, length: number): [Buffer, Buffer] {
  const frames = table.frames;
  const batches = table.batchCount;
  const head = Buffer.alloc(HEADER_BYTES + batches * BATCH_BYTES);
  MAGIC.copy(head, 0);
  head.writeUInt32LE(FORMAT_VERSION, 8);
  head.writeUInt32LE(batches, 12);
  head.writeUInt32LE(frames.length / FRAME_BYTES, 16);
  writeUInt53(head, length, 24);
  salt.copy(head, 32, 0, SALT_BYTES);
  let at = HEADER_BYTES;
  for (let batch = 0; batch < batches; batch++, at += BATCH_BYTES) {
    writeUInt53(head, table.sequence(batch), at);
    head.writeUInt32LE(table.offset(batch), at + 8);
    head.writeUInt32LE(table.firstFrame(batch + 1) - table.firstFrame(batch), at + 12);
  }
  head.writeUInt32LE(crc32(frames, 0, frames.length, headChecksum(head, head.length)), CRC_AT);
  return [head, frames];
}

/** The same in one piece. */
export function encodeSidecar(salt: Buffer, table: SegmentTable, length: number): Buffer {
  return Buffer.concat(sidecarParts(salt, table, length));
}

/** The sidecar in `bytes`, or undefined when it is damaged, of another version or of another segment than the one with `salt`. */
export function decodeSidecar(bytes: Buffer, salt: Buffer): Sidecar | undefined {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, 8).equals(MAGIC) || bytes.readUInt32LE(8) !== FORMAT_VERSION) return undefined;
  const batches = bytes.readUInt32LE(12);
  const frames = bytes.readUInt32LE(16);
  if (bytes.length !== HEADER_BYTES + batches * BATCH_BYTES + frames * FRAME_BYTES) return undefined;
  if (!bytes.subarray(32, 32 + SALT_BYTES).equals(salt) || headChecksum(bytes, bytes.length) !== bytes.readUInt32LE(CRC_AT)) return undefined;
  const sequences = new Float64Array(batches);
  const offsets = new Uint32Array(batches);
  const frameCounts = new Uint32Array(batches);
  for (let batch = 0, at = HEADER_BYTES; batch < batches; batch++, at += BATCH_BYTES) {
    sequences[batch] = readUInt53(bytes, at);
    offsets[batch] = bytes.readUInt32LE(at + 8);
    frameCounts[batch] = bytes.readUInt32LE(at + 12);
  }
  const table = SegmentTable.over(sequences, offsets, frameCounts, bytes.subarray(HEADER_BYTES + batches * BATCH_BYTES));
  return { table, length: readUInt53(bytes, 24) };
}

/** Checksum of a sidecar up to `end`, without the field that holds it. */
function headChecksum(bytes: Buffer, end: number): number {
  return crc32(bytes, HEADER_BYTES, end, crc32(bytes, 0, CRC_AT));
}
