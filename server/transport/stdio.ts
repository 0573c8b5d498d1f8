import type { Readable, Writable } from 'node:stream';
import type { Log } from '../log.ts';
import type { Dispatcher } from './dispatcher.ts';
import { serveStream } from './stream.ts';
import { systemAfter } from './timers.ts';

export interface StdioOptions {
  readonly dispatcher: Dispatcher;
  readonly input: Readable;
  readonly output: Writable;
  readonly log: Log;
  /** Aborted when the server stops: the replies in hand are written, then the conversation ends. */
  readonly stop?: AbortSignal;
}

/**
 * Serves one client over stdin and stdout, for places where sockets are not allowed. The client is
 * whoever started this process, so no token is asked for. Resolves when the client has gone.
 */
export async function serveStdio({ dispatcher, input, output, log, stop }: StdioOptions): Promise<void> {
  await new Promise<void>((resolve) => {
    const connection = serveStream({
      dispatcher, input, output, log, token: undefined, after: systemAfter, handshakeMillis: undefined,
      destroy: () => done(),
      end: () => done(),
    });
    const done = (): void => {
      connection.close();
      resolve();
    };
    input.once('end', done).once('close', done);
    output.once('error', done).once('close', done);
    stop?.addEventListener('abort', () => void connection.settled().then(done), { once: true });
  });
}
