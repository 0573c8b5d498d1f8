import { PassThrough } from 'node:stream';
import type { Readable, Writable } from 'node:stream';
import { Client } from '../../../connect/client.ts';
import { JsonRpcConnection } from '../../../connect/json-rpc.ts';
import { PyiError } from '../../../protocol/errors.ts';
import type { StoreEvent } from '../../../protocol/handshake.ts';
import { OPERATIONS } from '../../../protocol/registry.ts';
import type { Handlers } from '../../../protocol/registry.ts';
import { EventHub } from '../../../server/events.ts';
import type { Clock } from '../../../server/engine/ports.ts';
import type { Log, LogLevel } from '../../../server/log.ts';
import { Dispatcher } from '../../../server/transport/dispatcher.ts';
import type { DispatcherOptions } from '../../../server/transport/dispatcher.ts';
import { serveStream } from '../../../server/transport/stream.ts';
import type { After } from '../../../server/transport/timers.ts';

/** Handlers of which only some do something. */
export function fakeHandlers(some: Partial<Handlers>): Handlers {
  const none = Object.fromEntries(Object.keys(OPERATIONS).map((name) => [name, async () => {
    throw new PyiError('INTERNAL', `${name} is not faked`, '');
  }]));
  return { ...none, ...some } as Handlers;
}

export class FakeClock implements Clock {
  time = 1_700_000_000_000;

  now(): number {
    return this.time;
  }

  micros(): number {
    return this.time * 1000;
  }
}

/** Timers that fire when the test says so. */
export class FakeTimers {
  readonly pending: { readonly milliseconds: number; readonly callback: () => void }[] = [];

  readonly after: After = (milliseconds, callback) => {
    const timer = { milliseconds, callback };
    this.pending.push(timer);
    return () => {
      const index = this.pending.indexOf(timer);
      if (index >= 0) this.pending.splice(index, 1);
    };
  };

  /** Fires the timers that wait for this long. Returns how many there were. */
  fire(milliseconds: number): number {
    const due = this.pending.filter((timer) => timer.milliseconds === milliseconds);
    for (const timer of due) {
      this.pending.splice(this.pending.indexOf(timer), 1);
      timer.callback();
    }
    return due.length;
  }
}

/** The hub of a server, with events of which only the repository matters, unless more is said. */
export class FakeEvents extends EventHub {
  constructor(capacity?: number) {
    super('this life', capacity);
  }

  tell(repository: string, more: Partial<StoreEvent> = {}): void {
    this.emit({ repository, store: `${repository}/.git/pyi`, kind: 'checkpoint', fork: 'f', checkpoint: 'c', time: 1, agent: 'a', ...more });
  }
}

export class FakeLog implements Log {
  readonly entries: { readonly level: LogLevel; readonly message: string; readonly details?: Readonly<Record<string, unknown>> | undefined }[] = [];
  readonly error: Log['error'] = (message, details) => void this.entries.push({ level: 'error', message, details });
  readonly warn: Log['warn'] = (message, details) => void this.entries.push({ level: 'warn', message, details });
  readonly info: Log['info'] = (message, details) => void this.entries.push({ level: 'info', message, details });
  readonly debug: Log['debug'] = (message, details) => void this.entries.push({ level: 'debug', message, details });
}

export interface Bench {
  readonly dispatcher: Dispatcher;
  readonly clock: FakeClock;
  readonly timers: FakeTimers;
  readonly events: FakeEvents;
  readonly log: FakeLog;
  readonly retired: () => number;
  /** A client of the dispatcher, through streams in memory. */
  readonly connect: (options?: { token?: string; handshakeMillis?: number }) => { client: Client; toServer: Writable; fromServer: Readable };
}

/** A dispatcher with everything around it faked. */
export function bench(handlers: Partial<Handlers>, options: Partial<DispatcherOptions> = {}): Bench {
  const clock = new FakeClock();
  const timers = new FakeTimers();
  const events = new FakeEvents();
  const log = new FakeLog();
  let retired = 0;
  const dispatcher = new Dispatcher({ handlers: fakeHandlers(handlers), events, log, clock, version: '1.2.3', pid: 42, onRetire: () => void retired++, ...options });
  return {
    dispatcher, clock, timers, events, log,
    retired: () => retired,
    connect: ({ token, handshakeMillis } = {}) => {
      const toServer = new PassThrough();
      const fromServer = new PassThrough();
      const end = (): void => {
        toServer.destroy();
        fromServer.end();
      };
      const { close } = serveStream({ dispatcher, input: toServer, output: fromServer, token, handshakeMillis, after: timers.after, log, end, destroy: end });
      toServer.once('close', close);
      return { client: new Client(new JsonRpcConnection({ input: fromServer, output: toServer, end: () => toServer.destroy() })), toServer, fromServer };
    },
  };
}

/** What a client of the right version says. */
export const HELLO = { client: 'test', version: '1.2.3', protocol: 1 };

export function frame(body: string, length: number | string = Buffer.byteLength(body)): Buffer {
  return Buffer.from(`Content-Length: ${length}\r\n\r\n${body}`);
}

/** A promise that the test settles. */
export function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
