import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import packageJson from '../../package.json';
import { connectToServer } from '../../connect/connect.ts';
import type { Client } from '../../connect/client.ts';

const SERVER = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../dist/server.cjs');

/** A real server process for tests, with a runtime directory of its own. Started anew after each kill. */
export class ServerProcess {
  readonly #runtime: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #nodeArguments: readonly string[];
  #child: ChildProcess | undefined;

  constructor(runtime: string, env: NodeJS.ProcessEnv, nodeArguments: readonly string[] = []) {
    if (!existsSync(SERVER)) throw new Error('dist/server.cjs is missing: run "node scripts/build.mjs" first');
    mkdirSync(runtime, { recursive: true, mode: 0o700 });
    this.#runtime = runtime;
    this.#env = { ...env, PYI_RUNTIME_DIR: runtime };
    this.#nodeArguments = nodeArguments;
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error('the server does not run');
    return this.#child.pid;
  }

  start(): void {
    this.#child = spawn(process.execPath, [...this.#nodeArguments, SERVER, '--foreground'], { env: this.#env, stdio: ['ignore', 'ignore', 'inherit'] });
  }

  /** A connection to it; waits until it listens. */
  connect(name: string): Promise<Client> {
    return connectToServer({
      env: { PYI_RUNTIME_DIR: this.#runtime }, platform: process.platform, uid: process.getuid?.(), name, version: packageJson.version,
      // Attaching retries only while something is being started: naming the program does, and the one that we started wins.
      start: { entry: SERVER, arguments: ['--foreground'] },
    });
  }

  /** kill -9, and waits until it is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }
}
