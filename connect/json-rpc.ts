import type { Socket } from 'node:net';
import { StreamMessageWriter, createMessageConnection } from 'vscode-jsonrpc/node';
import type { CancellationToken, MessageConnection } from 'vscode-jsonrpc/node';
import { MAX_MESSAGE_BYTES } from '../protocol/wire.ts';
import { ServerReader } from './connection.ts';
import type { Connection } from './connection.ts';

/** Two streams to a server; a socket is both. */
export interface Channel {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** Ends the connection. */
  readonly end: () => void;
}

/** The channel that a connected socket is. */
export function socketChannel(socket: Socket): Channel {
  return { input: socket, output: socket, end: () => socket.destroy() };
}

/** Does not tell that its stream has closed: the reader does, when it has read what came before. */
class ServerWriter extends StreamMessageWriter {
  protected override fireClose(): void {
    return;
  }
}

/** A conversation in plain JSON-RPC: what commands need, and no more, because it is loaded by each. */
export class JsonRpcConnection implements Connection {
  readonly closed: Promise<void>;
  readonly #channel: Channel;
  readonly #rpc: MessageConnection;
  #isClosed = false;

  constructor(channel: Channel) {
    this.#channel = channel;
    const reader = new ServerReader(channel.input, MAX_MESSAGE_BYTES, () => this.#rpc.hasPendingResponse());
    this.#rpc = createMessageConnection(reader, new ServerWriter(channel.output));
    this.closed = new Promise((resolve) => {
      this.#rpc.onClose(() => this.close());
      this.#rpc.onError(() => this.close());
      this.#rpc.onDispose(() => resolve());
    });
    this.#rpc.listen();
  }

  async request(method: string, params: object, token: CancellationToken): Promise<unknown> {
    return this.#rpc.sendRequest(method, params, token);
  }

  onNotification(method: string, handler: (params: unknown) => void): void {
    this.#rpc.onNotification(method, handler);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#rpc.dispose();
    this.#channel.end();
  }

  /** Ends the conversation, but not the channel, for another to go on with. Nothing may be in hand: its answer would be lost. */
  release(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // What comes meanwhile waits for the next reader.
    this.#channel.input.pause();
    this.#rpc.dispose();
  }
}
