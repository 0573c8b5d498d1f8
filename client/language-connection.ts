import type { Socket } from 'node:net';
import type { LogOutputChannel } from 'vscode';
import type { CancellationToken } from 'vscode-jsonrpc/node';
import { CloseAction, ErrorAction, LanguageClient, RevealOutputChannelOn, State, StreamMessageWriter, TextDocumentSyncKind } from 'vscode-languageclient/node';
import type { InitializeParams } from 'vscode-languageclient/node';
import { ServerReader } from '../connect/connection.ts';
import type { Connection } from '../connect/connection.ts';
import { MAX_MESSAGE_BYTES } from '../protocol/wire.ts';

/**
 * A conversation held by a LanguageClient, over a socket on which the server was greeted. A bundle of
 * its own, loaded with the first connection: the library is heavy, and no command waits for it.
 */

export interface LanguageConnectionOptions {
  readonly socket: Socket;
  /** Where the library says what it has to say. */
  readonly output: LogOutputChannel;
  /** Where it shows the messages; they are traced while its level is Trace. */
  readonly trace: LogOutputChannel;
}

/** How long a server may take to answer `shutdown`. */
const SHUTDOWN_MILLIS = 500;

/** Does not tell that its stream has closed: the reader does, when it has read what came before. */
class ServerWriter extends StreamMessageWriter {
  protected override fireClose(): void {
    return;
  }
}

/**
 * A LanguageClient that owns nothing: no process, which outlives the window; no restart, which is
 * ServerProcess's; no message to the user, for whom there is one of ours; no language feature.
 */
class QuietClient extends LanguageClient {
  /**
   * The server has no language feature, and the library's cost even unused: one listens to every change of every document, and
   * does so for ever, for each client anew. What the library asks two of them before each request is answered here.
   */
  protected override registerBuiltinFeatures(): void {
    Object.assign(this, {
      _didOpenTextDocumentFeature: { sendPendingOpenNotifications: async () => false },
      _didChangeTextDocumentFeature: { syncKind: TextDocumentSyncKind.None },
    });
  }

  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }

  /** One that did not get as far has nothing to shut down; the library would reject, and nobody hears. */
  override async stop(timeout?: number): Promise<void> {
    if (this.state === State.Running) await super.stop(timeout);
  }

  /** The server learns of a folder when it is asked about one, and looks after no process. */
  protected override fillInitializeParams(params: InitializeParams): void {
    Object.assign(params, { processId: null, rootPath: null, rootUri: null, workspaceFolders: null });
  }
}

/** Begins the conversation. Takes the socket over, also when it fails. */
export async function languageConnection(options: LanguageConnectionOptions): Promise<Connection> {
  const connection = new LanguageConnection(options);
  await connection.start();
  return connection;
}

class LanguageConnection implements Connection {
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #client: LanguageClient;
  /** Requests without an answer. */
  #waiting = 0;
  #isClosed = false;
  #ended: () => void = () => undefined;

  constructor({ socket, output, trace }: LanguageConnectionOptions) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      this.#ended = resolve;
    });
    const transports = {
      reader: new ServerReader(socket, MAX_MESSAGE_BYTES, () => this.#waiting > 0 && !this.#isClosed),
      writer: new ServerWriter(socket),
      detached: true,
    };
    this.#client = new QuietClient('pyi', 'PYI', async () => transports, {
      documentSelector: [],
      outputChannel: output,
      traceOutputChannel: trace,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationFailedHandler: () => false,
      errorHandler: {
        error: (error) => {
          socket.destroy();
          return { action: ErrorAction.Continue, handled: true, message: `The connection to the server broke: ${error.message}` };
        },
        closed: () => ({ action: CloseAction.DoNotRestart, handled: true, message: 'The connection to the server ended.' }),
      },
    });
    this.#client.onDidChangeState(({ newState }) => {
      if (newState !== State.Starting && newState !== State.Running && !this.#isClosed) this.#end();
    });
  }

  /** @throws whatever the library does when the server has ended or does not answer as a language server */
  async start(): Promise<void> {
    this.#waiting++;
    try {
      // Nobody would tell the library of a socket that was closed before it listened.
      if (this.#socket.destroyed) throw new Error('The server has ended.');
      await this.#client.start();
    } catch (error) {
      this.#end();
      throw error;
    } finally {
      this.#waiting--;
    }
  }

  async request(method: string, params: object, token: CancellationToken): Promise<unknown> {
    this.#waiting++;
    try {
      return await this.#client.sendRequest<unknown>(method, params, token);
    } finally {
      this.#waiting--;
    }
  }

  onNotification(method: string, handler: (params: unknown) => void): void {
    this.#client.onNotification(method, handler);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // `shutdown` and `exit` first, if the server answers.
    void this.#client.stop(SHUTDOWN_MILLIS).catch(() => undefined).finally(() => this.#end());
  }

  #end(): void {
    this.#isClosed = true;
    this.#socket.destroy();
    this.#ended();
  }
}
