import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { OperationName, ParamsInput, Result } from '../../protocol/registry.ts';
import { HELLO_METHOD, IDEMPOTENCY_KEY, PROTOCOL_VERSION, methodOf } from '../../protocol/wire.ts';
import packageJson from '../../package.json';
import { readDescription, serverAddress } from '../../server/transport/address.ts';

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A refusal of the server's, with the code of the contract. */
export class RefusedError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

/** The connection ended before the answer came: whether the call was carried out, nobody knows. */
export class BrokenError extends Error {}

const HEADER_END = Buffer.from('\r\n\r\n');
const LENGTH = 'Content-Length: ';
/** A burst of connects passes the backlog for a moment; a server takes some to start. */
const FIRST_RETRY_MILLIS = 10;
const LONGEST_RETRY_MILLIS = 250;
const PATIENCE_MILLIS = 120_000;

/**
 * A client of the wire format and of nothing else: docs/protocol.md in a hundred lines. A load is measured with it so that the load
 * is not what is measured; connect/ with its library takes several times as long for a call.
 */
export class WireClient {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  #rest: Buffer = Buffer.alloc(0);
  #next = 1;
  #isClosed = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => this.#break());
  }

  /**
   * Connects to the server of a runtime directory and shakes hands. Waits for a server where there is none: one that was killed is
   * started anew by somebody. @throws Error when none comes
   */
  static async connect(runtime: string, client: string): Promise<WireClient> {
    const deadline = performance.now() + PATIENCE_MILLIS;
    for (let retry = FIRST_RETRY_MILLIS; ; retry = Math.min(2 * retry, LONGEST_RETRY_MILLIS)) {
      try {
        return await greet(runtime, client);
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await delay(retry);
      }
    }
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Bytes that the server has sent. */
  get bytesRead(): number {
    return this.#socket.bytesRead;
  }

  /** @param key under which the call may be asked again. @throws RefusedError, BrokenError */
  call<N extends OperationName>(name: N, params: ParamsInput<N>, key?: string): Promise<Result<N>> {
    return this.request(methodOf(name), key === undefined ? params : { ...params, [IDEMPOTENCY_KEY]: key }) as Promise<Result<N>>;
  }

  request(method: string, params: object): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(new BrokenError(`The connection has ended before ${method}`));
    const id = this.#next++;
    const body = JSON.stringify({ jsonrpc: '2.0', id, method, params });
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.write(`${LENGTH}${Buffer.byteLength(body)}\r\n\r\n${body}`);
    });
  }

  close(): void {
    this.#socket.destroy();
    this.#break();
  }

  #receive(chunk: Buffer): void {
    let data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const end = data.indexOf(HEADER_END);
      if (end < 0) break;
      const start = end + HEADER_END.length;
      const length = Number(/Content-Length: (\d+)/.exec(data.toString('latin1', 0, end))?.[1]);
      if (data.length < start + length) break;
      this.#deliver(data.toString('utf8', start, start + length));
      data = data.subarray(start + length);
    }
    this.#rest = data;
  }

  #deliver(text: string): void {
    const { id, result, error } = JSON.parse(text) as { id?: number; result?: unknown; error?: { message: string; data?: { code?: string } } };
    const waiting = id === undefined ? undefined : this.#waiting.get(id);
    if (id === undefined || waiting === undefined) return;
    this.#waiting.delete(id);
    if (error === undefined) waiting.resolve(result);
    else waiting.reject(new RefusedError(error.data?.code ?? 'INTERNAL', error.message));
  }

  #break(): void {
    this.#isClosed = true;
    for (const { reject } of this.#waiting.values()) reject(new BrokenError('The connection ended during a call'));
    this.#waiting.clear();
  }
}

async function greet(runtime: string, client: string): Promise<WireClient> {
  const description = readDescription(serverAddress({ env: { PYI_RUNTIME_DIR: runtime }, platform: process.platform, uid: process.getuid?.() }));
  if (description === undefined) throw new Error(`No server runs in ${runtime}`);
  const wire = new WireClient(await connected(description.socket));
  await wire.request(HELLO_METHOD, { client, version: packageJson.version, protocol: PROTOCOL_VERSION, token: description.token });
  return wire;
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}
