/** A header block is one or two short lines; more is not the protocol. */
const MAX_HEADER_BYTES = 4096;
/** No message of the protocol is nested even ten deep. Deep ones cost `JSON.parse` 300 ns a level, seconds in all. */
const MAX_DEPTH = 1000;
const HEADER_END = Buffer.from('\r\n\r\n');
const USUAL_HEADER = Buffer.from('Content-Length: ');
const NOTHING: Buffer = Buffer.alloc(0);

const BYTE = { lineFeed: 10, carriageReturn: 13, quote: 34, zero: 48, nine: 57, open: 91, backslash: 92, close: 93, openBrace: 123, closeBrace: 125 } as const;

/** The bytes are not the protocol. After it nobody knows where the next message starts. */
export class FramingError extends Error {
  override readonly name = 'FramingError';
}

/**
 * Finds the messages in a stream of bytes with `Content-Length` framing, within limits. Whoever has bytes pushes them; who has
 * time for a message takes the next. The length is looked at before a byte of the body is kept, so nobody's memory goes by
 * what a peer announces.
 */
export class FrameParser {
  #limit: number;
  /** What was pushed last, and how far it is read. */
  #chunk = NOTHING;
  #at = 0;
  /** The beginning of a header whose end has not come. */
  #header = NOTHING;
  /** The beginning of a body whose end has not come. */
  #body: Buffer[] = [];
  /** Bytes of the body that are still to come; undefined while in the header. */
  #missing: number | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Changes the longest message in bytes; counts from the next header. */
  set limit(bytes: number) {
    this.#limit = bytes;
  }

  /** Adds bytes. What {@link next} has not taken yet is kept. */
  push(chunk: Buffer): void {
    this.#chunk = this.#at === this.#chunk.length ? chunk : Buffer.concat([this.#chunk.subarray(this.#at), chunk]);
    this.#at = 0;
  }

  /**
   * The next message, an object or a list; undefined when more bytes have to come first.
   * @throws FramingError once and for all: the parser is of no use after it
   */
  next(): object | undefined {
    if (this.#missing === undefined && !this.#takeUsualHeader() && !this.#takeHeader()) return undefined;
    return this.#takeBody(this.#missing ?? 0);
  }

  /** Nearly every header is whole, and the one line that all clients write. */
  #takeUsualHeader(): boolean {
    const chunk = this.#chunk;
    const start = this.#at;
    if (this.#header.length > 0 || chunk.length - start < USUAL_HEADER.length || chunk.compare(USUAL_HEADER, 0, USUAL_HEADER.length, start, start + USUAL_HEADER.length) !== 0) return false;
    let at = start + USUAL_HEADER.length;
    const digits = at;
    let length = 0;
    for (let byte = chunk[at] ?? 0; byte >= BYTE.zero && byte <= BYTE.nine; byte = chunk[++at] ?? 0) length = length * 10 + byte - BYTE.zero;
    const isWhole = at > digits && at - digits <= 15 && chunk[at] === BYTE.carriageReturn && chunk[at + 1] === BYTE.lineFeed
      && chunk[at + 2] === BYTE.carriageReturn && chunk[at + 3] === BYTE.lineFeed;
    if (!isWhole) return false;
    this.#at = at + HEADER_END.length;
    this.#missing = this.#checkedLength(length);
    return true;
  }

  #takeHeader(): boolean {
    const before = this.#header.length;
    const fresh = this.#chunk.subarray(this.#at, this.#at + MAX_HEADER_BYTES);
    const header = before === 0 ? fresh : Buffer.concat([this.#header, fresh]);
    const end = header.indexOf(HEADER_END);
    if (end < 0) {
      if (header.length >= MAX_HEADER_BYTES) throw new FramingError(`The header of a message passes ${MAX_HEADER_BYTES} bytes`);
      // A copy: the chunk is much larger, perhaps.
      this.#header = Buffer.from(header);
      this.#at += fresh.length;
      return false;
    }
    this.#header = NOTHING;
    this.#at += end + HEADER_END.length - before;
    const value = /^content-length:[ \t]*(\d{1,15})[ \t]*$/im.exec(header.toString('latin1', 0, end))?.[1];
    if (value === undefined) throw new FramingError('A message has no usable Content-Length');
    this.#missing = this.#checkedLength(Number(value));
    return true;
  }

  #checkedLength(length: number): number {
    if (length > this.#limit) throw new FramingError(`A message of ${length} bytes passes the limit of ${this.#limit}`);
    return length;
  }

  #takeBody(missing: number): object | undefined {
    const chunk = this.#chunk;
    const start = this.#at;
    const end = start + missing;
    if (end > chunk.length) {
      if (start < chunk.length) this.#body.push(chunk.subarray(start));
      this.#missing = end - chunk.length;
      this.#at = chunk.length;
      return undefined;
    }
    this.#at = end;
    this.#missing = undefined;
    if (this.#body.length === 0) return parse(chunk, start, end);
    const body = Buffer.concat([...this.#body, chunk.subarray(start, end)]);
    this.#body = [];
    return parse(body, 0, body.length);
  }
}

function parse(bytes: Buffer, start: number, end: number): object {
  if (end - start > MAX_DEPTH && isDeep(bytes, start, end)) throw new FramingError(`A message is nested more than ${MAX_DEPTH} deep`);
  let message: unknown;
  try {
    message = JSON.parse(bytes.toString('utf8', start, end));
  } catch (error) {
    throw new FramingError(`A message is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof message !== 'object' || message === null) throw new FramingError('A message is not a JSON object');
  return message;
}

/** Whether brackets stand more than {@link MAX_DEPTH} deep. What stands in strings is passed over, and is most of a large message. */
function isDeep(bytes: Buffer, start: number, end: number): boolean {
  let depth = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte === BYTE.quote) {
      at = endOfString(bytes, at + 1, end);
    } else if (byte === BYTE.open || byte === BYTE.openBrace) {
      if (++depth > MAX_DEPTH) return true;
    } else if (byte === BYTE.close || byte === BYTE.closeBrace) {
      depth--;
    }
  }
  return false;
}

/** Where the quote stands that ends a string; `end` when none does. */
function endOfString(bytes: Buffer, start: number, end: number): number {
  for (let at = bytes.indexOf(BYTE.quote, start); at >= 0 && at < end; at = bytes.indexOf(BYTE.quote, at + 1)) {
    let backslashes = 0;
    while (at - backslashes > start && bytes[at - backslashes - 1] === BYTE.backslash) backslashes++;
    if (backslashes % 2 === 0) return at;
  }
  return end;
}
