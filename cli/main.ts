import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import packageJson from '../package.json';
import type { ServerProgram } from '../connect/spawn.ts';
import type { Services } from './call.ts';
import { delegateToGit } from './git.ts';
import { run } from './run.ts';
import type { Ending } from './run.ts';
import type { Terminal } from './terminal.ts';

/** The `pyi` command: composes the real world and hands over. */

const self = realpathSync(process.argv[1] ?? '.');

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

/** Beside the bundle lies the bundle of the server; beside the sources its source, for the same loader. */
const program: ServerProgram = self.endsWith('.ts')
  ? { entry: join(dirname(self), '..', 'server', 'main.ts'), nodeArguments: process.execArgv, arguments: ['--foreground'] }
  : { entry: join(dirname(self), 'server.cjs'), arguments: ['--foreground'] };

const services: Services = {
  program,
  version: packageJson.version,
  connect: async ({ start, onWait, signal }) => {
    const { connectToServer } = await import('../connect/connect.ts');
    return connectToServer({ ...terminal, name: 'cli', version: packageJson.version, start: start ? services.program : undefined, onWait, signal });
  },
};

/** Ends this process the way its work ended; a signal is passed on, so that a shell sees it. */
function finish(ending: Ending): void {
  if (typeof ending === 'number') process.exitCode = ending;
  else process.kill(process.pid, ending);
}

// `pyi timeline | head`: the reader has what it wanted. 141 is what a shell shows for SIGPIPE.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(141);
    throw error;
  });
}

const args = process.argv.slice(2);
// Under the name of git, only git's commands count: `git fork` is nobody's business but git's.
const asGit = basename(process.argv[1] ?? '').replace(/\.\w+$/, '') === 'git';
(asGit ? delegateToGit(args, terminal) : run(args, terminal, services)).then(finish, (error: unknown) => {
  process.stderr.write(`pyi: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
