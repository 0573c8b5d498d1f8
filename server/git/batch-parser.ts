import { PyiError } from '../../protocol/errors.ts';

/** What a {@link BatchParser} tells of the objects that it finds. */
export interface BatchHandler {
  /** Objects larger than this many bytes come in parts, so that they need not fit into memory. */
  readonly streamAbove: number;
  /** A large object begins. */
  begin(): void;
  /** Its next bytes, valid during the call. */
  part(bytes: Buffer): void;
  /** The object is complete. `whole` is its content, empty when it came in parts. */
  end(whole: Buffer): void;
}

const NEWLINE = 0x0a;
const NOTHING = Buffer.alloc(0);

/** Parses what `git cat-file --batch` prints (`<id> <type> <size>\n<content>\n`), in any pieces. */
export class BatchParser {
  readonly #handler: BatchHandler;
  #state: 'header' | 'content' | 'newline' = 'header';
  /** Pieces of a header, or of a small object. */
  #held: Buffer[] = [];
  #left = 0;
  #streaming = false;

  constructor(handler: BatchHandler) {
    this.#handler = handler;
  }

  /** True between two objects. */
  get isIdle(): boolean {
    return this.#state === 'header' && this.#held.length === 0;
  }

  /** @throws PyiError `NOT_FOUND` for an object that git does not have */
  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length;) {
      if (this.#state === 'header') at = this.#header(chunk, at);
      else if (this.#state === 'content') at = this.#content(chunk, at);
      else {
        this.#state = 'header';
        at++;
      }
    }
  }

  #header(chunk: Buffer, from: number): number {
    const newline = chunk.indexOf(NEWLINE, from);
    this.#held.push(chunk.subarray(from, newline < 0 ? chunk.length : newline));
    if (newline < 0) return chunk.length;
    const header = this.#release().toString('latin1');
    const size = / (?:blob|tree|commit|tag) (\d+)$/.exec(header)?.[1];
    if (size === undefined) {
      throw new PyiError('NOT_FOUND', `Git does not have an object that a commit names: ${header}`,
        'Fetch it ("git fetch --refetch" in a partial clone), or run "git fsck".');
    }
    this.#left = Number(size);
    this.#streaming = this.#left > this.#handler.streamAbove;
    this.#state = 'content';
    if (this.#streaming) this.#handler.begin();
    else if (this.#left === 0) this.#complete();
    return newline + 1;
  }

  #content(chunk: Buffer, from: number): number {
    const bytes = chunk.subarray(from, from + this.#left);
    this.#left -= bytes.length;
    if (this.#streaming) this.#handler.part(bytes);
    else this.#held.push(bytes);
    if (this.#left === 0) this.#complete();
    return from + bytes.length;
  }

  #complete(): void {
    this.#state = 'newline';
    this.#handler.end(this.#streaming ? NOTHING : this.#release());
  }

  #release(): Buffer {
    const whole = this.#held.length === 1 ? this.#held[0] ?? NOTHING : Buffer.concat(this.#held);
    this.#held = [];
    return whole;
  }
}
