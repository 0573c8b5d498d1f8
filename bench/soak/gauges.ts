import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { CrowdPlace } from '../crowd/place.ts';

/** What a server and its store hold at one moment: what must not grow while the same work is done again and again. */
export interface Gauges {
  readonly seconds: number;
  /** Bytes. */
  readonly memory: number;
  readonly descriptors: number;
  readonly threads: number;
  /** Live forks, and all that are not yet swept. */
  readonly live: number;
  readonly forks: number;
  readonly directories: number;
  /** Files of the store, and their bytes. */
  readonly files: number;
  readonly bytes: number;
}

export async function readGauges(place: CrowdPlace, seconds: number): Promise<Gauges> {
  const { pid } = place.server;
  const wire = await place.connect();
  const forks = await wire.call('forks', { repository: place.repository.root, all: true });
  wire.close();
  const store = path.join(place.repository.root, '.git', 'pyi');
  const files = readdirSync(store, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => path.join(entry.path, entry.name));
  return {
    seconds, memory: place.memory('VmRSS'),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    threads: Number(/^Threads:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]),
    live: forks.filter(({ state }) => state === 'live').length, forks: forks.length,
    directories: linkedWorktrees(place),
    files: files.length,
    bytes: files.reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0),
  };
}

function linkedWorktrees({ repository }: CrowdPlace): number {
  return repository.git(['worktree', 'list', '--porcelain']).split('\n').filter((line) => line.startsWith('worktree ')).length - 1;
}

/** A bound on what may be there at the end, against the steady part of the run. */
interface Bound {
  readonly name: string;
  readonly of: (gauges: Gauges) => number;
  /** Allowed beyond the largest of the first half. */
  readonly slack: (largest: number) => number;
}

const MB = 1e6;

const BOUNDS: readonly Bound[] = [
  // The heap grows until its next full collection, whenever that is.
  { name: 'resident memory, MB', of: ({ memory }) => memory / MB, slack: (largest) => Math.max(0.15 * largest, 30) },
  { name: 'open descriptors', of: ({ descriptors }) => descriptors, slack: () => 8 },
  { name: 'threads', of: ({ threads }) => threads, slack: () => 2 },
  { name: 'live forks', of: ({ live }) => live, slack: () => 0 },
  { name: 'forks', of: ({ forks }) => forks, slack: () => 0 },
  { name: 'fork directories', of: ({ directories }) => directories, slack: () => 0 },
  { name: 'files of the store', of: ({ files }) => files, slack: () => 8 },
];

/**
 * What has leaked, in words; empty when nothing has. Each gauge was read at the same point of a round, when everything that the round
 * made was given up. The first quarter is warm-up; the second half may not pass the largest of the second quarter by more than its slack.
 */
export function leaks(rounds: readonly Gauges[]): string[] {
  const quarter = Math.floor(rounds.length / 4);
  if (quarter < 1) return [`only ${rounds.length} rounds: too few to tell`];
  const settled = rounds.slice(quarter, 2 * quarter);
  const late = rounds.slice(2 * quarter);
  return BOUNDS.flatMap(({ name, of, slack }) => {
    const largest = Math.max(...settled.map(of));
    // The least of the second half: what has leaked is there in all of it, what is only busy is not.
    const least = Math.min(...late.slice(Math.floor(late.length / 2)).map(of));
    return least > largest + slack(largest) ? [`${name}: never below ${least.toFixed(1)} at the end, at most ${largest.toFixed(1)} before`] : [];
  });
}

export function printGauges(rounds: readonly Gauges[]): void {
  const names = ['after s', 'memory MB', 'descriptors', 'threads', 'live', 'forks', 'directories', 'files', 'store MB'];
  console.log(names.map((name) => name.padStart(12)).join(''));
  // At most so many lines, whatever the length of the run.
  const every = Math.ceil(rounds.length / 40);
  rounds.forEach((gauges, index) => {
    if (index % every !== 0 && index !== rounds.length - 1) return;
    const { seconds, memory, descriptors, threads, live, forks, directories, files, bytes } = gauges;
    console.log([seconds.toFixed(0), (memory / MB).toFixed(1), descriptors, threads, live, forks, directories, files, (bytes / MB).toFixed(1)].map((value) => String(value).padStart(12)).join(''));
  });
}
