import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import packageJson from '../package.json';
import type { ServerProgram } from '../connect/spawn.ts';
import type { Services } from './call.ts';
import { delegateToGit } from './git.ts';
import { run } from './run.ts';
import type { Ending } from './run.ts';
import type { Terminal } from './terminal.ts';

/** What a shell shows for a program that SIGPIPE ended. */
const EXIT_BROKEN_PIPE = 141;

/** Runs this process as the `pyi` command; `program` is the server that it may start, `integrations` as in {@link Services}. */
export async function runProcess(program: ServerProgram, integrations: string): Promise<void> {
  const terminal: Terminal = {
    env: process.env,
    platform: process.platform,
    uid: process.getuid?.(),
    cwd: process.cwd(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    now: Date.now,
    onInterrupt: (listener) => {
      process.on('SIGINT', listener);
      return () => process.off('SIGINT', listener);
    },
    exit: (code) => process.exit(code),
  };
  const version = packageJson.version;
  const services: Services = {
    program, version, integrations, runLater,
    connect: async ({ start, onWait, signal }) => {
      const { connectToServer } = await import('../connect/connect.ts');
      return connectToServer({ ...terminal, name: 'cli', version, start, onWait, signal });
    },
  };
  for (const stream of [process.stdout, process.stderr]) {
    // `pyi timeline | head`: the reader has what it wanted.
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(EXIT_BROKEN_PIPE);
      throw error;
    });
  }
  const args = process.argv.slice(2);
  // Under the name of git, only git's commands count: `git fork` is nobody's business but git's.
  const asGit = basename(process.argv[1] ?? '').replace(/\.\w+$/, '') === 'git';
  finish(await (asGit ? delegateToGit(args, terminal) : run(args, terminal, services)));
}

function runLater(args: readonly string[], input: Uint8Array): void {
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', ...args], { detached: true, stdio: ['pipe', 'ignore', 'ignore'], windowsHide: true });
  child.once('error', () => undefined);
  child.stdin.on('error', () => undefined).end(input);
  child.unref();
}

/** Ends this process the way its work ended; a signal is passed on, so that a shell sees it. */
function finish(ending: Ending): void {
  if (typeof ending === 'number') process.exitCode = ending;
  else process.kill(process.pid, ending);
}
