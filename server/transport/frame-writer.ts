/** What is gathered is written before the turn ends when it is longer than this. */
const LARGE = 1024 * 1024;

/** Where frames are written to: a socket, stdout. */
export type Output = NodeJS.WritableStream & { readonly writableLength?: number; readonly writable: boolean };

/** Writes messages with `Content-Length` framing. Those of one callback of the event loop go out in one write. */
export class FrameWriter {
  readonly #output: Output;
  #text = '';
  #isAscii = true;
  #isScheduled = false;

  constructor(output: Output) {
    this.#output = output;
  }

  /** What the other side has not read yet, about: characters here, bytes in the stream. */
  get unread(): number {
    return this.#text.length + (this.#output.writableLength ?? 0);
  }

  /** Sends a message, given as JSON. */
  send(json: string): void {
    const bytes = Buffer.byteLength(json);
    if (bytes !== json.length) this.#isAscii = false;
    this.#text += `Content-Length: ${bytes}\r\n\r\n${json}`;
    if (this.#text.length > LARGE) {
      this.flush();
    } else if (!this.#isScheduled) {
      this.#isScheduled = true;
      // After the callback in hand and all promises that are settled: replies to what came together leave together.
      process.nextTick(this.#onTick);
    }
  }

  /** Writes what is gathered. `onWritten` is called when all that was sent is out, or cannot go out any more. */
  flush(onWritten?: () => void): void {
    const text = this.#text;
    this.#text = '';
    // ASCII is the same in both, and Node writes Latin-1 without counting bytes.
    const encoding = this.#isAscii ? 'latin1' : 'utf8';
    this.#isAscii = true;
    if (!this.#output.writable) onWritten?.();
    else if (onWritten !== undefined) this.#output.write(text, encoding, () => onWritten());
    else if (text !== '') this.#output.write(text, encoding);
  }

  readonly #onTick = (): void => {
    this.#isScheduled = false;
    if (this.#text !== '') this.flush();
  };
}
