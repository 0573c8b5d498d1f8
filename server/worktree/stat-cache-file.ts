/**
 * The stat cache between runs. A hint and nothing else: a file that is missing, damaged or old costs
 * reading files again, never a wrong capture, so it is not synced and any doubt discards it.
 *
 * Layout, little endian: magic `PYISTAT1`, rows u32; per row: bytes shared with the path before u16,
 * further path bytes u16, these bytes, five f64 (size, file size, mtime, ctime, inode), flags u8,
 * content id 32 bytes; at the end SHA-256 of all before it.
 */
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import type { BytePath } from '../../protocol/paths.ts';
import { isMissing } from './native-path.ts';
import type { Slicer } from './slicer.ts';
import { StatCache } from './stat-cache.ts';

const MAGIC = 'PYISTAT1';
const HEADER_BYTES = 12;
const SUM_BYTES = 32;
const FIXED_BYTES = 2 + 2 + 5 * 8 + 1 + 32;
const BLOCK_BYTES = 1024 * 1024;

/** Writes the cache, atomically. Throws the system's error. */
export async function saveStatCache(file: string, cache: StatCache, slicer: Slicer): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  const sum = createHash('sha256');
  const output = fs.openSync(temporary, 'wx', 0o600);
  try {
    const block = Buffer.allocUnsafe(BLOCK_BYTES);
    let used = block.write(MAGIC, 0, 'latin1');
    used = block.writeUInt32LE(cache.size, used);
    const flush = (): void => {
      sum.update(block.subarray(0, used));
      writeAll(output, block.subarray(0, used));
      used = 0;
    };
    let before = '';
    for (const row of cache.rows()) {
      const shared = sharedLength(before, row.path);
      if (used + FIXED_BYTES + row.path.length > BLOCK_BYTES) {
        flush();
        if (slicer.due()) await slicer.pause();
      }
      used = block.writeUInt16LE(shared, used);
      used = block.writeUInt16LE(row.path.length - shared, used);
      used += block.write(row.path.slice(shared), used, 'latin1');
      used = block.writeDoubleLE(row.size, used);
      used = block.writeDoubleLE(row.fileSize, used);
      used = block.writeDoubleLE(row.modified, used);
      used = block.writeDoubleLE(row.changed, used);
      used = block.writeDoubleLE(row.inode, used);
      block[used++] = row.flags;
      block.set(row.id, used);
      used += row.id.length;
      before = row.path;
    }
    flush();
    writeAll(output, sum.digest());
    fs.renameSync(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  } finally {
    fs.closeSync(output);
  }
}

/** Reads what {@link saveStatCache} wrote; an empty cache when there is nothing usable. */
export async function loadStatCache(file: string, slicer: Slicer): Promise<StatCache> {
  const bytes = readIfThere(file);
  const end = bytes.length - SUM_BYTES;
  if (end < HEADER_BYTES || bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return new StatCache();
  if (!createHash('sha256').update(bytes.subarray(0, end)).digest().equals(bytes.subarray(end))) return new StatCache();
  const cache = new StatCache();
  const rows = bytes.readUInt32LE(MAGIC.length);
  let at = HEADER_BYTES;
  let path = '';
  for (let n = 0; n < rows; n++) {
    const shared = bytes.readUInt16LE(at);
    const rest = bytes.readUInt16LE(at + 2);
    path = path.slice(0, shared) + bytes.toString('latin1', at + 4, at + 4 + rest);
    at += 4 + rest;
    cache.restore({
      path: path as BytePath,
      size: bytes.readDoubleLE(at),
      fileSize: bytes.readDoubleLE(at + 8),
      modified: bytes.readDoubleLE(at + 16),
      changed: bytes.readDoubleLE(at + 24),
      inode: bytes.readDoubleLE(at + 32),
      flags: bytes[at + 40] ?? 0,
      id: bytes.subarray(at + 41, at + 73),
    });
    at += 73;
    if (slicer.due()) await slicer.pause();
  }
  return cache;
}

function readIfThere(file: string): Buffer {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    if (isMissing(error)) return Buffer.alloc(0);
    throw error;
  }
}

function writeAll(output: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length;) done += fs.writeSync(output, bytes, done);
}

function sharedLength(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  let n = 0;
  while (n < end && a.charCodeAt(n) === b.charCodeAt(n)) n++;
  return n;
}
