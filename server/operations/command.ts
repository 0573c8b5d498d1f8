import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { PyiError } from '../../protocol/errors.ts';

export interface CommandOptions {
  readonly cwd: string;
  readonly timeoutMillis: number;
  readonly signal: AbortSignal;
  /** The whole environment; undefined: the server's own. */
  readonly env: Readonly<Record<string, string>> | undefined;
  /** Variables on top of it. */
  readonly variables: Readonly<Record<string, string>>;
}

export interface CommandOutcome {
  /** Null when a signal or the time limit ended it. */
  readonly exit: number | null;
  /** The end of stdout and stderr together, in the order in which they came. */
  readonly output: Buffer;
}

/** Output kept of a command: enough for evidence and a score, whatever it prints. */
const OUTPUT_BYTES = 256 * 1024;
const KILL_AFTER_MILLIS = 2000;

/**
 * Runs a program without a shell, in a process group of its own so that what it started ends with it.
 * @throws PyiError `CANCELLED`, `INVALID_ARGUMENT` (there is no such program)
 */
export function runCommand(command: readonly string[], options: CommandOptions): Promise<CommandOutcome> {
  const [program = '', ...args] = command;
  if (program === '' || command.some((part) => part.includes('\0'))) {
    return Promise.reject(new PyiError('INVALID_ARGUMENT', 'A command has the name of a program first, and no NUL bytes', 'Give the program and its arguments after "--".'));
  }
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd, env: { ...(options.env ?? process.env), ...options.variables }, stdio: ['ignore', 'pipe', 'pipe'], detached: process.platform !== 'win32',
    });
    const output = new Tail(OUTPUT_BYTES);
    child.stdout.on('data', (chunk: Buffer) => { output.push(chunk); });
    child.stderr.on('data', (chunk: Buffer) => { output.push(chunk); });
    let late = false;
    const stop = (): void => endGroup(child);
    const timer = setTimeout(() => { late = true; stop(); }, options.timeoutMillis);
    options.signal.addEventListener('abort', stop, { once: true });
    const clean = (): void => {
      clearTimeout(timer);
      options.signal.removeEventListener('abort', stop);
    };
    child.once('error', (cause) => {
      clean();
      reject(new PyiError('INVALID_ARGUMENT', `Cannot run ${JSON.stringify(program)}: ${cause.message}`, program.includes(' ') ? `Give it in words, without quotes: -- ${program}. For a shell: -- sh -c ${JSON.stringify(program)}` : 'Check the name of the program and your PATH.', { cause }));
    });
    child.once('close', (code) => {
      clean();
      if (options.signal.aborted) {
        reject(new PyiError('CANCELLED', `${program} was cancelled`, 'Nothing was recorded.'));
        return;
      }
      if (late) output.push(Buffer.from(`\n(ended by PYI: the time limit of ${options.timeoutMillis / 1000} s was reached)\n`));
      resolve({ exit: late ? null : code, output: output.bytes() });
    });
    if (options.signal.aborted) stop();
  });
}

/** Ends a process and its group: asked first, then made to. */
function endGroup(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  signalGroup(pid, 'SIGTERM');
  const timer = setTimeout(() => { signalGroup(pid, 'SIGKILL'); }, KILL_AFTER_MILLIS);
  child.once('close', () => { clearTimeout(timer); });
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

/** Keeps the last bytes of a stream. */
class Tail {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    while (this.#size - (this.#chunks[0]?.length ?? 0) >= this.#limit) this.#size -= this.#chunks.shift()?.length ?? 0;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks).subarray(-this.#limit);
  }
}
