import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ServerProgram } from '../connect/spawn.ts';
import { runProcess } from './process.ts';

/** The `pyi` command. */

const self = realpathSync(process.argv[1] ?? '.');

/** Beside the bundle lies the bundle of the server; beside the sources its source, for the same loader. */
const program: ServerProgram = self.endsWith('.ts')
  ? { entry: join(dirname(self), '..', 'server', 'main.ts'), nodeArguments: process.execArgv, arguments: ['--foreground'] }
  : { entry: join(dirname(self), 'server.cjs'), arguments: ['--foreground'] };

runProcess(program).catch((error: unknown) => {
  process.stderr.write(`pyi: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
