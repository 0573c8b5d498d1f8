import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { isMissing } from '../../worktree/native-path.ts';
import { Unclear } from '../unclear.ts';
import { deflatedBound, inflate } from './inflate.ts';
import { Pack } from './pack.ts';

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag';

export interface GitObject {
  readonly type: ObjectType;
  readonly content: Buffer;
}

/** A larger object is git's to read. */
const MAX_OBJECT_BYTES = 1024 * 1024;
/** `blob 1048576\0` */
const MAX_HEADER_BYTES = 32;
/** In more packs than this git searches faster. */
const MAX_PACKS = 32;
/** So much is inflated and put together for one answer: some 30 ms, in which the server does nothing else. */
const MAX_SPENT_BYTES = 8 * 1024 * 1024;
const HEADER = /^(commit|tree|blob|tag) (0|[1-9]\d{0,7})\0/;

/**
 * Objects of a repository with SHA-1, as they are on disk: packs stay open until it is closed, nothing else is kept. What is read has the
 * id that was asked for, or it is git's to say what is wrong. So is what is in two packs, of which git may find either.
 */
export class Objects {
  readonly #directory: string;
  #packs: readonly Pack[] | undefined;
  #left = MAX_SPENT_BYTES;
  /** Read for the answer in hand: names that lie in one directory want the same ones. */
  readonly #trees = new Map<string, GitObject>();

  constructor(commonDir: string) {
    this.#directory = path.join(commonDir, 'objects');
  }

  /** What is read from now on is for another answer. */
  begin(): void {
    this.#left = MAX_SPENT_BYTES;
    this.#trees.clear();
  }

  /** @throws Unclear when it is not there, broken, or too large, or when too much was read for one answer */
  read(oid: string): GitObject {
    const known = this.#trees.get(oid);
    if (known !== undefined) return known;
    const object = this.#packed(oid) ?? this.#loose(oid);
    const { type, content } = object;
    if (createHash('sha1').update(`${type} ${content.length}\0`).update(content).digest('hex') !== oid) throw new Unclear();
    if (type === 'tree') this.#trees.set(oid, object);
    return object;
  }

  close(): void {
    for (const pack of this.#packs ?? []) pack.close();
    this.#packs = undefined;
  }

  /** git looks into packs first. */
  #packed(oid: string): GitObject | undefined {
    const name = Buffer.from(oid, 'hex');
    this.#packs ??= this.#openPacks();
    const found = this.#packs.flatMap((pack) => {
      const offset = pack.find(name);
      return offset === undefined ? [] : [{ pack, offset }];
    });
    if (found.length > 1) throw new Unclear();
    return found[0]?.pack.object(found[0].offset, (bytes) => { this.#spend(bytes); });
  }

  #loose(oid: string): GitObject {
    const file = path.join(this.#directory, oid.slice(0, 2), oid.slice(2));
    const bytes = contentOf(file, deflatedBound(MAX_OBJECT_BYTES + MAX_HEADER_BYTES));
    const { content: whole, taken } = inflate(bytes, MAX_OBJECT_BYTES + MAX_HEADER_BYTES);
    const header = HEADER.exec(whole.toString('latin1', 0, MAX_HEADER_BYTES));
    const content = whole.subarray(header?.[0].length ?? 0);
    this.#spend(content.length);
    if (header === null || taken !== bytes.length || content.length !== Number(header[2])) throw new Unclear();
    return { type: header[1] as ObjectType, content };
  }

  #spend(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) throw new Unclear();
  }

  #openPacks(): readonly Pack[] {
    const directory = path.join(this.#directory, 'pack');
    const names = listed(directory);
    // An index over several packs is git's to read.
    if (names.has('multi-pack-index') || names.has('multi-pack-index.d')) throw new Unclear();
    const indexes = [...names].filter((name) => name.endsWith('.idx')).map((name) => name.slice(0, -'.idx'.length));
    if (indexes.length > MAX_PACKS || !indexes.every((name) => names.has(`${name}.pack`))) throw new Unclear();
    const packs: Pack[] = [];
    try {
      for (const name of indexes) packs.push(Pack.open(path.join(directory, name), MAX_OBJECT_BYTES));
      return packs;
    } catch (error) {
      for (const pack of packs) pack.close();
      throw error;
    }
  }
}

function contentOf(file: string, largest: number): Buffer {
  try {
    if (fs.statSync(file).size <= largest) return fs.readFileSync(file);
  } catch {
    // It is not there, or not to be read: git says which.
  }
  throw new Unclear();
}

function listed(directory: string): ReadonlySet<string> {
  try {
    return new Set(fs.readdirSync(directory));
  } catch (error) {
    if (isMissing(error)) return new Set();
    throw new Unclear();
  }
}
