import { PyiError } from '../../protocol/errors.ts';
import type { Caller, Services } from '../call.ts';

/** One connection for all calls, made at the first and made anew when the server has gone. */
export class SharedConnection {
  readonly #services: Services;
  readonly #listeners = new Set<(client: Caller) => void>();
  #client: Promise<Caller> | undefined;
  #isClosed = false;

  constructor(services: Services) {
    this.#services = services;
  }

  /** @throws PyiError `CANCELLED` when `signal` was aborted, or as connecting does */
  async client(signal?: AbortSignal): Promise<Caller> {
    this.#client ??= this.#connect();
    const client = await this.#client;
    if (signal?.aborted === true) throw new PyiError('CANCELLED', 'The call was cancelled.', 'Nothing was changed.');
    return client;
  }

  /** Calls `listener` with every connection that is lost and not closed by us. */
  onLost(listener: (client: Caller) => void): void {
    this.#listeners.add(listener);
  }

  close(): void {
    this.#isClosed = true;
    this.#client?.then((client) => client.close(), () => undefined);
    this.#client = undefined;
  }

  async #connect(): Promise<Caller> {
    // Not the signal of one call: others may be waiting for the same connection.
    const connecting = this.#services.connect({ start: this.#services.program, signal: new AbortController().signal, onWait: () => undefined });
    const forget = (): void => {
      this.#client = undefined;
    };
    connecting.then((client) => client.closed.then(() => {
      forget();
      if (!this.#isClosed) for (const listener of this.#listeners) listener(client);
    }), forget);
    return connecting;
  }
}
