import type { CancellationToken } from 'vscode-jsonrpc/node';
import { FramedReader } from '../server/transport/framing.ts';

/** A request of several that are sent together. */
export interface Request {
  readonly method: string;
  readonly params: object;
}

/** What carries a conversation with a server, whichever library speaks JSON-RPC in it. {@link Client} makes typed calls of it. */
export interface Connection {
  /** Rejects with the `code` and `data` of a JSON-RPC error, or with any other error when the connection has ended. */
  request(method: string, params: object, token: CancellationToken): Promise<unknown>;
  /** Sends a JSON-RPC batch; a promise for each answer. Not every library can. */
  requestAll?(requests: readonly Request[], token: CancellationToken): Promise<unknown>[];
  /** One handler for each method. */
  onNotification(method: string, handler: (params: unknown) => void): void;
  /** Resolves when the connection has ended, from whichever side. */
  readonly closed: Promise<void>;
  /** Ends the connection. Requests in hand fail; the server aborts them. */
  close(): void;
}

/** Turns of the event loop that messages which came before the end may take. */
const LAST_TURNS = 100;

/**
 * Reads what a server says. Tells of the end of the stream only when the requests in hand have their
 * answers, or cannot have them any more: what the server said last, a refusal for one, may still wait
 * in the library's queue, which handles a message a turn and forgets all of them at the end.
 */
export class ServerReader extends FramedReader {
  readonly #isWaiting: () => boolean;

  constructor(input: NodeJS.ReadableStream, limit: number, isWaiting: () => boolean) {
    super(input, limit);
    this.#isWaiting = isWaiting;
  }

  protected override fireClose(): void {
    void this.#listenToTheEnd().then(() => super.fireClose());
  }

  async #listenToTheEnd(): Promise<void> {
    for (let turn = 0; turn < LAST_TURNS && this.#isWaiting(); turn++) await new Promise(setImmediate);
  }
}
