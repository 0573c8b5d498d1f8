import { createConnection } from 'vscode-languageserver';
import type { Connection } from 'vscode-languageserver';
import { ErrorCodes, ResponseError, TextDocumentSyncKind, createProtocolConnection } from 'vscode-languageserver/node';
import type { MessageReader, MessageWriter } from 'vscode-languageserver/node';
import type { Log } from '../log.ts';

export interface LanguageServerOptions {
  readonly reader: MessageReader;
  readonly writer: MessageWriter;
  readonly version: string;
  readonly log: Log;
  /** The client will call no more. */
  readonly onShutdown: () => void;
  /** The client ends this connection, whether or not it said `shutdown` before. */
  readonly onExit: () => void;
  /** The stream broke the protocol, or broke. */
  readonly onError: (error: Error) => void;
}

/**
 * A connection with the manners of a language server, so that any language client can hold it: the
 * library answers `initialize`, `shutdown`, `exit` and `$/setTrace`. It offers no language feature;
 * what it is for, the `pyi/*` requests, a session answers.
 *
 * Built on the library's common `createConnection` and not on the one for Node: that one ends the
 * process on `exit` and when the client's process is gone, while this server has other clients.
 */
export function languageServer({ reader, writer, version, log, onShutdown, onExit, onError }: LanguageServerOptions): Connection {
  const debug = (message: string): void => log.debug(message);
  let initialized = false;
  const connection = createConnection(
    () => {
      // Not the library's logger, which sends what it has to say to the client, a stranger perhaps.
      const protocol = createProtocolConnection(reader, writer, { error: debug, warn: debug, info: debug, log: debug });
      protocol.onError(([error]) => onError(error));
      return protocol;
    },
    { initialize: () => undefined, shutdownReceived: false, exit: () => undefined },
  );
  connection.onInitialize(() => {
    if (initialized) return new ResponseError(ErrorCodes.InvalidRequest, 'initialize came twice.');
    initialized = true;
    return { capabilities: { textDocumentSync: TextDocumentSyncKind.None }, serverInfo: { name: 'pyi', version } };
  });
  connection.onShutdown(onShutdown);
  connection.onExit(onExit);
  return connection;
}
