import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';

/**
 * The catalog's file: a header of one JSON line, padded to HEADER_BYTES, and the SQLite image after it. The header says
 * whether the image is whole, of which schema, of which store, and up to where in the journal.
 */
const HEADER_BYTES = 512;
const MAGIC = 'pyi-catalog';

interface Header {
  readonly format: typeof MAGIC;
  readonly schema: number;
  /** SHA-256 of what tells the store, which may be a path of any length. */
  readonly store: string;
  readonly sequence: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** What a catalog must be to be of use: the schema that we write, the same store, not ahead of its journal. */
export interface Expected {
  readonly schema: number;
  /** Tells one store from another. */
  readonly store: string;
  /** The last sequence of the journal. */
  readonly sequence: number;
}

export type Loaded =
  | { readonly image: { readonly bytes: Uint8Array; readonly sequence: number } }
  /** Why there is nothing to use; undefined when there is just no file yet. */
  | { readonly image: undefined; readonly reason: string | undefined };

/**
 * Reads the file, or says why it cannot be used. Never throws: whatever is wrong, the catalog can be rebuilt.
 */
export function loadImage(file: string, expected: Expected): Loaded {
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return { image: undefined, reason: missing ? undefined : `it cannot be read (${(error as Error).message})` };
  }
  const bytes = content.subarray(HEADER_BYTES);
  const header = parseHeader(content);
  const reason = header === undefined ? 'its header is damaged' : fault(header, bytes, expected);
  return header === undefined || reason !== undefined ? { image: undefined, reason } : { image: { bytes, sequence: header.sequence } };
}

/**
 * Replaces the file in one step. Not synced: a power cut may lose or tear it, the checksum then says so, and
 * rebuilding costs less than waiting for the disk each time.
 */
export function saveImage(file: string, image: Uint8Array, current: Expected): void {
  const header: Header = { format: MAGIC, ...current, store: checksum(current.store), bytes: image.length, sha256: checksum(image) };
  const temporary = `${file}.tmp`;
  try {
    const descriptor = openSync(temporary, 'w', 0o600);
    try {
      writeWhole(descriptor, Buffer.from(`${JSON.stringify(header).padEnd(HEADER_BYTES - 1)}\n`));
      writeWhole(descriptor, image);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function fault(header: Header, bytes: Uint8Array, expected: Expected): string | undefined {
  if (header.schema !== expected.schema) return `it has schema ${header.schema}, not ${expected.schema}`;
  if (header.store !== checksum(expected.store)) return 'it belongs to another store';
  if (header.sequence > expected.sequence) return `it is ahead of the journal (${header.sequence} of ${expected.sequence})`;
  if (header.bytes !== bytes.length || header.sha256 !== checksum(bytes)) return 'it is damaged';
  return undefined;
}

function parseHeader(content: Buffer): Header | undefined {
  try {
    const header = JSON.parse(content.toString('utf8', 0, HEADER_BYTES)) as Partial<Header>;
    return header.format === MAGIC && typeof header.sequence === 'number' ? header as Header : undefined;
  } catch {
    return undefined;
  }
}

function checksum(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

function writeWhole(descriptor: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
}
