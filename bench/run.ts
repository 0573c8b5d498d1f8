import { Bench } from './bench.ts';
import type { Case } from './bench.ts';
import { durableCase, manyAgentsCase } from './cases/agents.ts';
import { ccpmCase } from './cases/ccpm.ts';
import { checkpointCase, flatCase } from './cases/checkpoint.ts';
import { crowdCase } from './cases/crowd.ts';
import { directoryForkCase, directoryRewindCase } from './cases/directory-fork.ts';
import { directoryCase, ingestCase } from './cases/directory.ts';
import { attemptCase, discardCase, forkCase, rewindCase } from './cases/fork.ts';
import { gitCases } from './cases/git.ts';
import { collapseCase, mergeCase } from './cases/merge.ts';
import { ioCase } from './cases/io.ts';
import { memoryCase } from './cases/memory.ts';
import { floodCase, pacedCase } from './cases/paced.ts';
import { putCase } from './cases/put.ts';
import { readCase } from './cases/read.ts';
import { restartCase } from './cases/restart.ts';
import { timelineCase } from './cases/timeline.ts';
import { traceCase } from './cases/trace.ts';
import { viewsCase } from './cases/views.ts';
import { describeMachine } from './machine.ts';
import { CHECK_SLACK, parseOptions, USAGE } from './options.ts';
import { closing, heading, lines, writeJson } from './report.ts';
import { reaches } from './rows.ts';
import type { Row } from './rows.ts';

const CASES: readonly Case[] = [
  checkpointCase, flatCase, durableCase, manyAgentsCase, forkCase, rewindCase, discardCase, attemptCase, mergeCase, collapseCase, readCase, putCase, traceCase,
  directoryCase, directoryForkCase, directoryRewindCase, ingestCase, memoryCase, restartCase, timelineCase, viewsCase,
  crowdCase, pacedCase, floodCase, ccpmCase, ioCase,
  ...gitCases,
];

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (typeof options === 'string') {
    console.error(`${options}\n\n${USAGE}`);
    return 2;
  }
  const chosen = CASES.filter(({ name }) => options.only.length === 0 || options.only.some((only) => name.startsWith(only) || only.startsWith(name)));
  if (chosen.length === 0) {
    console.error(`No case begins with ${options.only.join(' or ')}. There are ${CASES.map(({ name }) => name).join(', ')}.`);
    return 2;
  }
  const rows: Row[] = [];
  const started = performance.now();
  const bench = new Bench(options.short, (row) => {
    rows.push(row);
    for (const text of lines(row)) console.log(text);
  });
  try {
    for (const text of describeMachine(bench.directory)) console.log(text);
    console.log(`\n${heading()}`);
    for (const one of chosen) {
      try {
        await one.run(bench);
      } finally {
        await bench.endCase();
      }
    }
  } catch (error) {
    console.error(`FAILED: ${error instanceof Error ? error.stack ?? error.message : String(error)}`);
    return 1;
  } finally {
    bench.remove();
  }
  console.log(`\n${closing(rows)}\nin ${Math.round((performance.now() - started) / 1000)} s`);
  if (options.json !== undefined) writeJson(options.json, rows);
  const far = options.check ? rows.filter((row) => !reaches(row, CHECK_SLACK)) : [];
  for (const row of far) console.error(`${row.name} misses its target by more than ${CHECK_SLACK} times`);
  return far.length > 0 ? 1 : 0;
}

void main(process.argv.slice(2)).then((code) => { process.exitCode = code; });
