import { PyiError } from '../../protocol/errors.ts';
import { crc32 } from './crc32.ts';
import { FORMAT_VERSION, readUInt53, writeUInt53 } from './format.ts';

const MAGIC = Buffer.from('PYISEG\0\0', 'latin1');
const COPY_BYTES = 256;
const REPLACES_AT = 64;
const CRC_AT = COPY_BYTES - 4;

/** Two copies, so that one damaged byte cannot take the checksum seed, and with it the segment, away. */
export const SEGMENT_HEADER_BYTES = 2 * COPY_BYTES;
export const SALT_BYTES = 16;
/** How many segments one compaction may merge: what the header has room to name. */
export const MAX_REPLACES = 23;

export interface SegmentHeader {
  readonly number: number;
  /** Written by compaction: complete and on the device since before it got its name, and never appended to. */
  readonly compacted: boolean;
  readonly created: number;
  /** Sequence number that the next batch of the store had when the segment was begun. */
  readonly firstSequence: number;
  /** For a compacted segment, the last sequence number of what it replaced, whether or not that batch is left; else 0. */
  readonly lastSequence: number;
  /** Secret of this segment; see {@link checksumSeed}. */
  readonly salt: Buffer;
  /** Segments whose live content this one took over. They are removed when it is found beside them. */
  readonly replaces: readonly number[];
}

/** What the checksums of a segment's batches start from. */
export function checksumSeed(salt: Buffer): number {
  return crc32(salt, 0, salt.length);
}

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const copy = Buffer.alloc(COPY_BYTES);
  MAGIC.copy(copy, 0);
  copy.writeUInt32LE(FORMAT_VERSION, 8);
  copy[12] = header.compacted ? 1 : 0;
  copy[13] = header.replaces.length;
  writeUInt53(copy, header.number, 16);
  writeUInt53(copy, header.created, 24);
  writeUInt53(copy, header.firstSequence, 32);
  header.salt.copy(copy, 40, 0, SALT_BYTES);
  writeUInt53(copy, header.lastSequence, 56);
  header.replaces.forEach((number, i) => { writeUInt53(copy, number, REPLACES_AT + 8 * i); });
  copy.writeUInt32LE(crc32(copy, 0, CRC_AT), CRC_AT);
  return Buffer.concat([copy, copy]);
}

/**
 * The header at the start of a segment file, and whether both copies of it are whole. Undefined when neither is.
 * @throws PyiError `UNSUPPORTED_VERSION`
 */
export function decodeSegmentHeader(bytes: Buffer): { header: SegmentHeader; whole: boolean } | undefined {
  const copies = [decodeCopy(bytes, 0), decodeCopy(bytes, COPY_BYTES)];
  const header = copies[0] ?? copies[1];
  if (header !== undefined) return { header, whole: copies[0] !== undefined && copies[1] !== undefined };
  // A future header may be checked differently, so the version alone decides; both copies must say so, for a flipped bit does not hit twice.
  const versions = [versionOf(bytes, 0), versionOf(bytes, COPY_BYTES)];
  if (versions.every((version) => version > FORMAT_VERSION)) throw unsupportedVersion(versions[0] as number);
  return undefined;
}

function decodeCopy(bytes: Buffer, at: number): SegmentHeader | undefined {
  if (bytes.length < at + COPY_BYTES || !bytes.subarray(at, at + 8).equals(MAGIC)) return undefined;
  const copy = bytes.subarray(at, at + COPY_BYTES);
  if (crc32(copy, 0, CRC_AT) !== copy.readUInt32LE(CRC_AT)) return undefined;
  const version = copy.readUInt32LE(8);
  if (version > FORMAT_VERSION) throw unsupportedVersion(version);
  const replaces: number[] = [];
  for (let i = 0; i < (copy[13] as number); i++) replaces.push(readUInt53(copy, REPLACES_AT + 8 * i));
  return {
    number: readUInt53(copy, 16),
    compacted: copy[12] === 1,
    created: readUInt53(copy, 24),
    firstSequence: readUInt53(copy, 32),
    lastSequence: readUInt53(copy, 56),
    salt: Buffer.from(copy.subarray(40, 40 + SALT_BYTES)),
    replaces,
  };
}

function versionOf(bytes: Buffer, at: number): number {
  if (bytes.length < at + COPY_BYTES || !bytes.subarray(at, at + 6).equals(MAGIC.subarray(0, 6))) return 0;
  return bytes.readUInt32LE(at + 8);
}

/** The error for a store written by a later release. */
export function unsupportedVersion(version: number): PyiError {
  return new PyiError('UNSUPPORTED_VERSION', `The store has format version ${version}; this program reads up to version ${FORMAT_VERSION}`,
    'Update PYI to the version that wrote the store, or a later one. Nothing was changed.');
}
