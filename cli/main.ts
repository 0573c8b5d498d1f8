import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServerProgram } from '../connect/spawn.ts';
import { runProcess } from './process.ts';

/** The `pyi` command. */

const self = fileURLToPath(import.meta.url);
const above = join(dirname(self), '..');

/** Above the bundles lies the bundle of the server; beside the sources its source, for the same loader. */
const program: ServerProgram = self.endsWith('.ts')
  ? { entry: join(above, 'server', 'main.ts'), nodeArguments: process.execArgv, arguments: ['--foreground'] }
  : { entry: join(above, 'server.cjs'), arguments: ['--foreground'] };

runProcess(program, join(above, 'integrations')).catch((error: unknown) => {
  process.stderr.write(`pyi: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
