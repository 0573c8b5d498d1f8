import { PyiError } from '../../../protocol/errors.ts';
import type { ByteView, ObjectStore } from '../ports.ts';
import { ObjectType } from '../ports.ts';
import { ChunkListBuilder, checkList, eachChunk, totalSize } from './chunk-list.ts';
import { MAX_CHUNK, cutPoint } from './cut.ts';
import { isReserved } from './reserved.ts';

/** Content of up to so many bytes is one blob; larger content is cut into chunks. */
export const CHUNK_THRESHOLD = 256 * 1024;

/** Content that is in the store. */
export interface StoredContent {
  /** Id of a blob or a chunk list. */
  readonly id: Buffer;
  /** Bytes. */
  readonly size: number;
}

/** Stages content and returns its id: the same for the same bytes, here and by {@link ContentWriter}. */
export function putContent(store: ObjectStore, bytes: Uint8Array): StoredContent {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (content.length <= CHUNK_THRESHOLD) return putSmall(store, content);
  const list = new ChunkListBuilder();
  putChunks(store, list, content, 0, content.length, true);
  return putList(store, list);
}

/**
 * Stages content that arrives in pieces, in memory of a few chunks and the list of chunks. The caller may commit
 * between writes, so that what is staged stays bounded too.
 */
export class ContentWriter {
  readonly #store: ObjectStore;
  readonly #list = new ChunkListBuilder();
  #buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** Takes the next bytes; they are copied. */
  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      this.#makeRoom(bytes.length - at);
      const taken = Math.min(bytes.length - at, this.#buffer.length - this.#end);
      this.#buffer.set(bytes.subarray(at, at + taken), this.#end);
      this.#end += taken;
      at += taken;
      if (this.#end - this.#start > CHUNK_THRESHOLD) this.#start = putChunks(this.#store, this.#list, this.#buffer, this.#start, this.#end, false);
    }
  }

  /** Stages what is left and returns the content's id. The writer is done then. */
  finish(): StoredContent {
    if (this.#list.size === 0 && this.#end - this.#start <= CHUNK_THRESHOLD) {
      return putSmall(this.#store, this.#buffer.subarray(this.#start, this.#end));
    }
    putChunks(this.#store, this.#list, this.#buffer, this.#start, this.#end, true);
    return putList(this.#store, this.#list);
  }

  /** Moves what is left to the front, and grows the buffer up to four chunks. */
  #makeRoom(wanted: number): void {
    if (this.#end + wanted <= this.#buffer.length) return;
    const left = this.#end - this.#start;
    const capacity = Math.min(4 * MAX_CHUNK, Math.max(this.#buffer.length, 2 * (left + wanted)));
    const next = capacity > this.#buffer.length ? Buffer.allocUnsafe(capacity) : this.#buffer;
    this.#buffer.copy(next, 0, this.#start, this.#end);
    this.#buffer = next;
    this.#start = 0;
    this.#end = left;
  }
}

/** Size of stored content in bytes. @throws PyiError `NOT_FOUND`, `CORRUPT_OBJECT`, `INVALID_ARGUMENT` */
export function contentSize(store: ObjectStore, id: Uint8Array): number {
  const { view, isList } = openContent(store, id);
  return isList ? totalSize(view) : view.end - view.start;
}

/**
 * All bytes of stored content; for what fits into memory.
 * @throws PyiError `NOT_FOUND`, `CORRUPT_OBJECT`, `INVALID_ARGUMENT`
 */
export function readContent(store: ObjectStore, id: Uint8Array): Buffer {
  const { view, isList } = openContent(store, id);
  if (!isList) return Buffer.from(view.bytes.subarray(view.start, view.end));
  const content = Buffer.allocUnsafe(totalSize(view));
  let end = 0;
  for (const part of contentParts(store, id)) end += part.copy(content, end);
  return content;
}

/**
 * The bytes `offset…offset + length` of stored content (as many of them as there are), in parts of one chunk at most. A part is
 * a window on the store's bytes: copy what has to outlive the next call into the store, and change nothing.
 * @throws PyiError `NOT_FOUND`, `CORRUPT_OBJECT`, `INVALID_ARGUMENT`
 */
export function* contentParts(store: ObjectStore, id: Uint8Array, offset = 0, length = Infinity): Generator<Buffer> {
  const { view, isList } = openContent(store, id);
  const stop = offset + length;
  if (!isList) {
    const part = clip(view, offset, stop);
    if (part.length > 0) yield part;
    return;
  }
  const chunk: ByteView = { bytes: view.bytes, start: 0, end: 0 };
  for (const { at, start, end } of chunksWithin(view, offset, stop)) {
    store.load(view.bytes, at, chunk);
    if (chunk.end - chunk.start !== end - start) {
      throw new PyiError('CORRUPT_OBJECT', 'A chunk has not the length that its list says', 'Run "pyi verify" to see what else is damaged.');
    }
    yield clip(chunk, offset - start, stop - start);
  }
}

/** Calls `visit` for the id of each chunk of a chunk list, for collections. @throws PyiError `CORRUPT_OBJECT` */
export function chunkReferences(list: ByteView, visit: (bytes: Buffer, offset: number) => void): void {
  checkList(list);
  eachChunk(list, (bytes, offset) => {
    visit(bytes, offset);
    return true;
  });
}

interface ChunkPlace { readonly at: number; readonly start: number; readonly end: number }

function chunksWithin(list: ByteView, from: number, to: number): ChunkPlace[] {
  const places: ChunkPlace[] = [];
  let start = 0;
  eachChunk(list, (_bytes, at, length) => {
    const end = start + length;
    if (end > from && start < to) places.push({ at, start, end });
    start = end;
    return start < to;
  });
  return places;
}

function clip(view: ByteView, from: number, to: number): Buffer {
  const start = Math.min(view.end, view.start + Math.max(0, from));
  return view.bytes.subarray(start, Math.max(start, Math.min(view.end, view.start + to)));
}

function openContent(store: ObjectStore, id: Uint8Array): { view: ByteView; isList: boolean } {
  const type = store.typeOf(id);
  if (type !== undefined && type !== ObjectType.blob && type !== ObjectType.chunkList) {
    throw new PyiError('INVALID_ARGUMENT', `Object ${Buffer.from(id).toString('hex').slice(0, 12)} is not the content of a file`,
      'Give the id of a file\'s content, as a tree holds it.');
  }
  const view: ByteView = { bytes: Buffer.alloc(0), start: 0, end: 0 };
  store.load(id, 0, view);
  const isList = type === ObjectType.chunkList;
  if (isList) checkList(view);
  return { view, isList };
}

function putSmall(store: ObjectStore, content: Buffer): StoredContent {
  if (!isReserved(viewOf(content, 0, content.length))) return { id: store.put(ObjectType.blob, content), size: content.length };
  const list = new ChunkListBuilder();
  putChunk(store, list, content, 0, content.length);
  return putList(store, list);
}

function putList(store: ObjectStore, list: ChunkListBuilder): StoredContent {
  return { id: store.put(ObjectType.chunkList, list.encode()), size: list.size };
}

/**
 * Stages the chunks of `start…end` and returns where the first begins that is not known to be whole; `end` when `isLast`.
 * Cuts only with `MAX_CHUNK` bytes in sight, so that a cut does not depend on how the content arrived.
 */
function putChunks(store: ObjectStore, list: ChunkListBuilder, content: Buffer, start: number, end: number, isLast: boolean): number {
  let from = start;
  while (isLast ? from < end : end - from >= MAX_CHUNK) {
    const to = cutPoint(content, from, end);
    putChunk(store, list, content, from, to);
    from = to;
  }
  return from;
}

/** Stages one chunk, in two parts where it could be taken for another kind of object. */
function putChunk(store: ObjectStore, list: ChunkListBuilder, content: Buffer, start: number, end: number): void {
  let from = start;
  if (isReserved(viewOf(content, start, end))) {
    // The tail could be made to look like a node too, but not again and again: after three bytes the node would have to be
    // larger than any chunk. So the head stays short, and nothing so short is reserved.
    do from++;
    while (isReserved(viewOf(content, from, end)));
    list.add(store.put(ObjectType.blob, content.subarray(start, from)), from - start);
  }
  list.add(store.put(ObjectType.blob, content.subarray(from, end)), end - from);
}

function viewOf(bytes: Buffer, start: number, end: number): ByteView {
  return { bytes, start, end };
}
