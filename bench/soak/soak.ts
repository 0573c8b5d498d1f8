import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Crew } from '../crowd/crew.ts';
import { collapseAll, verifyInGit } from '../crowd/outcome.ts';
import { CrowdPlace } from '../crowd/place.ts';
import { agentName } from '../crowd/work.ts';
import { verify } from '../harness.ts';
import type { Gauges } from './gauges.ts';
import { readGauges } from './gauges.ts';

const FILES = 1_000;
/** Agents of a round; their numbers go on, so that nobody comes twice. */
const AGENTS = 40;
const STEPS = 6;
/** A busy machine gets less done in its minutes; fewer rounds would tell nothing. */
const FEWEST_ROUNDS = 8;
/** Forks of a round that have directories. */
const DIRECTORIES = 3;

export interface Soaked {
  readonly rounds: readonly Gauges[];
  readonly agents: number;
  readonly checkpoints: number;
  readonly collapses: number;
  readonly killed: number;
}

/**
 * The life of a server, in rounds: agents come in processes of their own, fork and work; one process is killed (SIGKILL) in the middle;
 * tasks of those that live collapse into Git; everything else is discarded and swept. After each round nothing of it should be left.
 */
export async function soak(minutes: number, onRound: (gauges: Gauges) => void = () => undefined): Promise<Soaked> {
  const place = await CrowdPlace.create(FILES);
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  const rounds: Gauges[] = [];
  let [checkpoints, collapses, killed] = [0, 0, 0];
  try {
    while (seconds() < minutes * 60 || rounds.length < FEWEST_ROUNDS) {
      const done = await round(place, rounds.length * AGENTS);
      checkpoints += done.checkpoints;
      collapses += done.collapses;
      killed += done.killed;
      const gauges = await readGauges(place, seconds());
      rounds.push(gauges);
      onRound(gauges);
    }
    const wire = await place.connect();
    const { faults } = await wire.call('verify', { repository: place.repository.root });
    verify(faults.length === 0, `the store has faults: ${faults[0]?.problem ?? ''}`);
    wire.close();
    return { rounds, agents: rounds.length * AGENTS, checkpoints, collapses, killed };
  } finally {
    await place.end();
    place.repository.remove();
  }
}

async function round(place: CrowdPlace, first: number): Promise<{ checkpoints: number; collapses: number; killed: number }> {
  const repository = place.repository.root;
  const where = { runtime: place.runtime, repository, files: FILES, isFresh: false };
  const crew = new Crew(1);
  const doomed = new Crew(1);
  try {
    const half = AGENTS / 2;
    await crew.connect(Array.from({ length: half }, (_, n) => first + n), where);
    await doomed.connect(Array.from({ length: half }, (_, n) => first + half + n), where);
    for (const one of [crew, doomed]) await one.ask('begin', { count: half, together: true });
    const dies = doomed.ask('work', { steps: 1_000_000, pauseMillis: 0 }).then(() => { throw new Error('agents outlived their process'); }, () => undefined);
    await crew.ask('work', { steps: STEPS, pauseMillis: 0 });
    await doomed.kill();
    await dies;
    await crew.ask('verify', { all: true });
    const expected = (await crew.ask('expected', {})).flatMap(({ agents }) => agents);
    const wire = await place.connect();
    const won = await collapseAll(place, wire, expected);
    verifyInGit(place, won, expected);
    const dirs = await useDirectories(place, first);
    await wire.call('discard', { repository, forks: [...Array.from({ length: half }, (_, n) => agentName(first + half + n)), ...dirs.forks] });
    await crew.ask('close', {});
    await wire.call('sweep', { repository, graceSeconds: 0 });
    verify(dirs.places.every((dir) => !existsSync(dir)), 'a directory of a discarded fork is still there after a sweep');
    wire.close();
    return { checkpoints: expected.reduce((sum, one) => sum + one.checkpoints, 0), collapses: won.length, killed: half };
  } finally {
    await crew.kill();
    await doomed.kill();
  }
}

/** Forks with directories, worked in as programs do. */
async function useDirectories(place: CrowdPlace, first: number): Promise<{ forks: string[]; places: string[] }> {
  const repository = place.repository.root;
  const wire = await place.connect();
  const made = await Promise.all(Array.from({ length: DIRECTORIES }, (_, n) => wire.call('fork', { repository, name: `directory-${first}-${n}`, agent: 'directory' })));
  for (const { fork, dir } of made) {
    verify(dir !== null, 'a fork has no directory');
    writeFileSync(path.join(dir, 'new.txt'), fork);
    await wire.call('checkpoint', { repository, fork });
    const { base64 } = await wire.call('read', { repository, fork, path: 'new.txt' });
    verify(Buffer.from(base64, 'base64').toString() === fork, 'a checkpoint missed what was written into a directory');
  }
  wire.close();
  return { forks: made.map(({ fork }) => fork), places: made.flatMap(({ dir }) => (dir === null ? [] : [dir])) };
}
