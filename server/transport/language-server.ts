import { createConnection } from 'vscode-languageserver';
import { AbstractMessageReader, AbstractMessageWriter, ErrorCodes, ResponseError, TextDocumentSyncKind, createProtocolConnection } from 'vscode-languageserver/node';
import type { DataCallback, Disposable, Message } from 'vscode-languageserver/node';
import type { Log } from '../log.ts';

export interface LanguageServerOptions {
  readonly version: string;
  readonly log: Log;
  /** Sends a message to the client. */
  readonly send: (message: Message) => void;
}

/** Hands the library what it is given. */
class Given extends AbstractMessageReader {
  #callback: DataCallback = () => undefined;

  listen(callback: DataCallback): Disposable {
    this.#callback = callback;
    return { dispose: () => undefined };
  }

  give(message: Message): void {
    this.#callback(message);
  }
}

/** Takes what the library has to say. */
class Taken extends AbstractMessageWriter {
  readonly #send: (message: Message) => void;

  constructor(send: (message: Message) => void) {
    super();
    this.#send = send;
  }

  async write(message: Message): Promise<void> {
    this.#send(message);
  }

  end(): void {
    return;
  }
}

/**
 * The manners of a language server, so that any language client can hold a connection: the library answers `initialize` and
 * `shutdown`, and knows what else such clients say. It offers no language feature; the `pyi/*` requests never come here.
 *
 * Built on the library's common `createConnection` and not on the one for Node: that one ends the
 * process on `exit` and when the client's process is gone, while this server has other clients.
 */
export class LanguageServer {
  readonly #reader = new Given();
  readonly #end: () => void;

  constructor({ version, log, send }: LanguageServerOptions) {
    const debug = (message: string): void => log.debug(message);
    let initialized = false;
    const connection = createConnection(
      // Not the library's logger, which sends what it has to say to the client, a stranger perhaps.
      () => createProtocolConnection(this.#reader, new Taken(send), { error: debug, warn: debug, info: debug, log: debug }),
      { initialize: () => undefined, shutdownReceived: false, exit: () => undefined },
    );
    connection.onInitialize(() => {
      if (initialized) return new ResponseError(ErrorCodes.InvalidRequest, 'initialize came twice.');
      initialized = true;
      return { capabilities: { textDocumentSync: TextDocumentSyncKind.None }, serverInfo: { name: 'pyi', version } };
    });
    connection.listen();
    this.#end = () => connection.dispose();
  }

  /** Takes a message that came in. */
  receive(message: object): void {
    this.#reader.give(message as Message);
  }

  dispose(): void {
    this.#end();
  }
}
