import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SeededRandom } from '../../test/support/random.ts';
import { spreadOf, verify } from '../harness.ts';
import { runProgram } from '../program.ts';
import type { Spread } from '../rows.ts';
import type { CrowdPlace } from './place.ts';
import { agentName, crowdPaths, filesOf, originalContent, writtenContent } from './work.ts';

/** What git needs for each step of an agent that has a work tree of its own. */
export interface GitWay {
  /** Calls of all agents together per second: what PYI's agents do in so many calls. */
  readonly perSecond: number;
  readonly worktree: Spread;
  readonly commit: Spread;
  readonly merge: Spread;
}

/** As many at once as the machine of the figures has processors: more only wait for each other. */
const AT_ONCE = 2;

/**
 * The same work as `CrowdAgent` does, with one git worktree for each agent, by a sample of them: a work tree of 850 agents each would
 * take 850 times the repository. Going back is `reset --hard`; scores cost git nothing.
 */
export async function runGitWay(place: CrowdPlace, agents: number, steps: number): Promise<GitWay> {
  const { repository } = place;
  const paths = crowdPaths(place.files);
  const directory = path.join(repository.directory, 'worktrees');
  mkdirSync(directory);
  const times = { worktree: [] as number[], commit: [] as number[], merge: [] as number[] };
  let operations = 0;
  const git = (cwd: string, ...args: readonly string[]): Promise<void> => runProgram('git', args, cwd, repository.env);
  const timed = async (into: number[], work: () => Promise<void>): Promise<void> => {
    const started = performance.now();
    await work();
    into.push((performance.now() - started) * 1000);
  };

  const live = async (agent: number): Promise<void> => {
    const dir = path.join(directory, agentName(agent));
    const random = new SeededRandom(agent);
    const mine = new Map<string, string>();
    await timed(times.worktree, () => git(repository.root, 'worktree', 'add', '-q', '-b', agentName(agent), dir));
    for (let step = 0; step < steps; step++) {
      const file = random.pick(filesOf(agent, paths));
      verify(readFileSync(path.join(dir, file), 'latin1') === (mine.get(file) ?? originalContent(file)), `git's copy of ${file} is not what was written`);
      mine.set(file, writtenContent(agent, step));
      writeFileSync(path.join(dir, file), writtenContent(agent, step));
      await timed(times.commit, () => git(dir, 'commit', '-qam', `step ${step + 1}`));
      operations += 3;
    }
    operations++;
  };
  const started = performance.now();
  const lives = Array.from({ length: agents }, (_, n) => n);
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let agent = lives.shift(); agent !== undefined; agent = lives.shift()) await live(agent * 10);
  }));
  const perSecond = operations / ((performance.now() - started) / 1000);
  for (let agent = 0; agent < agents; agent++) await timed(times.merge, () => git(repository.root, 'merge', '-q', '--no-ff', '-m', agentName(agent), agentName(agent * 10)));
  const spread = (list: readonly number[]): Spread => spreadOf(Float64Array.from(list));
  return { perSecond, worktree: spread(times.worktree), commit: spread(times.commit), merge: spread(times.merge) };
}
