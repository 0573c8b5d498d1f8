import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LoadReplies, LoadRequests, LoadVerb } from './load.ts';

/** One process that makes load (`load.ts`). */
export class LoadProcess {
  readonly #child: ChildProcess;

  constructor() {
    const here = fileURLToPath(import.meta.url);
    // Bundled, for figures; or as it stands, for tests.
    const [script, execArgv] = here.endsWith('.cjs')
      ? [path.join(path.dirname(here), 'child.cjs'), []] : [path.join(path.dirname(here), '../children/main.ts'), ['--import', 'tsx']];
    this.#child = fork(script, ['load'], { execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    // More listeners than one at a time: those that wait for it to end.
    this.#child.setMaxListeners(0);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  ask<V extends LoadVerb>(verb: V, request: LoadRequests[V]): Promise<LoadReplies[V]> {
    return new Promise((resolve, reject) => {
      const onMessage = (message: unknown): void => {
        this.#child.off('exit', onExit);
        const { reply, error } = message as { reply?: LoadReplies[V]; error?: string };
        if (reply === undefined) reject(new Error(error));
        else resolve(reply);
      };
      const onExit = (): void => {
        this.#child.off('message', onMessage);
        reject(new Error(`A process with agents ended while it was asked to ${verb}`));
      };
      this.#child.once('message', onMessage);
      this.#child.once('exit', onExit);
      this.#child.send({ verb, request });
    });
  }

  /** kill -9, as an agent's own process dies. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => { this.#child.once('exit', resolve); });
    this.#child.kill('SIGKILL');
    await gone;
  }
}

/** Several processes that share the agents of a crowd. */
export class Crew {
  readonly processes: readonly LoadProcess[];

  constructor(count: number) {
    this.processes = Array.from({ length: count }, () => new LoadProcess());
  }

  /** Deals the agents out and connects them. */
  async connect(agents: readonly number[], request: Omit<LoadRequests['connect'], 'agents'>): Promise<void> {
    await Promise.all(this.processes.map((one, index) => (
      one.ask('connect', { ...request, agents: agents.filter((_, n) => n % this.processes.length === index) }))));
  }

  /** Asks all at once, and waits for all. */
  ask<V extends LoadVerb>(verb: V, request: LoadRequests[V]): Promise<LoadReplies[V][]> {
    return Promise.all(this.processes.map((one) => one.ask(verb, request)));
  }

  async kill(): Promise<void> {
    await Promise.all(this.processes.map((one) => one.kill()));
  }
}
