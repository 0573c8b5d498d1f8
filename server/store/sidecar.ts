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

export function encodeSidecar(salt: Buffer, table: SegmentTable, length: number): Buffer {
  const frames = table.frames;
  const batches = table.batchCount;
  const out = Buffer.allocUnsafeSlow(HEADER_BYTES + batches * BATCH_BYTES + frames.length);
  out.fill(0, 0, HEADER_BYTES);
  MAGIC.copy(out, 0);
  out.writeUInt32LE(FORMAT_VERSION, 8);
  out.writeUInt32LE(batches, 12);
  out.writeUInt32LE(frames.length / FRAME_BYTES, 16);
  writeUInt53(out, length, 24);
  salt.copy(out, 32, 0, SALT_BYTES);
  let at = HEADER_BYTES;
  for (let batch = 0; batch < batches; batch++, at += BATCH_BYTES) {
    writeUInt53(out, table.sequence(batch), at);
    out.writeUInt32LE(table.offset(batch), at + 8);
    out.writeUInt32LE(table.firstFrame(batch + 1) - table.firstFrame(batch), at + 12);
  }
  frames.copy(out, at);
  out.writeUInt32LE(checksum(out), CRC_AT);
  return out;
}

/** The sidecar in `bytes`, or undefined when it is damaged, of another version or of another segment than the one with `salt`. */
export function decodeSidecar(bytes: Buffer, salt: Buffer): Sidecar | undefined {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, 8).equals(MAGIC) || bytes.readUInt32LE(8) !== FORMAT_VERSION) return undefined;
  const batches = bytes.readUInt32LE(12);
  const frames = bytes.readUInt32LE(16);
  if (bytes.length !== HEADER_BYTES + batches * BATCH_BYTES + frames * FRAME_BYTES) return undefined;
  if (!bytes.subarray(32, 32 + SALT_BYTES).equals(salt) || checksum(bytes) !== bytes.readUInt32LE(CRC_AT)) return undefined;
  const table = new SegmentTable();
  let frameAt = HEADER_BYTES + batches * BATCH_BYTES;
  for (let i = 0, at = HEADER_BYTES; i < batches; i++, at += BATCH_BYTES) {
    const count = bytes.readUInt32LE(at + 12);
    table.add(readUInt53(bytes, at), bytes.readUInt32LE(at + 8), bytes, frameAt, count);
    frameAt += count * FRAME_BYTES;
  }
  return { table, length: readUInt53(bytes, 24) };
}

function checksum(bytes: Buffer): number {
  return crc32(bytes, HEADER_BYTES, bytes.length, crc32(bytes, 0, CRC_AT));
}
