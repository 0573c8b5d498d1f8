import * as path from 'node:path';
import type { StoreEvent } from '../../protocol/handshake.ts';
import { PyiError } from '../../protocol/errors.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import type { CallContext, Caller, Handlers, OperationName, Params, ParamsInput, Result } from '../../protocol/registry.ts';
import { catalogWorkerHost } from '../../server/catalog/host.ts';
import type { Log } from '../../server/log.ts';
import { makeHandlers } from '../../server/operations/handlers.ts';
import { Repositories } from '../../server/operations/repositories.ts';
import { NodeDisk } from '../../server/store/node-disk.ts';
import { NodeProcesses } from '../../server/store/node-processes.ts';
import { InlineRewriter } from '../../server/store/rewrite.ts';
import type { Disk } from '../../server/store/disk.ts';
import { SystemRandom, systemClock } from '../../server/system.ts';
import { parseParams } from '../../server/transport/validate.ts';
import type { GitRepository } from './git-repository.ts';

const SILENT: Log = { error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined };

/** Operations without a server process: real store, real directories, real git, no transport. */
export class TestHost {
  readonly repository: GitRepository;
  readonly events: StoreEvent[] = [];
  /** Added to the clocks, milliseconds: how a test makes days pass. */
  offset = 0;
  readonly #disk: Disk;
  readonly #watchAllowance: number | undefined;
  #repositories: Repositories;
  #handlers: Handlers;

  constructor(repository: GitRepository, disk: Disk = new NodeDisk(), watchAllowance?: number) {
    this.repository = repository;
    this.#disk = disk;
    this.#watchAllowance = watchAllowance;
    this.#repositories = this.#open();
    this.#handlers = this.#bind();
  }

  /** Calls an operation with parameters as a client would give them; `repository` is filled in. */
  async call<N extends OperationName>(name: N, params: Omit<ParamsInput<N>, 'repository'> & { repository?: string }, context: Partial<CallContext> = {}): Promise<Result<N>> {
    const full: CallContext = { signal: new AbortController().signal, progress: () => undefined, ...context };
    const parsed: Params<N> = parseParams(name, { repository: this.repository.root, ...params });
    return this.#handlers[name](parsed, full);
  }

  /** The PyiError that a call must fail with. */
  async refusal<N extends OperationName>(name: N, params: Omit<ParamsInput<N>, 'repository'> & { repository?: string }, code: ErrorCode, context: Partial<CallContext> = {}): Promise<PyiError> {
    try {
      await this.call(name, params, context);
    } catch (error) {
      if (!PyiError.is(error)) throw error;
      if (error.code !== code) throw new Error(`expected ${code}, got ${error.code}: ${error.message}`, { cause: error });
      if (error.hint === '') throw new Error(`an error without a hint: ${error.message}`, { cause: error });
      return error;
    }
    throw new Error(`expected ${code}, but ${name} succeeded`);
  }

  /** Closes everything and opens it again, as a restart does. */
  async restart(): Promise<void> {
    await this.#repositories.closeAll();
    this.#repositories = this.#open();
    this.#handlers = this.#bind();
  }

  /** What the server does every second. */
  async checkHeartbeats(): Promise<void> {
    await this.#repositories.checkHeartbeats();
  }

  /** What the server does now and then. */
  async upkeep(): Promise<void> {
    await this.#repositories.upkeep();
  }

  async close(): Promise<void> {
    await this.#repositories.closeAll();
    this.repository.remove();
  }

  /** Text of a file of a fork or checkpoint. */
  async text(fork: string, file: string): Promise<string> {
    return Buffer.from((await this.call('read', { fork, path: file })).base64, 'base64').toString('utf8');
  }

  /** Paths of a fork or checkpoint. */
  async paths(fork: string): Promise<string[]> {
    return (await this.call('ls', { fork, recursive: true })).map((row) => row.path);
  }

  #open(): Repositories {
    return new Repositories({
      git: this.repository.adapter, disk: this.#disk, random: new SystemRandom(), rewriter: new InlineRewriter(this.#disk),
      clock: { now: () => systemClock.now() + this.offset, micros: () => systemClock.micros() + this.offset * 1000 },
      processes: new NodeProcesses(new NodeDisk(), () => undefined), startCatalog: catalogWorkerHost,
      logFor: () => SILENT, emit: (event) => { this.events.push(event); },
      watchAllowance: this.#watchAllowance,
    });
  }

  #bind(): Handlers {
    return makeHandlers(this.#repositories, {
      about: () => Promise.reject(new Error('only a server knows')),
      'git-compat': () => Promise.reject(new Error('only a server knows')),
      stop: () => Promise.reject(new Error('only a server knows')),
    });
  }
}

/** A connection as operations see it, and how it ends. */
export function connection(name = 'test'): { readonly caller: Caller; readonly end: () => void } {
  const ended = new AbortController();
  return { caller: { connection: name, client: name, identity: undefined, ended: ended.signal }, end: () => { ended.abort(); } };
}

/** A repository with a few committed files and PYI set up in it. */
export async function setUp(repository: GitRepository, files: Readonly<Record<string, string>> = { 'a.txt': 'a\n', 'b.txt': 'b\n', 'src/c.txt': 'c\n' }): Promise<TestHost> {
  for (const [file, content] of Object.entries(files)) repository.write(file, content);
  if (repository.exists('.git')) {
    repository.git(['add', '-A']);
    repository.git(['commit', '-q', '-m', 'start']);
  }
  const host = new TestHost(repository);
  try {
    await host.call('setup', {});
    return host;
  } catch (error) {
    await host.close(); // its threads would keep the test from ending
    throw error;
  }
}

/** Absolute path in a fork's directory. */
export function inFork(dir: string | null, file: string): string {
  if (dir === null) throw new Error('the fork has no directory');
  return path.join(dir, file);
}
