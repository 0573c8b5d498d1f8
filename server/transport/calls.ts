import { PyiError } from '../../protocol/errors.ts';
import type { RequestId } from './json-rpc.ts';

/** A request in hand, and whether somebody still wants its answer. */
export class Call {
  readonly id: RequestId;
  readonly method: string;
  #controller: AbortController | undefined;
  #isAborted = false;

  constructor(id: RequestId, method: string) {
    this.id = id;
    this.method = method;
  }

  /** Made when first asked for: most handlers are done before anybody could abort them, and do not ask. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#isAborted) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  abort(): void {
    this.#isAborted = true;
    this.#controller?.abort();
  }

  /** @throws PyiError `CANCELLED` */
  throwIfAborted(): void {
    if (this.#isAborted) throw cancelled(this.method);
  }
}

export function cancelled(method: string): PyiError {
  return new PyiError('CANCELLED', `${method} was cancelled.`, 'Nothing was changed; call it again when you want it.');
}

/** The calls of one connection that have no answer yet. */
export class Calls {
  readonly #calls = new Set<Call>();

  get count(): number {
    return this.#calls.size;
  }

  begin(id: RequestId, method: string): Call {
    const call = new Call(id, method);
    this.#calls.add(call);
    return call;
  }

  end(call: Call): void {
    this.#calls.delete(call);
  }

  /** Aborts the calls of this id: one, unless the client uses ids twice. */
  cancel(id: unknown): void {
    for (const call of this.#calls) if (call.id === id) call.abort();
  }

  abortAll(): void {
    for (const call of this.#calls) call.abort();
  }
}
