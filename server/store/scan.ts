import { batchBytes, batchIsSound, BATCH_HEADER_BYTES, BATCH_MAGIC, decodeBatchHeader, FRAME_BYTES, FRAME_ID_AT, frameCodec, frameRaw, frameStored } from './format.ts';
import type { BatchHeader } from './format.ts';
import { decodePayload } from './payload.ts';
import { SegmentTable } from './segment-table.ts';

const SECTOR = 512;
const magic = Buffer.alloc(4);
magic.writeUInt32LE(BATCH_MAGIC);

/** A stretch of a file that holds no batch that can be trusted. */
export interface Gap {
  readonly start: number;
  readonly end: number;
}

export interface Scan {
  readonly table: SegmentTable;
  /** Damaged stretches with sound batches behind them. */
  readonly gaps: readonly Gap[];
  /** End of the last sound batch; bytes behind it are a torn tail. */
  readonly end: number;
  /** Length that was known to be on the device, as the batches tell it. */
  readonly durable: number;
}

/**
 * Finds the batches in a segment's bytes, from `from` on, by header and checksum. Payloads are not read. After damage it goes on at
 * the next sound batch: one that has the magic, the checksum and a higher sequence number.
 */
export function scanBatches(bytes: Buffer, from: number, seed: number): Scan {
  const table = new SegmentTable();
  const gaps: Gap[] = [];
  let at = from;
  let last = 0;
  let durable = 0;
  const soundAt = (position: number): BatchHeader | undefined => {
    const header = decodeBatchHeader(bytes, position);
    if (header === undefined || header.sequence <= last || position + batchBytes(header) > bytes.length) return undefined;
    return batchIsSound(bytes, position, header, bytes, position + BATCH_HEADER_BYTES + header.payloadBytes, seed) ? header : undefined;
  };
  while (at < bytes.length) {
    let header = soundAt(at);
    if (header === undefined) {
      let next = at;
      do next = bytes.indexOf(magic, next + 1);
      while (next !== -1 && (header = soundAt(next)) === undefined);
      if (header === undefined) break;
      gaps.push({ start: at, end: next });
      at = next;
    }
    table.add(header.sequence, at, bytes, at + BATCH_HEADER_BYTES + header.payloadBytes, header.frameCount);
    last = header.sequence;
    durable = Math.max(durable, header.durableLength);
    at += batchBytes(header);
  }
  return { table, gaps, end: at, durable };
}

/** A frame whose payload does not match its id. */
export interface BadFrame {
  readonly batch: number;
  /** Where its entry stands in the table's frames. */
  readonly frameAt: number;
  readonly offset: number;
}

/** Checks the payloads of all batches that reach past `from` against their ids. */
export function findBadFrames(bytes: Buffer, table: SegmentTable, from: number): BadFrame[] {
  const bad: BadFrame[] = [];
  const { frames } = table;
  table.forEach((batch, frameAt, offset) => {
    if (offset < from) return;
    const stored = bytes.subarray(offset, offset + frameStored(frames, frameAt));
    const content = decodePayload(stored, frameCodec(frames, frameAt), frameRaw(frames, frameAt), frames, frameAt + FRAME_ID_AT);
    if (content === undefined) bad.push({ batch, frameAt, offset });
  });
  return bad;
}

/**
 * Where the tail of the segment being appended to has to be cut after a crash, or undefined when it is whole.
 *
 * Only bytes past `scan.durable` may be missing after a power cut; what is wrong before is decay, and is kept and reported. Past it, an
 * append that did not reach the device leaves whole sectors of zeros (a file grows before its data arrives). Everything from the first
 * such hole on is a state that nobody was promised, and may refer to what is missing, so it goes. Damage without a hole is decay again.
 */
export function findCut(bytes: Buffer, scan: Scan, bad: readonly BadFrame[]): number | undefined {
  let cut = Infinity;
  for (const gap of scan.gaps) {
    if (gap.start >= scan.durable && hasHole(bytes, gap.start, gap.end)) cut = Math.min(cut, gap.start);
  }
  const { table } = scan;
  for (const { batch } of bad) {
    const start = table.offset(batch);
    const end = start + BATCH_HEADER_BYTES + table.payloadBytes(batch) + (table.firstFrame(batch + 1) - table.firstFrame(batch)) * FRAME_BYTES;
    if (start >= scan.durable && (batch === table.batchCount - 1 || hasHole(bytes, start, end))) cut = Math.min(cut, start);
  }
  return cut === Infinity ? undefined : cut;
}

/** True when a whole, aligned sector between `start` and `end` is zero. */
function hasHole(bytes: Buffer, start: number, end: number): boolean {
  for (let sector = Math.ceil(start / SECTOR) * SECTOR; sector + SECTOR <= end; sector += SECTOR) {
    let at = sector;
    while (at < sector + SECTOR && bytes[at] === 0) at++;
    if (at === sector + SECTOR) return true;
  }
  return false;
}
