import * as path from 'node:path';
import type { Client } from '../../connect/client.ts';
import type { OperationName, ParamsInput, Result } from '../../protocol/registry.ts';
import { GitRepository } from './git-repository.ts';
import { ServerProcess } from './server-process.ts';

/** A repository and a real server for it that is killed in the middle of things. */
export class KilledSession {
  readonly repository: GitRepository;
  readonly server: ServerProcess;
  #client: Client | undefined;

  private constructor(repository: GitRepository) {
    this.repository = repository;
    this.server = new ServerProcess(path.join(repository.directory, 'r'), repository.env);
  }

  /** Commits the files and starts a server, which knows nothing of them yet. */
  static async start(files: Readonly<Record<string, string>>): Promise<KilledSession> {
    const session = new KilledSession(GitRepository.create());
    session.repository.commit(files, 'start');
    await session.#connect();
    return session;
  }

  async call<N extends OperationName>(name: N, params: Omit<ParamsInput<N>, 'repository'>): Promise<Result<N>> {
    if (this.#client === undefined) throw new Error('not connected');
    return this.#client.call(name, { repository: this.repository.root, ...params } as ParamsInput<N>);
  }

  /** Begins a call that will not be answered, and kills the server when `moment` resolves. False when the answer was faster. */
  async killDuring<N extends OperationName>(name: N, params: Omit<ParamsInput<N>, 'repository'>, moment: Promise<unknown>): Promise<boolean> {
    const answered = this.call(name, params).then(() => true, () => false);
    await Promise.race([moment, answered]);
    await this.server.kill();
    const wasFaster = await answered;
    this.#client?.close();
    return !wasFaster;
  }

  /** Starts a server anew, as the next command does. */
  async restart(): Promise<void> {
    await this.#connect();
  }

  async end(): Promise<void> {
    this.#client?.close();
    await this.server.stop();
    this.repository.remove();
  }

  async #connect(): Promise<void> {
    this.server.start();
    this.#client = await this.server.connect('test');
  }
}
