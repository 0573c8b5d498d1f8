import type { Socket } from 'node:net';
import type { CancellationToken } from 'vscode-jsonrpc/node';
import { MAX_MESSAGE_BYTES } from '../protocol/wire.ts';
import { FrameParser } from '../server/transport/frame-parser.ts';
import { FrameWriter } from '../server/transport/frame-writer.ts';
import type { Output } from '../server/transport/frame-writer.ts';
import type { Connection, Request } from './connection.ts';

/** Two streams to a server; a socket is both. */
export interface Channel {
  readonly input: NodeJS.ReadableStream;
  readonly output: Output;
  /** Ends the connection. */
  readonly end: () => void;
}

/** The channel that a connected socket is. */
export function socketChannel(socket: Socket): Channel {
  return { input: socket, output: socket, end: () => socket.destroy() };
}

/** What a server answered instead of a result. */
class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: unknown;
  readonly data: unknown;

  constructor({ code, message, data }: { readonly code?: unknown; readonly message?: unknown; readonly data?: unknown }) {
    super(String(message));
    this.code = code;
    this.data = data;
  }
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Message {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code?: unknown; readonly message?: unknown; readonly data?: unknown };
}

/** A conversation in plain JSON-RPC, on the wire format of vscode-jsonrpc and without it: it is loaded by each command, and asked by each agent. */
export class JsonRpcConnection implements Connection {
  readonly closed: Promise<void>;
  readonly #channel: Channel;
  readonly #parser = new FrameParser(MAX_MESSAGE_BYTES);
  readonly #writer: FrameWriter;
  readonly #waiting = new Map<number, Waiting>();
  readonly #handlers = new Map<string, (params: unknown) => void>();
  #lastId = 0;
  #isClosed = false;
  #tellClosed: () => void = () => undefined;

  constructor(channel: Channel) {
    this.#channel = channel;
    this.#writer = new FrameWriter(channel.output);
    this.closed = new Promise((resolve) => { this.#tellClosed = resolve; });
    // The error listeners stay: an error after the end must not become an uncaught exception.
    channel.input.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onEnd).on('error', this.#onEnd).resume();
    channel.output.on('error', this.#onEnd);
  }

  async request(method: string, params: object, token: CancellationToken): Promise<unknown> {
    const [answer] = this.#ask([{ method, params }], token, (messages) => this.#writer.send(messages.join('')));
    return answer;
  }

  requestAll(requests: readonly Request[], token: CancellationToken): Promise<unknown>[] {
    return this.#ask(requests, token, (messages) => this.#writer.send(`[${messages.join(',')}]`));
  }

  onNotification(method: string, handler: (params: unknown) => void): void {
    this.#handlers.set(method, handler);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#leave();
    this.#channel.end();
    this.#tellClosed();
  }

  /** Ends the conversation, but not the channel, for another to go on with. Nothing may be in hand: its answer would be lost. */
  release(): void {
    if (this.#isClosed) return;
    // What comes meanwhile waits for the next reader.
    this.#channel.input.pause();
    this.#leave();
    this.#tellClosed();
  }

  #ask(requests: readonly Request[], token: CancellationToken, send: (messages: string[]) => void): Promise<unknown>[] {
    const ids: number[] = [];
    const answers = requests.map(async () => new Promise<unknown>((resolve, reject) => {
      const id = ++this.#lastId;
      ids.push(id);
      if (this.#isClosed) reject(ended());
      else this.#waiting.set(id, { resolve, reject });
    }));
    if (this.#isClosed) return answers;
    send(requests.map(({ method, params }, index) => JSON.stringify({ jsonrpc: '2.0', id: ids[index], method, params })));
    const cancellation = token.onCancellationRequested(() => {
      for (const id of ids) if (this.#waiting.has(id)) this.#writer.send(JSON.stringify({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id } }));
    });
    void Promise.allSettled(answers).then(() => cancellation.dispose());
    return answers;
  }

  readonly #onData = (chunk: Buffer | string): void => {
    try {
      this.#parser.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
      for (let message = this.#parser.next(); message !== undefined && !this.#isClosed; message = this.#parser.next()) {
        if (Array.isArray(message)) for (const each of message as Message[]) this.#receive(each);
        else this.#receive(message);
      }
    } catch {
      // Not the protocol. Nobody knows where the next message begins.
      this.close();
    }
  };

  readonly #onEnd = (): void => this.close();

  #receive({ id, method, params, result, error }: Message): void {
    if (typeof method === 'string') {
      if (id === undefined) this.#handlers.get(method)?.(params);
      return;
    }
    if (typeof id !== 'number') return;
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error !== undefined) waiting?.reject(new RpcError(error));
    else waiting?.resolve(result);
  }

  #leave(): void {
    this.#isClosed = true;
    this.#channel.input.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onEnd);
    for (const { reject } of this.#waiting.values()) reject(ended());
    this.#waiting.clear();
  }
}

function ended(): Error {
  return new Error('The connection has ended.');
}
