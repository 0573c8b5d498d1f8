import { fileURLToPath } from 'node:url';
import { runProcess } from '../../../cli/process.ts';

/** The `pyi` command with the server of the transport's tests. */
await runProcess({
  entry: fileURLToPath(new URL('../transport/fixture-server.ts', import.meta.url)),
  nodeArguments: ['--import', import.meta.resolve('tsx')],
  arguments: ['--foreground'],
}, fileURLToPath(new URL('../../../integrations', import.meta.url)));
