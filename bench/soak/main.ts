import { leaks, printGauges } from './gauges.ts';
import { soak } from './soak.ts';

const USAGE = `npm run soak [-- --minutes N]

Agents come, fork, work, die, collapse and are swept, for an hour or for N minutes. Ends with 1 when memory, descriptors, threads, forks,
directories or files grow from round to round, or when a state is not what was acknowledged.`;

/** `npm run soak`: see docs/benchmarks.md. */
async function main(args: readonly string[]): Promise<number> {
  const [option, value] = args.flatMap((arg) => arg.split('='));
  const minutes = args.length === 0 ? 60 : option === '--minutes' ? Number(value) : Number.NaN;
  if (!(minutes > 0)) {
    console.error(USAGE);
    return option === '--help' ? 0 : 2;
  }
  console.log(`Soaking for ${minutes} minutes.`);
  const { rounds, agents, checkpoints, collapses, killed } = await soak(minutes);
  printGauges(rounds);
  console.log(`\n${rounds.length} rounds: ${agents} agents, of which ${killed} were killed; ${checkpoints} checkpoints of the others and ${collapses} collapses, all read back.`);
  const found = leaks(rounds);
  for (const leak of found) console.error(`LEAK ${leak}`);
  console.log(found.length === 0 ? 'Nothing leaks.' : `${found.length} leaks.`);
  return found.length === 0 ? 0 : 1;
}

void main(process.argv.slice(2)).then((code) => { process.exitCode = code; }, (error: unknown) => {
  console.error(`FAILED: ${error instanceof Error ? error.stack ?? error.message : String(error)}`);
  process.exitCode = 1;
});
