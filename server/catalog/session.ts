import { PyiError } from '../../protocol/errors.ts';
import type { CatalogHost, CatalogMessage, CatalogReply, StartCatalogHost } from './host.ts';
import type { CallName, CatalogCalls } from './service.ts';

interface Waiting {
  resolve(value: unknown): void;
  reject(error: PyiError): void;
}

export interface SessionEvents {
  /** Something to tell the user that stops nothing. */
  problem(problem: string): void;
  /** The session is over: its host died, or made an error after which its database cannot be trusted. Told once. */
  failed(error: PyiError): void;
}

/** The calls to one running host, from its start to its end or failure. */
export class CatalogSession {
  readonly #host: CatalogHost;
  readonly #events: SessionEvents;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #over: PyiError | undefined;

  constructor(start: StartCatalogHost, events: SessionEvents) {
    this.#events = events;
    this.#host = start({ reply: (reply) => this.#take(reply), failed: (error) => this.#fail(error.message) });
  }

  /** @throws PyiError `INTERNAL` when the session fails before the answer */
  call<N extends CallName>(call: N, argument: Parameters<CatalogCalls[N]>[0]): Promise<ReturnType<CatalogCalls[N]>> {
    if (this.#over !== undefined) return Promise.reject(this.#over);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#host.post({ id, call, argument } as CatalogMessage);
    });
  }

  /** Ends the host. Calls without an answer are told. */
  async end(): Promise<void> {
    this.#finish(new PyiError('CANCELLED', 'The catalog was closed', 'Open the store again.'));
    await this.#host.end();
  }

  #take(reply: CatalogReply): void {
    if (reply.kind === 'problem') {
      this.#events.problem(reply.problem);
      return;
    }
    if (reply.kind === 'error') {
      this.#fail(reply.message);
      return;
    }
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    waiting?.resolve(reply.value);
  }

  #fail(message: string): void {
    if (this.#over !== undefined) return;
    const error = new PyiError('INTERNAL', `The catalog failed: ${message}`,
      'No checkpoint is concerned. The catalog is being rebuilt from the journal: ask again in a moment.');
    this.#finish(error);
    void this.#host.end();
    this.#events.failed(error);
  }

  #finish(error: PyiError): void {
    this.#over ??= error;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(error);
  }
}
