import { PassThrough, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Caller, ConnectRequest, Services } from '../../../cli/call.ts';
import type { Output, Terminal } from '../../../cli/terminal.ts';
import type { CallOptions } from '../../../connect/client.ts';
import { PyiError } from '../../../protocol/errors.ts';
import type { StoreEvent, ToldEvent } from '../../../protocol/handshake.ts';
import type { OperationName } from '../../../protocol/registry.ts';

export const NOW = Date.UTC(2026, 0, 31, 12);

/** A terminal in memory. */
export class FakeTerminal implements Terminal {
  readonly env: Record<string, string> = {};
  readonly platform = process.platform;
  readonly uid = process.getuid?.();
  readonly cwd = '/srv/repo';
  readonly stdin: Readable;
  readonly stdout: Output & PassThrough;
  readonly stderr: Output & PassThrough;
  readonly interrupts = new Set<() => void>();
  time = NOW;
  readonly now = (): number => this.time;
  readonly onInterrupt = (listener: () => void): (() => void) => {
    this.interrupts.add(listener);
    return () => this.interrupts.delete(listener);
  };
  readonly exit = (code: number): never => {
    throw new Error(`exit ${code}`);
  };

  constructor(options: { stdin?: string | Uint8Array; isTTY?: boolean } = {}) {
    this.stdin = Readable.from(options.stdin === undefined ? [] : [Buffer.from(options.stdin)]);
    const stream = (): Output & PassThrough => Object.assign(new PassThrough(), { isTTY: options.isTTY === true });
    this.stdout = stream();
    this.stderr = stream();
  }

  get out(): string {
    return ((this.stdout.read() as Buffer | null) ?? '').toString();
  }

  get err(): string {
    return ((this.stderr.read() as Buffer | null) ?? '').toString();
  }
}

export interface FakeServer extends Services {
  readonly calls: { readonly name: string; readonly params: unknown }[];
  readonly requests: ConnectRequest[];
  /** What was left to a process in the background. */
  readonly later: { readonly args: readonly string[]; readonly input: string }[];
  /** Tells those who listen to the store. */
  readonly happen: (event: StoreEvent) => void;
}

/** Services whose server answers with `answers`, by operation. */
export function fakeServices(answers: Partial<Record<OperationName, (params: never, options: CallOptions) => unknown>>, running = true): FakeServer {
  const calls: { name: string; params: unknown }[] = [];
  const requests: ConnectRequest[] = [];
  const later: { args: readonly string[]; input: string }[] = [];
  const listeners = new Set<(event: ToldEvent) => void>();
  let sequence = 0;
  let end: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => {
    end = resolve;
  });
  const caller: Caller = {
    call: async (name, params, options = {}) => {
      calls.push({ name, params });
      if (name === 'stop') end();
      const answer = answers[name];
      if (answer === undefined) throw new PyiError('INTERNAL', `${name} is not faked`, '');
      return await answer(params as never, options) as never;
    },
    subscribe: async (_repository, listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: end,
    closed,
  };
  return {
    calls, requests, later, happen: (event) => {
      sequence++;
      for (const listener of listeners) listener({ ...event, sequence });
    },
    version: '1.2.3', integrations: fileURLToPath(new URL('../../../integrations', import.meta.url)),
    runLater: (args, input) => { later.push({ args, input: Buffer.from(input).toString('utf8') }); },
    program: { entry: '/nowhere/server.cjs' },
    connect: async (request) => {
      requests.push(request);
      if (!running && request.start === undefined) throw new PyiError('NOT_FOUND', 'No server is running for this user.', '');
      return caller;
    },
  };
}
