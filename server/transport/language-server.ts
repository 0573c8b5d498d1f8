import type { EventEmitter } from 'node:events';
import { ProposedFeatures, createConnection } from 'vscode-languageserver';
import type { InitializeResult } from 'vscode-languageserver';
import { IPCMessageReader, IPCMessageWriter, ResponseError, TextDocumentSyncKind, createProtocolConnection } from 'vscode-languageserver/node';
import type { MessageReader, MessageWriter } from 'vscode-languageserver/node';
import type { Dispatcher } from './dispatcher.ts';

export interface LanguageServerOptions {
  readonly dispatcher: Dispatcher;
  readonly reader: MessageReader;
  readonly writer: MessageWriter;
  readonly version: string;
}

/** The two ends of the IPC channel to the editor that forked this process (`--node-ipc`). */
export function ipcChannel(channel: NodeJS.Process): { reader: MessageReader; writer: MessageWriter; disconnected: Pick<EventEmitter, 'once'> } {
  return { reader: new IPCMessageReader(channel), writer: new IPCMessageWriter(channel), disconnected: channel };
}

/**
 * Serves an editor as a language server: the library answers `initialize`, `shutdown` and `exit`, the
 * dispatcher every `pyi/*` request, after the same `pyi/hello`. Resolves when the editor has said
 * `exit` or its channel is gone.
 *
 * Built on the library's common `createConnection` and not on the one for Node: that one ends the
 * process with its editor, while this server outlives the window that started it.
 */
export async function serveLanguageClient({ dispatcher, reader, writer, version }: LanguageServerOptions, disconnected?: Pick<EventEmitter, 'once'>): Promise<void> {
  let ended: () => void = () => undefined;
  const end = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const connection = createConnection(
    (logger) => createProtocolConnection(reader, writer, logger),
    { initialize: () => undefined, shutdownReceived: false, exit: () => ended() },
    ProposedFeatures.all,
  );
  connection.onInitialize((): InitializeResult => ({
    capabilities: { textDocumentSync: TextDocumentSyncKind.None },
    serverInfo: { name: 'pyi', version },
  }));
  const session = dispatcher.open({
    peer: {
      onRequest: (handler) => connection.onRequest((method, params, token) => handler(method, params, token)),
      sendNotification: (method, params) => connection.sendNotification(method, params),
    },
    token: undefined,
    responseError: (code, message, data) => new ResponseError(code, message, data),
  });
  reader.onClose(() => ended());
  disconnected?.once('disconnect', () => ended());
  connection.listen();
  await end;
  session.close();
  connection.dispose();
}
