import { AbstractMessageReader } from 'vscode-jsonrpc/node';
import type { DataCallback, Disposable, Message, MessageReader } from 'vscode-jsonrpc/node';
import { FrameParser } from './frame-parser.ts';

/**
 * Reads messages for vscode-jsonrpc, within limits. Its own reader believes any length and collects what comes, so a peer that
 * announces 4 GB, or never ends its header, takes the memory of the process. The first fault is reported and ends the reading.
 */
export class FramedReader extends AbstractMessageReader implements MessageReader {
  readonly #input: NodeJS.ReadableStream;
  readonly #parser: FrameParser;
  #callback: DataCallback | undefined;
  #listening: Disposable | undefined;

  constructor(input: NodeJS.ReadableStream, limit: number) {
    super();
    this.#input = input;
    this.#parser = new FrameParser(limit);
  }

  /** Changes the longest message in bytes; counts from the next header. */
  set limit(bytes: number) {
    this.#parser.limit = bytes;
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
      this.#parser.push(chunk);
      while (this.#callback !== undefined) {
        const message = this.#parser.next();
        if (message === undefined) return;
        this.#callback(message as Message);
      }
    } catch (error) {
      this.#callback = undefined;
      this.fireError(error);
    }
  }
}
