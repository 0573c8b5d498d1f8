import { AbstractMessageReader } from 'vscode-jsonrpc/node';
import type { DataCallback, Disposable, Message, MessageReader } from 'vscode-jsonrpc/node';

/** A header block is one or two short lines; more is not the protocol. */
const MAX_HEADER_BYTES = 4096;
const HEADER_END = Buffer.from('\r\n\r\n');

/**
 * Reads messages with `Content-Length` framing, within limits.
 *
 * The reader of vscode-jsonrpc believes any length and collects what comes, so a peer that announces
 * 4 GB, or never ends its header, takes the memory of the server. This one looks at the length before
 * it keeps a byte of the body. The first fault is reported and ends the reading: after it nobody
 * knows where the next message starts.
 */
export class FramedReader extends AbstractMessageReader implements MessageReader {
  readonly #input: NodeJS.ReadableStream;
  #limit: number;
  #callback: DataCallback | undefined;
  #listening: Disposable | undefined;
  #header: Buffer = Buffer.alloc(0);
  #body: Buffer[] = [];
  /** Bytes of the body that are still to come; undefined while in the header. */
  #missing: number | undefined;

  constructor(input: NodeJS.ReadableStream, limit: number) {
    super();
    this.#input = input;
    this.#limit = limit;
  }

  /** Changes the longest message in bytes; counts from the next header. */
  set limit(bytes: number) {
    this.#limit = bytes;
  }

  listen(callback: DataCallback): Disposable {
    this.#callback = callback;
    const onData = (chunk: Buffer | string): void => this.#receive(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
    const onError = (error: Error): void => this.fireError(error);
    const onEnd = (): void => this.fireClose();
    // An input that was paused, to be handed over to this reader, does not flow by a listener alone.
    this.#input.on('data', onData).on('error', onError).on('end', onEnd).on('close', onEnd).resume();
    this.#listening = {
      dispose: () => {
        // The error listener stays: an error after the end must not become an uncaught exception.
        this.#callback = undefined;
        this.#input.off('data', onData).off('end', onEnd).off('close', onEnd);
      },
    };
    return this.#listening;
  }

  /** Leaves the input to others: the library disposes of its reader, and not of what {@link listen} gave it. */
  override dispose(): void {
    super.dispose();
    this.#listening?.dispose();
  }

  #receive(chunk: Buffer): void {
    try {
      let rest = chunk;
      while (rest.length > 0 && this.#callback !== undefined) {
        rest = this.#missing === undefined ? this.#takeHeader(rest) : this.#takeBody(rest, this.#missing);
      }
    } catch (error) {
      this.#callback = undefined;
      this.fireError(error);
    }
  }

  #takeHeader(chunk: Buffer): Buffer {
    const before = this.#header.length;
    const header = before === 0 ? chunk.subarray(0, MAX_HEADER_BYTES) : Buffer.concat([this.#header, chunk.subarray(0, MAX_HEADER_BYTES)]);
    const end = header.indexOf(HEADER_END);
    if (end < 0) {
      if (header.length >= MAX_HEADER_BYTES) throw new Error(`The header of a message passes ${MAX_HEADER_BYTES} bytes`);
      this.#header = Buffer.from(header);
      return chunk.subarray(chunk.length);
    }
    this.#header = Buffer.alloc(0);
    this.#missing = this.#contentLength(header.toString('latin1', 0, end));
    this.#deliverWhenWhole();
    return chunk.subarray(end + HEADER_END.length - before);
  }

  #contentLength(header: string): number {
    const value = /^content-length:[ \t]*(\d{1,15})[ \t]*$/im.exec(header)?.[1];
    if (value === undefined) throw new Error('A message has no usable Content-Length');
    const length = Number(value);
    if (length > this.#limit) throw new Error(`A message of ${length} bytes passes the limit of ${this.#limit}`);
    return length;
  }

  #takeBody(chunk: Buffer, missing: number): Buffer {
    const part = chunk.subarray(0, missing);
    this.#body.push(part);
    this.#missing = missing - part.length;
    this.#deliverWhenWhole();
    return chunk.subarray(part.length);
  }

  #deliverWhenWhole(): void {
    if (this.#missing !== 0) return;
    const body = Buffer.concat(this.#body);
    this.#body = [];
    this.#missing = undefined;
    const message: unknown = JSON.parse(body.toString('utf8'));
    if (typeof message !== 'object' || message === null) throw new Error('A message is not a JSON object');
    this.#callback?.(message as Message);
  }
}
