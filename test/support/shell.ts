import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A shell that stays. What it is told starts at once, without the milliseconds that a process takes to start from here; several run side by side. */
export class Shell {
  readonly #child: ChildProcess;
  readonly #waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];

  constructor(cwd: string, env: NodeJS.ProcessEnv) {
    this.#child = spawn('/bin/sh', ['-c', 'while IFS= read -r line; do eval "$line" </dev/null >/dev/null 2>&1; echo; done'], { cwd, env: { ...env }, stdio: ['pipe', 'pipe', 'ignore'] });
    if (this.#child.stdout === null) throw new Error('a shell without output');
    createInterface(this.#child.stdout).on('line', () => this.#waiting.shift()?.resolve());
    this.#child.once('exit', () => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error('the shell ended'));
    });
  }

  /** Runs one line; resolves when it is done, whatever came of it. */
  async run(line: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#child.stdin?.write(`${line}\n`);
    });
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.stdin?.end();
    await ended;
  }
}
