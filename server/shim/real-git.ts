import { spawn } from 'node:child_process';
import { MAX_ANSWER_BYTES } from './wire.ts';
import type { Answer } from './wire.ts';

/** A run of git as its caller would have it. */
export interface GitRun {
  readonly git: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** What it reads from stdin, a byte a character; undefined: nothing. */
  readonly input?: string | undefined;
}

/**
 * Runs the real git with the caller's arguments and environment, and what they gave on stdin. Undefined when it could not start, was
 * cancelled, ended by a signal, or said more than is kept.
 */
export async function runGit({ git, args, cwd, env, signal, input }: GitRun): Promise<Answer | undefined> {
  if (signal.aborted) return undefined;
  return new Promise((resolve) => {
    // A copy: Node writes variables of its own into what it is given (NODE_V8_COVERAGE).
    const child = spawn(git, args, { cwd, env: { ...env }, stdio: 'pipe', windowsHide: true });
    // One that ends before it has read everything is no fault.
    child.stdin.on('error', () => undefined).end(Buffer.from(input ?? '', 'latin1'));
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let bytes = 0;
    const end = (): boolean => child.kill('SIGKILL');
    const take = (chunks: Buffer[]) => (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) end();
      else chunks.push(chunk);
    };
    child.stdout.on('data', take(out));
    child.stderr.on('data', take(err));
    signal.addEventListener('abort', end, { once: true });
    child.once('error', () => resolve(undefined));
    child.once('close', (code) => {
      signal.removeEventListener('abort', end);
      resolve(code === null || bytes > MAX_ANSWER_BYTES || signal.aborted ? undefined : { code, stdout: Buffer.concat(out), stderr: Buffer.concat(err) });
    });
  });
}
