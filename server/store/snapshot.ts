import { diskError, readWhole, removeIfPresent, tryRemove, writeFully } from './disk.ts';
import type { Disk, FileId } from './disk.ts';
import { FORMAT_VERSION, readUInt53, writeUInt53 } from './format.ts';
import { hashInto, hashMatches } from './hash.ts';

const MAGIC = Buffer.from('PYISNAP\0', 'latin1');
const HEADER_BYTES = 64;
const DIGEST_AT = 32;

/** The engine's state as of a sequence number: replay starts behind it. Derived: without it replay starts at the beginning. */
export interface Snapshot {
  readonly sequence: number;
  readonly payload: Buffer;
}

/** The snapshot in `path`, or undefined when there is none or it is damaged. @throws PyiError `INTERNAL` */
export function readSnapshotFile(disk: Disk, path: string): Snapshot | undefined {
  let bytes: Buffer | undefined;
  try {
    bytes = readWhole(disk, path);
  } catch (error) {
    throw diskError(error, 'read the snapshot');
  }
  if (bytes === undefined || bytes.length < HEADER_BYTES || !bytes.subarray(0, 8).equals(MAGIC) || bytes.readUInt32LE(8) !== FORMAT_VERSION) return undefined;
  // The digest covers the sequence number too: it stands right before the payload while hashing.
  const body = Buffer.concat([bytes.subarray(16, 24), bytes.subarray(HEADER_BYTES)]);
  if (!hashMatches(body, bytes, DIGEST_AT)) return undefined;
  return { sequence: readUInt53(bytes, 16), payload: bytes.subarray(HEADER_BYTES) };
}

/** Replaces the snapshot atomically; after a crash at any point the old or the new one is there. @throws PyiError `NO_SPACE`, `INTERNAL` */
export async function writeSnapshotFile(disk: Disk, directory: string, path: string, snapshot: Snapshot): Promise<void> {
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header, 0);
  header.writeUInt32LE(FORMAT_VERSION, 8);
  writeUInt53(header, snapshot.sequence, 16);
  hashInto(Buffer.concat([header.subarray(16, 24), snapshot.payload]), header, DIGEST_AT);
  const temporary = `${path}.tmp`;
  let file: FileId | undefined;
  try {
    removeIfPresent(disk, temporary);
    file = disk.open(temporary, 'create');
    writeFully(disk, file, header, 0, HEADER_BYTES, 0);
    writeFully(disk, file, snapshot.payload, 0, snapshot.payload.length, HEADER_BYTES);
    await disk.sync(file);
    disk.close(file);
    file = undefined;
    disk.rename(temporary, path);
    await disk.syncDirectory(directory);
  } catch (error) {
    if (file !== undefined) disk.close(file);
    tryRemove(disk, temporary);
    throw diskError(error, 'write the snapshot');
  }
}
