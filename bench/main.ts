import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.ts';
import { parseOptions, USAGE } from './options.ts';

/**
 * `npm run bench [-- OPTIONS]`: bundles the benchmarks and runs them in a process of their own. See docs/benchmarks.md.
 */
async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (typeof options === 'string') {
    console.error(`${options}\n\n${USAGE}`);
    return 2;
  }
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
  const directory = await bundle(root);
  const env = { ...process.env, ...(process.env['PYI_BENCH_DIR'] === undefined ? {} : { TMPDIR: path.resolve(process.env['PYI_BENCH_DIR']) }) };
  const flags = options.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${path.resolve(options.profile)}`];
  const { status } = spawnSync(process.execPath, ['--expose-gc', ...flags, path.join(directory, 'run.cjs'), ...args], { stdio: 'inherit', env });
  return status ?? 1;
}

process.exitCode = await main(process.argv.slice(2));
