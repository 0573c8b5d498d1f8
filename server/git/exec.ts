import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { PyiError } from '../../protocol/errors.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import { cleanEnvironment, PLUMBING_ENVIRONMENT } from './environment.ts';

export interface GitOptions {
  /** Path of the real git, or a name that the environment's PATH resolves. */
  readonly executable: string;
  /** The environment that children start from, as the server got it. */
  readonly env: NodeJS.ProcessEnv;
  /** Directory for runs that name none. */
  readonly defaultCwd: string;
  /** Told that a git process starts, by its subcommand; what it returns is told that it has ended. */
  readonly observer?: GitObserver | undefined;
}

export type GitObserver = (subcommand: string) => () => void;

export interface StartOptions {
  readonly cwd?: string | undefined;
  /** Variables on top of the clean environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Ends the process and everything that it started. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Run as if the user had typed it: their language, their optional locks. For commands that run the
   * user's own programs (hooks, gpg), which should notice nothing.
   */
  readonly asUser?: boolean;
}

export interface RunOptions extends StartOptions {
  readonly input?: Buffer | string | undefined;
  /** Exit codes that are answers rather than failures. Default: 0. */
  readonly okCodes?: readonly number[];
}

export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** A git process whose streams the caller drives. */
export interface GitProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** How it ended. Rejects with `CANCELLED` after an abort, `NOT_FOUND` when git could not start. */
  readonly finished: Promise<{ readonly code: number; readonly stderr: string }>;
}

/** git ended with an exit code that was not expected. */
export class GitError extends PyiError {
  readonly exitCode: number;
  readonly stderr: string;

  constructor(args: readonly string[], exitCode: number, stderr: string) {
    const text = printable(stderr).trim();
    const { code, hint } = classify(text);
    super(code, `git ${subcommand(args)} failed with exit code ${exitCode}${text === '' ? '' : `: ${text}`}`, hint);
    this.name = 'GitError';
    this.exitCode = exitCode;
    this.stderr = stderr;
  }
}

/** How much of a child's stderr is kept: its end, where git and hooks say what went wrong. */
const STDERR_KEPT = 64 * 1024;
/** How long a child may take to end after SIGTERM. */
const KILL_GRACE_MILLIS = 5_000;
/** How long after git's end its pipes may stay open, held by something that a hook left behind. */
const PIPE_GRACE_MILLIS = 1_000;

/** Runs the real git, without a shell, in an environment that is known. */
export class Git {
  readonly #options: GitOptions;
  readonly #executable: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #defaultCwd: string;

  constructor(options: GitOptions) {
    this.#options = options;
    this.#executable = options.executable;
    this.#env = cleanEnvironment(options.env);
    this.#defaultCwd = options.defaultCwd;
  }

  /** The same git, with an observer of its own: what one store has it run is counted for that store. */
  observedBy(observer: GitObserver): Git {
    return new Git({ ...this.#options, observer });
  }

  /** A variable of the environment that children get, such as `HOME`. */
  variable(name: string): string | undefined {
    return this.#env[name];
  }

  /**
   * Runs git to its end.
   * @throws GitError for an exit code that is not in `okCodes`
   * @throws PyiError `NOT_FOUND` (no git, no such directory), `CANCELLED`
   */
  async run(args: readonly string[], options: RunOptions = {}): Promise<GitResult> {
    const process = this.start(args, options);
    const chunks: Buffer[] = [];
    process.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    process.stdin.end(options.input ?? '');
    const { code, stderr } = await process.finished;
    if (!(options.okCodes ?? [0]).includes(code)) throw new GitError(args, code, stderr);
    return { code, stdout: Buffer.concat(chunks), stderr };
  }

  /** Starts git and leaves its streams to the caller, who must read `stdout` to its end. */
  start(args: readonly string[], options: StartOptions = {}): GitProcess {
    if (options.signal?.aborted === true) throw cancelled(args);
    const cwd = options.cwd ?? this.#defaultCwd;
    const ended = this.#options.observer?.(subcommand(args));
    const child = spawn(this.#executable, args, {
      cwd,
      env: { ...this.#env, ...(options.asUser === true ? {} : PLUMBING_ENVIRONMENT), ...options.env },
      stdio: 'pipe',
      windowsHide: true,
      // A process group of its own, so that a cancellation reaches the hooks that git started.
      detached: process.platform !== 'win32',
    });
    // A child that ends without reading its input (EPIPE) says by its exit code what was wrong.
    child.stdin.on('error', () => undefined);
    if (ended !== undefined) child.once('close', ended);
    return { stdin: child.stdin, stdout: child.stdout, finished: this.#finished(child, args, cwd, options) };
  }

  #finished(
    child: ChildProcessWithoutNullStreams, args: readonly string[], cwd: string, options: StartOptions,
  ): Promise<{ code: number; stderr: string }> {
    const { signal } = options;
    let stderr = '';
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text: string) => { stderr = (stderr + text).slice(-STDERR_KEPT); });
    let killTimer: NodeJS.Timeout | undefined;
    const abort = (): void => {
      endGroup(child, 'SIGTERM');
      killTimer = setTimeout(() => { endGroup(child, 'SIGKILL'); }, KILL_GRACE_MILLIS).unref();
    };
    signal?.addEventListener('abort', abort, { once: true });
    return new Promise((resolve, reject) => {
      child.once('error', (error: NodeJS.ErrnoException) => { reject(this.#startFailure(error, cwd)); });
      if (options.asUser === true) child.once('exit', () => { closePipesLater(child); });
      child.once('close', (code, killedBy) => {
        signal?.removeEventListener('abort', abort);
        clearTimeout(killTimer);
        if (signal?.aborted === true) reject(cancelled(args));
        else if (code === null) reject(new GitError(args, 128, `ended by ${String(killedBy)}\n${stderr}`));
        else resolve({ code, stderr });
      });
    });
  }

  #startFailure(error: NodeJS.ErrnoException, cwd: string): PyiError {
    // spawn says ENOENT for a missing program and for a missing directory alike.
    if (error.code === 'ENOENT' && existsSync(cwd)) {
      return new PyiError('NOT_FOUND', `git was not found: ${this.#executable}`,
        'Install git, or put the directory that holds it into PATH, and start the server again.', { cause: error });
    }
    if (error.code === 'ENOENT') {
      return new PyiError('NOT_FOUND', `The directory does not exist: ${cwd}`, 'Check the path.', { cause: error });
    }
    return new PyiError('INTERNAL', `git could not be started: ${error.message}`, 'Check that git runs by hand.', { cause: error });
  }
}

/** Text of a program without what would drive a terminal: escape sequences and control characters. */
export function printable(text: string): string {
  return text.replace(/\x1b\[[0-9;?]*[ -/]*[@-~]/g, '').replace(/[^\P{Cc}\n\t]/gu, '');
}

function closePipesLater(child: ChildProcessWithoutNullStreams): void {
  const timer = setTimeout(() => {
    child.stdout.destroy();
    child.stderr.destroy();
  }, PIPE_GRACE_MILLIS);
  child.once('close', () => { clearTimeout(timer); });
}

function endGroup(child: ChildProcessWithoutNullStreams, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // The group ended in the meantime.
  }
}

function cancelled(args: readonly string[]): PyiError {
  return new PyiError('CANCELLED', `git ${subcommand(args)} was cancelled`, 'Nothing was changed; run it again when you want to.');
}

/** The git command among arguments that may begin with `-c name=value` and `--git-dir=…`. */
function subcommand(args: readonly string[]): string {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (arg === '-c') i++;
    else if (!arg.startsWith('-')) return arg;
  }
  return '';
}

function classify(stderr: string): { code: ErrorCode; hint: string } {
  if (/No space left on device|Disk quota exceeded|Out of diskspace/i.test(stderr)) {
    return { code: 'NO_SPACE', hint: 'Make room on the disk and try again.' };
  }
  if (/\.lock': File exists/.test(stderr)) {
    return { code: 'BUSY', hint: 'Another git process is at work in this repository; try again when it has finished.' };
  }
  if (/detected dubious ownership/.test(stderr)) {
    return { code: 'UNAUTHORIZED', hint: 'If you trust the repository, run: git config --global --add safe.directory <its path>' };
  }
  return { code: 'INTERNAL', hint: 'Run "git fsck" in the repository; if git is content, report this message.' };
}
