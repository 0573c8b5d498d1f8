import { Message, StreamMessageWriter } from 'vscode-languageserver/node';
import type { DataCallback, Disposable } from 'vscode-languageserver/node';
import { MAX_MESSAGE_BYTES } from '../../protocol/wire.ts';
import type { Log } from '../log.ts';
import type { Dispatcher } from './dispatcher.ts';
import { FramedReader } from './framing.ts';
import { languageServer } from './language-server.ts';
import type { After } from './timers.ts';

export interface StreamOptions {
  readonly dispatcher: Dispatcher;
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream & { readonly writableLength?: number };
  /** See `SessionOptions.token`. */
  readonly token: string | undefined;
  readonly after: After;
  readonly log: Log;
  /** Ends the connection without waiting for anything. */
  readonly destroy: () => void;
  /** Ends the connection after what is written. */
  readonly end: () => void;
  /** How long a stranger may take to shake hands; undefined: for ever. */
  readonly handshakeMillis: number | undefined;
}

/** A stranger has no use for more: `pyi/hello` is about 200 bytes, an editor's `initialize` less than 10 000 and its folders. */
const STRANGER_MESSAGE_BYTES = 64 * 1024;
/** A client that leaves this much unread is cut off, or its events would fill the memory of the server. */
const MAX_UNREAD_BYTES = MAX_MESSAGE_BYTES;

/** A connection over streams. */
export interface StreamConnection {
  /** Resolves when every request that came has its reply, and the replies are written. */
  readonly settled: () => Promise<void>;
  /** To be called when the streams are closed. */
  readonly close: () => void;
}

/** Tells of the requests that come in. */
class ReportingReader extends FramedReader {
  onRequest: () => void = () => undefined;

  override listen(callback: DataCallback): Disposable {
    return super.listen((message) => {
      if (Message.isRequest(message)) this.onRequest();
      callback(message);
    });
  }
}

/** Tells when a message is out, which the library does not. */
class ReportingWriter extends StreamMessageWriter {
  onWritten: (message: Message) => void = () => undefined;

  override async write(message: Message): Promise<void> {
    await super.write(message);
    this.onWritten(message);
  }
}

/** Serves a pair of byte streams: as a language server, with a session for what it is for. */
export function serveStream(options: StreamOptions): StreamConnection {
  const { dispatcher, input, output, token, after, log, destroy, end, handshakeMillis } = options;
  const reader = new ReportingReader(input, STRANGER_MESSAGE_BYTES);
  const writer = new ReportingWriter(output);
  const replies = new Replies();
  reader.onRequest = () => replies.owed++;
  writer.onWritten = (message) => replies.written(message);
  const cut = (reason: string, details?: Readonly<Record<string, unknown>>): void => {
    log.warn(reason, details);
    destroy();
  };
  const endWait = handshakeMillis === undefined ? () => undefined : after(handshakeMillis, () => cut('A connection did not shake hands in time'));
  const connection = languageServer({
    reader, writer, log, version: dispatcher.options.version,
    onShutdown: () => session.shutDown(),
    onExit: () => {
      session.close();
      void replies.settled().then(end);
    },
    onError: (error) => cut('A connection was closed', { reason: error.message }),
  });
  const session = dispatcher.open({
    peer: {
      onRequest: (handler) => connection.onRequest(handler),
      sendNotification: async (method, params) => {
        if ((output.writableLength ?? 0) > MAX_UNREAD_BYTES) cut('A client does not read what it is sent');
        else await connection.sendNotification(method, params);
      },
    },
    token,
    onGreeted: () => {
      endWait();
      reader.limit = MAX_MESSAGE_BYTES;
    },
    onRefused: () => void replies.settled().then(end),
  });
  connection.listen();
  let closed = false;
  return {
    settled: async () => replies.settled(),
    close: () => {
      if (closed) return;
      closed = true;
      endWait();
      session.close();
      connection.dispose();
    },
  };
}

/** Counts the replies that are owed to a client. */
class Replies {
  owed = 0;
  #waiting: (() => void)[] = [];

  written(message: Message): void {
    if (!Message.isResponse(message)) return;
    this.owed--;
    if (this.owed <= 0) for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async settled(): Promise<void> {
    if (this.owed > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
