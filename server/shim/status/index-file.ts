import { createHash } from 'node:crypto';
import type { BytePath } from '../../../protocol/paths.ts';

/** What the index says of one path. */
export interface IndexEntry {
  readonly path: BytePath;
  /** 0o100644, 0o100755, 0o120000 or 0o160000. */
  readonly mode: number;
  /** Hexadecimal. */
  readonly oid: string;
  /** Bytes of the file when git looked last, modulo 2^32; 0: not known. */
  readonly size: number;
  /** 1 to 3 while a merge is not resolved. */
  readonly stage: number;
  /** Of a merge, or of a kind that git looks at in its own way (assume-unchanged, skip-worktree). */
  readonly isSpecial: boolean;
}

const HEADER_BYTES = 12;
const CHECKSUM_BYTES = 20;
/** What comes before the name: times, device, owner, size, id and flags. */
const FIXED_BYTES = 62;
const OID_BYTES = 20;
const ASSUME_VALID = 0x8000;
const EXTENDED = 0x4000;
const STAGES = 0x3000;
const STAGE_SHIFT = 12;
const NAME_LENGTH = 0x0fff;
const SKIP_WORKTREE = 0x4000;
const INTENT_TO_ADD = 0x2000;
const MODES: ReadonlySet<number> = new Set([0o100644, 0o100755, 0o120000, 0o160000]);
/** Caches that every git since 2.20 knows. Of others git may say that it passes them over. */
const KNOWN_EXTENSIONS: ReadonlySet<string> = new Set(['TREE', 'REUC', 'UNTR', 'FSMN', 'EOIE', 'IEOT']);

/**
 * An index of git, versions 2 and 3 with SHA-1 (gitformat-index(5)). Entries are found by bisection in the bytes as they were read: of
 * 50,000 a status that is brought up to date looks at a few.
 */
export class IndexFile {
  readonly #bytes: Buffer;
  /** Where each entry begins. */
  readonly #offsets: Uint32Array;

  private constructor(bytes: Buffer, offsets: Uint32Array) {
    this.#bytes = bytes;
    this.#offsets = offsets;
  }

  /**
   * Undefined for other versions, for a split or a sparse index, for one with files that are only intended to be added (which git takes
   * for renames in the work tree), and for what is no whole index.
   */
  static parse(bytes: Buffer): IndexFile | undefined {
    if (bytes.length < HEADER_BYTES + CHECKSUM_BYTES || bytes.toString('latin1', 0, 4) !== 'DIRC') return undefined;
    const version = bytes.readUInt32BE(4);
    const count = bytes.readUInt32BE(8);
    const end = bytes.length - CHECKSUM_BYTES;
    if ((version !== 2 && version !== 3) || count > end / FIXED_BYTES) return undefined;
    const offsets = new Uint32Array(count);
    let at = HEADER_BYTES;
    let [nameBefore, endBefore, stageBefore] = [0, 0, 0];
    for (let entry = 0; entry < count; entry++) {
      if (at + FIXED_BYTES + 2 > end) return undefined;
      offsets[entry] = at;
      const name = nameStart(bytes, at);
      if (name > at + FIXED_BYTES && (bytes.readUInt16BE(at + FIXED_BYTES) & INTENT_TO_ADD) !== 0) return undefined;
      const nameEnd = endOfName(bytes, at, name);
      const stage = bytes.readUInt16BE(at + FIXED_BYTES - 2) & STAGES;
      const order = entry === 0 ? 1 : bytes.compare(bytes, nameBefore, endBefore, name, nameEnd);
      if (order < 0 || (order === 0 && stage <= stageBefore) || !MODES.has(bytes.readUInt32BE(at + 24))) return undefined;
      [nameBefore, endBefore, stageBefore] = [name, nameEnd, stage];
      // One to eight zeros follow, to a multiple of eight.
      at += (nameEnd - at + 8) & ~7;
    }
    return hasOnlyKnownExtensions(bytes, at, end) && hasRightChecksum(bytes) ? new IndexFile(bytes, offsets) : undefined;
  }

  /** What is recorded of a file. */
  entry(path: BytePath): IndexEntry | undefined {
    const place = this.#lowerBound(path);
    return this.#nameAt(place) === path ? this.#entryAt(place, path) : undefined;
  }

  /** All that is recorded of a file: one entry, or in a merge up to three. */
  stages(path: BytePath): IndexEntry[] {
    const found: IndexEntry[] = [];
    for (let place = this.#lowerBound(path); this.#nameAt(place) === path; place++) found.push(this.#entryAt(place, path));
    return found;
  }

  /** What is recorded of a file at one stage. */
  staged(path: BytePath, stage: number): IndexEntry | undefined {
    return this.stages(path).find((entry) => entry.stage === stage);
  }

  /** Whether files are recorded below a directory. */
  hasUnder(directory: BytePath): boolean {
    const prefix = `${directory}/`;
    return this.#nameAt(this.#lowerBound(prefix))?.startsWith(prefix) === true;
  }

  /** What is recorded below a directory, in order. */
  * under(directory: BytePath): Generator<IndexEntry, void, void> {
    const prefix = `${directory}/`;
    for (let place = this.#lowerBound(prefix); ; place++) {
      const name = this.#nameAt(place);
      if (name?.startsWith(prefix) !== true) return;
      yield this.#entryAt(place, name);
    }
  }

  /** The first entry that is not before `name`. */
  #lowerBound(name: string): number {
    let [low, high] = [0, this.#offsets.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#nameAt(middle) ?? '') < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #nameAt(place: number): BytePath | undefined {
    const at = this.#offsets[place];
    if (at === undefined) return undefined;
    const start = nameStart(this.#bytes, at);
    return this.#bytes.toString('latin1', start, endOfName(this.#bytes, at, start)) as BytePath;
  }

  #entryAt(place: number, path: BytePath): IndexEntry {
    const at = this.#offsets[place] ?? 0;
    const flags = this.#bytes.readUInt16BE(at + FIXED_BYTES - 2);
    const more = (flags & EXTENDED) === 0 ? 0 : this.#bytes.readUInt16BE(at + FIXED_BYTES);
    return {
      path, mode: this.#bytes.readUInt32BE(at + 24), size: this.#bytes.readUInt32BE(at + 36), oid: this.#bytes.toString('hex', at + 40, at + 40 + OID_BYTES),
      stage: (flags & STAGES) >>> STAGE_SHIFT, isSpecial: (flags & (ASSUME_VALID | STAGES)) !== 0 || (more & SKIP_WORKTREE) !== 0,
    };
  }
}

function nameStart(bytes: Buffer, at: number): number {
  return at + FIXED_BYTES + ((bytes.readUInt16BE(at + FIXED_BYTES - 2) & EXTENDED) === 0 ? 0 : 2);
}

function endOfName(bytes: Buffer, at: number, start: number): number {
  const length = bytes.readUInt16BE(at + FIXED_BYTES - 2) & NAME_LENGTH;
  return length < NAME_LENGTH ? start + length : bytes.indexOf(0, start + NAME_LENGTH);
}

function hasOnlyKnownExtensions(bytes: Buffer, start: number, end: number): boolean {
  let at = start;
  while (at + 8 <= end) {
    if (!KNOWN_EXTENSIONS.has(bytes.toString('latin1', at, at + 4))) return false;
    at += 8 + bytes.readUInt32BE(at + 4);
  }
  return at === end;
}

/** Zeros stand for none (`index.skipHash`). */
function hasRightChecksum(bytes: Buffer): boolean {
  const checksum = bytes.subarray(bytes.length - CHECKSUM_BYTES);
  return checksum.every((byte) => byte === 0) || createHash('sha1').update(bytes.subarray(0, bytes.length - CHECKSUM_BYTES)).digest().equals(checksum);
}
