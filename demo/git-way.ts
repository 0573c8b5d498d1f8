import { rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { CANDIDATES, TARGET } from './candidates.ts';
import { git } from './project.ts';
import type { Stopwatch } from './stopwatch.ts';

/** How many agents git plays: enough for a median. */
const AGENTS = 4;

/** The same work with git alone, on the same repository at the same commit: a work tree each, a commit for each step. */
export async function runGitWay(root: string, scratch: string, watch: Stopwatch): Promise<void> {
  const commit = (dir: string, message: string): void => {
    git(dir, 'add', '-A');
    git(dir, '-c', 'core.hooksPath=/dev/null', '-c', 'commit.gpgSign=false', 'commit', '-q', '-m', message);
  };
  for (const candidate of CANDIDATES.slice(-AGENTS)) {
    const dir = path.join(scratch, candidate.agent);
    await watch.time('fork with a directory', () => { git(root, 'worktree', 'add', '-q', '--detach', dir); });
    for (const content of candidate.steps) {
      writeFileSync(path.join(dir, TARGET), `${content}// ${candidate.agent}\n`);
      await watch.time('checkpoint', () => { commit(dir, candidate.idea); });
    }
    rmSync(path.join(dir, 'vendor', 'zod'), { recursive: true, force: true });
    rmSync(path.join(dir, 'src'), { recursive: true, force: true });
    writeFileSync(path.join(dir, 'README.md'), 'oops\n');
    await watch.time('rewind', () => {
      commit(dir, 'wrecked');
      git(dir, 'reset', '-q', '--hard', 'HEAD~1');
    });
    await watch.time('throw away', () => { git(root, 'worktree', 'remove', '--force', dir); });
  }
}
