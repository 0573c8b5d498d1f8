import { PyiError } from '../protocol/errors.ts';
import type { Client } from '../connect/client.ts';
import type { ServerProgram } from '../connect/spawn.ts';
import { ProgressLine } from './progress.ts';
import type { Terminal } from './terminal.ts';

export type Caller = Pick<Client, 'call' | 'close' | 'closed' | 'subscribe'>;

export interface ConnectRequest {
  /** The server to start when there is none; undefined: only attach. */
  readonly start: ServerProgram | undefined;
  readonly onWait: (what: string) => void;
  readonly signal: AbortSignal;
}

/** What a command needs beside its terminal. Injected, so that tests run without a server. */
export interface Services {
  readonly connect: (request: ConnectRequest) => Promise<Caller>;
  readonly program: ServerProgram;
  /** Version of this command, as package.json has it. */
  readonly version: string;
  /** The folder with what is put into other programs (integrations/). */
  readonly integrations: string;
  /** Runs this command with other arguments and `input` on its stdin, in the background: it outlives us, and nobody hears of it. */
  readonly runLater: (args: readonly string[], input: Uint8Array) => void;
}

/** A server at hand for one command. */
export interface Conversation {
  readonly client: Caller;
  readonly signal: AbortSignal;
  readonly progress: ProgressLine;
}

/** Connects, runs `work`, disconnects. The first interrupt cancels the call, the second ends the process. */
export async function converse<T>(terminal: Terminal, services: Services, start: boolean, work: (conversation: Conversation) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  const progress = new ProgressLine(terminal);
  const endInterrupts = terminal.onInterrupt(() => {
    if (abort.signal.aborted) terminal.exit(EXIT_INTERRUPTED);
    abort.abort();
  });
  let client: Caller | undefined;
  try {
    client = await services.connect({ start: start ? services.program : undefined, signal: abort.signal, onWait: (what) => progress.say(what) });
    return await work({ client, signal: abort.signal, progress });
  } catch (error) {
    if (abort.signal.aborted && PyiError.is(error, 'CANCELLED')) throw new Interrupted(error);
    throw error;
  } finally {
    progress.clear();
    endInterrupts();
    client?.close();
  }
}

/** 128 + SIGINT, as shells have it. */
export const EXIT_INTERRUPTED = 130;

/** The person at the terminal stopped it. */
export class Interrupted extends PyiError {
  constructor(cause: PyiError) {
    super(cause.code, cause.message, cause.hint, { cause });
    this.name = 'Interrupted';
  }
}
