import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import packageJson from '../../package.json';
import { connectToServer } from '../../connect/connect.ts';
import type { Client } from '../../connect/client.ts';
import { PyiError } from '../../protocol/errors.ts';

const SERVER = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../dist/server.cjs');
/** How often a client looks whether the server listens by now. */
const LOOK_MILLIS = 5;

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

  /** A connection to it; waits until it listens. Starts no other: that one would survive {@link kill}. */
  async connect(name: string): Promise<Client> {
    for (;;) {
      try {
        return await connectToServer({
          env: { PYI_RUNTIME_DIR: this.#runtime }, platform: process.platform, uid: process.getuid?.(), name, version: packageJson.version, start: undefined,
        });
      } catch (error) {
        const ended = this.#child?.exitCode !== null || this.#child.signalCode !== null;
        if (ended || !PyiError.is(error, 'NOT_FOUND')) throw error;
        await delay(LOOK_MILLIS);
      }
    }
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
