import { chmodSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { join } from 'node:path';
import type { Log } from '../log.ts';
import { MAX_QUESTION_BYTES, RUN_GIT, decodeQuestion, encodeAnswer, questionLength } from '../shim/wire.ts';
import type { Answer, Question } from '../shim/wire.ts';
import type { ServerAddress } from './address.ts';

/** Name of the socket at which the native front asks, in the directory of the server. */
const SOCKET_NAME = 'shim.sock';
const BACKLOG = 1024;
/** After this long a front has given up and run git. */
const PATIENCE_MILLIS = 1_000;

export interface ShimServerOptions {
  readonly address: ServerAddress;
  readonly log: Log;
  readonly ask: (question: Question) => Promise<Answer | undefined>;
}

/** The socket at which the native front asks what git would print. One question for each connection. */
export class ShimServer {
  readonly socket: string;
  readonly #options: ShimServerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(options: ShimServerOptions, socket: string) {
    this.#options = options;
    this.socket = socket;
    this.#server = createServer((connection) => this.#accept(connection));
  }

  /** Listens beside the server's own socket. The caller owns the directory, and is the only server there. */
  static async listen(options: ShimServerOptions): Promise<ShimServer> {
    const socket = join(options.address.directory, SOCKET_NAME);
    rmSync(socket, { force: true });
    const server = new ShimServer(options, socket);
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', reject).listen({ path: socket, backlog: BACKLOG }, resolve);
    });
    server.#server.on('error', (error) => options.log.error('A question could not be taken', { error }));
    chmodSync(socket, 0o600);
    return server;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    let bytes = Buffer.alloc(0);
    socket.setTimeout(PATIENCE_MILLIS, () => socket.destroy());
    // A front that was killed, or has run git, is no fault.
    socket.on('error', () => undefined).once('close', () => this.#sockets.delete(socket));
    socket.on('data', (chunk) => {
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      const length = questionLength(bytes) ?? 0;
      if (length > MAX_QUESTION_BYTES) socket.end(RUN_GIT);
      else if (length > 0 && bytes.length >= length) void this.#answer(socket, bytes);
    });
  }

  async #answer(socket: Socket, bytes: Buffer): Promise<void> {
    const { log, ask } = this.#options;
    const question = decodeQuestion(bytes);
    const answer = question === undefined ? undefined : await ask(question).catch((error: unknown) => {
      log.error('A question of the front failed', { args: question.args, error });
      return undefined;
    });
    if (!socket.destroyed) socket.end(answer === undefined ? RUN_GIT : encodeAnswer(answer));
  }
}
