import { crc32 } from './crc32.ts';

/** Version of the on-disk format that this code writes; see docs/format.md. */
export const FORMAT_VERSION = 1;

export const ID_BYTES = 32;
export const BATCH_HEADER_BYTES = 32;
export const FRAME_BYTES = 48;

/** "PYIB", little-endian: the first bytes of every batch. */
export const BATCH_MAGIC = 0x42495950;

/** How a frame's payload is stored. */
export const Codec = { raw: 0, deflateRaw: 1 } as const;

/**
 * Object types of the port, as numbers of the format: the store uses them without importing the engine.
 * A test holds both lists together.
 */
export const RECORD_TYPE = 16;
export const NODE_TYPE = 3;
export const CHECKPOINT_TYPE = 4;

/** Records and checkpoints are what replay reads. */
export function isJournalType(type: number): boolean {
  return type === RECORD_TYPE || type === CHECKPOINT_TYPE;
}

/** Highest type number that an index entry can hold. */
export const MAX_TYPE = 31;

/** Writes one entry of a batch's directory, all but the id. */
export function encodeFrame(out: Buffer, at: number, type: number, codec: number, storedLength: number, rawLength: number): void {
  out[at] = type;
  out[at + 1] = codec;
  out[at + 2] = 0;
  out[at + 3] = 0;
  out.writeUInt32LE(0, at + 4);
  out.writeUInt32LE(storedLength, at + 8);
  out.writeUInt32LE(rawLength, at + 12);
}

/** Reads fields of a directory entry in place: `frames` holds entries of {@link FRAME_BYTES} each. */
export const frameType = (frames: Buffer, at: number): number => frames[at] as number;
export const frameCodec = (frames: Buffer, at: number): number => frames[at + 1] as number;
export const frameStored = (frames: Buffer, at: number): number => frames.readUInt32LE(at + 8);
export const frameRaw = (frames: Buffer, at: number): number => frames.readUInt32LE(at + 12);
/** Where the id lies within a directory entry. */
export const FRAME_ID_AT = 16;

export interface BatchHeader {
  readonly frameCount: number;
  readonly payloadBytes: number;
  /** Length of this segment that was known to be on the device when the batch was written. */
  readonly durableLength: number;
  readonly sequence: number;
}

/**
 * Writes a batch's header at `out[at…]`; its payloads and directory stand behind it already. `seed` is the
 * segment's checksum seed, unknown to whoever chose the payloads: a payload cannot pose as a batch.
 */
export function encodeBatchHeader(out: Buffer, at: number, header: BatchHeader, seed: number): void {
  out.writeUInt32LE(BATCH_MAGIC, at);
  out.writeUInt32LE(header.frameCount, at + 4);
  out.writeUInt32LE(header.payloadBytes, at + 8);
  out.writeUInt32LE(header.durableLength, at + 12);
  writeUInt53(out, header.sequence, at + 16);
  out.writeUInt32LE(0, at + 24);
  const directory = at + BATCH_HEADER_BYTES + header.payloadBytes;
  const crc = crc32(out, at, at + 28, seed);
  out.writeUInt32LE(crc32(out, directory, directory + header.frameCount * FRAME_BYTES, crc), at + 28);
}

/** Bytes of a whole batch. */
export function batchBytes(header: Pick<BatchHeader, 'frameCount' | 'payloadBytes'>): number {
  return BATCH_HEADER_BYTES + header.payloadBytes + header.frameCount * FRAME_BYTES;
}

/** The fields of a batch header, unchecked; undefined when the magic is not there. */
export function decodeBatchHeader(bytes: Buffer, at: number): BatchHeader | undefined {
  if (at + BATCH_HEADER_BYTES > bytes.length || bytes.readUInt32LE(at) !== BATCH_MAGIC) return undefined;
  return {
    frameCount: bytes.readUInt32LE(at + 4),
    payloadBytes: bytes.readUInt32LE(at + 8),
    durableLength: bytes.readUInt32LE(at + 12),
    sequence: readUInt53(bytes, at + 16),
  };
}

/** True when header and directory agree with the checksum and the directory's lengths fill the payload area exactly. */
export function batchIsSound(headerBytes: Buffer, headerAt: number, header: BatchHeader, directory: Buffer, directoryAt: number, seed: number): boolean {
  const end = directoryAt + header.frameCount * FRAME_BYTES;
  if (header.frameCount === 0 || end > directory.length) return false;
  const crc = crc32(directory, directoryAt, end, crc32(headerBytes, headerAt, headerAt + 28, seed));
  if (crc !== headerBytes.readUInt32LE(headerAt + 28)) return false;
  let payload = 0;
  for (let at = directoryAt; at < end; at += FRAME_BYTES) payload += frameStored(directory, at);
  return payload === header.payloadBytes;
}

/** Integers up to 2^53 in eight bytes, little-endian: exact, and no BigInt on the hot path. */
export function writeUInt53(out: Buffer, value: number, at: number): void {
  out.writeUInt32LE(value % 0x1_0000_0000, at);
  out.writeUInt32LE(Math.floor(value / 0x1_0000_0000), at + 4);
}

export function readUInt53(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 0x1_0000_0000;
}
