import { Client } from '../../../connect/client.ts';
import type { PyiError } from '../../../protocol/errors.ts';
import { ServerProcess } from '../../../client/server-process.ts';
import type { ServerState } from '../../../client/server-process.ts';
import { FakeTimers } from '../transport/fakes.ts';

/** A connection that ends when the test says so. */
export class FakeConnection {
  readonly calls: string[] = [];
  readonly client: Client;
  end: () => void = () => undefined;
  closedByUs = false;
  /** A call failed with the connection. */
  hasFailed = false;

  constructor(pid: number) {
    const closed = new Promise<void>((resolve) => {
      this.end = resolve;
    });
    const isOpen = (): boolean => !this.hasFailed;
    const fake: Pick<Client, 'call' | 'close' | 'closed' | 'isOpen' | 'server'> = {
      server: { server: 'pyi', version: '1.0.0', protocol: 1, pid },
      closed,
      get isOpen() {
        return isOpen();
      },
      close: () => {
        this.closedByUs = true;
        this.end();
      },
      call: async (name) => {
        this.calls.push(name);
        return { stopping: true } as never;
      },
    };
    // The class has private members, which no object can have; what ServerProcess uses is above.
    this.client = Object.assign(Object.create(Client.prototype) as object, {}) as Client;
    Object.defineProperties(this.client, Object.getOwnPropertyDescriptors(fake));
  }
}

/** A ServerProcess in a world that the test owns. */
export class FakeWorld {
  readonly timers = new FakeTimers();
  readonly states: ServerState[] = [];
  readonly attempts: boolean[] = [];
  readonly connections: FakeConnection[] = [];
  /** Thrown by the next attempts, in order; undefined: that attempt succeeds. */
  readonly failures: (PyiError | undefined)[] = [];
  /** What the user was told. */
  readonly told: string[] = [];
  running = true;
  /** Why the window may have no server. */
  refusal: PyiError | undefined;
  /** The server that is described at the address; undefined: none. 'ours': the one that was connected last. */
  described: number | 'ours' | undefined = 'ours';
  /** Tells what watches the address that something changed there. */
  readonly watchers = new Set<() => void>();
  readonly process: ServerProcess;

  constructor(notFound: PyiError) {
    this.process = new ServerProcess({
      connect: async ({ start }) => {
        this.attempts.push(start);
        const failure = this.failures.shift();
        if (failure !== undefined) throw failure;
        if (!start && !this.running) throw notFound;
        const connection = new FakeConnection(100 + this.connections.length);
        this.connections.push(connection);
        return connection.client;
      },
      refusal: () => this.refusal,
      described: () => (this.described === 'ours' ? 99 + this.connections.length : this.described),
      watch: (listener) => {
        this.watchers.add(listener);
        return () => this.watchers.delete(listener);
      },
      after: this.timers.after,
      now: () => 1_700_000_000_000 + this.attempts.length,
      onState: (state) => this.states.push(state),
      onOutage: ({ message }) => this.told.push(`outage: ${message}`),
      onRecovery: ({ pid }) => this.told.push(`recovery: ${pid}`),
      onConnected: () => undefined,
    });
  }

  get kinds(): string[] {
    return this.states.map(({ kind }) => kind);
  }

  /** Delays that the process waits for now. */
  get delays(): number[] {
    return this.timers.pending.map(({ milliseconds }) => milliseconds);
  }
}

/** Lets promises that are settled run what waits for them. */
export async function settle(): Promise<void> {
  await new Promise(setImmediate);
}
