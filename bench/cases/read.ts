import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { BytePath } from '../../protocol/paths.ts';
import { readContent } from '../../server/engine/content/content.ts';
import { SeededRandom } from '../../test/support/random.ts';
import { openStore } from '../bench.ts';
import type { Bench, Case } from '../bench.ts';
import { measure, verify } from '../harness.ts';
import { GitPeer } from '../peers.ts';
import { afterReopening, forkNamed } from '../states.ts';
import { Contents, fileOf, nestedPaths } from '../synthetic.ts';

const CONTENT_BYTES = 4096;
const SEED = 11;

/** A file of 4 KB read from a fork by its path: look-up in the tree, then the content, copied out. */
export const readCase: Case = {
  name: 'read',
  async run(bench) {
    const files = bench.short ? 2_000 : 10_000;
    const paths = nestedPaths(files);
    const directory = bench.place();
    const first = openStore(directory);
    const contents = new Contents(SEED, CONTENT_BYTES);
    const edits = paths.map((file, i) => ({ path: file, entry: fileOf(first.engine, contents.at(i)) }));
    first.engine.createWorkspace({ name: 'workspace', agent: 'user', dir: null, edits, git: null });
    await first.store.close();
    const git = gitPeer(paths);

    await cold(bench, directory, paths, git);
    const open = openStore(directory);
    const { store } = open;
    const workspace = forkNamed(open.engine, 'workspace');
    const random = new SeededRandom(3);
    // Few enough to stay in the cache, as what agents work on does.
    const hot = Array.from({ length: 500 }, () => random.below(files));
    let read: Buffer = Buffer.alloc(0);
    let at = 0;
    const spread = measure({ count: bench.short ? 10_000 : 50_000, warmup: 10_000 }, () => {
      read = readContent(store, open.engine.lookup(workspace, paths[at] as BytePath)?.id ?? NO_ID);
    }, (i) => { at = hot[i % hot.length] as number; });
    verify(read.equals(contents.at(at)), 'a hot read returned something else than was written');
    await afterReopening(directory, open, (engine) => {
      const fork = forkNamed(engine, 'workspace');
      for (const i of hot) verify(readContent(engine.store, engine.lookup(fork, paths[i] as BytePath)?.id ?? NO_ID).equals(contents.at(i)), 'a file has other content than was written');
    });
    bench.report({
      name: 'read/hot', unit: 'µs', ...spread, level: 'memory', verified: true, target: { p50: 5 },
      peers: [{ name: 'git cat-file --batch, mean', p50: git.readObjects(namesOf(hot, paths)) }],
    });
  },
};

const NO_ID = Buffer.alloc(32);

/** Each file once, in a store that was just opened: first with its segments dropped from the system's page cache, then with them in it. */
async function cold(bench: Bench, directory: string, paths: readonly BytePath[], git: GitPeer): Promise<void> {
  const order = new SeededRandom(4).shuffled(Array.from(paths, (_, i) => i)).slice(0, bench.short ? 1_000 : 5_000);
  for (const source of ['disk', 'page cache'] as const) {
    const dropped = source === 'page cache' || dropFromPageCache(path.join(directory, 'segments'));
    if (source === 'disk') dropFromPageCache(path.join(git.repository.root, '.git/objects/pack'));
    const peer = git.readObjects(namesOf(order, paths));
    const { store, engine } = openStore(directory);
    const workspace = forkNamed(engine, 'workspace');
    const contents = new Contents(SEED, CONTENT_BYTES);
    let read: Buffer = Buffer.alloc(0);
    let at = 0;
    const check = (): void => verify(read.length === 0 || read.equals(contents.at(at)), 'a cold read returned something else than was written');
    // Nothing to warm up with: what was read once is not cold. The first reads pay for compiling the code.
    const spread = measure({ count: order.length, warmup: 0 }, () => {
      read = readContent(store, engine.lookup(workspace, paths[at] as BytePath)?.id ?? NO_ID);
    }, (i) => {
      check();
      at = order[i] as number;
    });
    check();
    await store.close();
    bench.report({
      name: source === 'disk' ? 'read/cold' : 'read/cold/cached', unit: 'µs', ...spread, verified: true,
      level: dropped ? source : 'page cache', ...(source === 'disk' ? { target: { p50: 100 } } : {}),
      peers: [{ name: 'git cat-file --batch, mean', p50: peer }],
      ...(dropped ? {} : { cause: 'the page cache could not be dropped here' }),
    });
  }
}

/** Asks the system to forget the cached pages of a directory's files, and says whether it did. Only GNU dd can ask; nothing else is touched. */
function dropFromPageCache(directory: string): boolean {
  const files = readdirSync(directory).map((name) => path.join(directory, name));
  // Pages that were never written out cannot be dropped.
  spawnSync('sync', files);
  for (const file of files) if (spawnSync('dd', [`if=${file}`, 'of=/dev/null', 'iflag=nocache', 'count=0', 'status=none']).status !== 0) return false;
  const cached = spawnSync('fincore', ['--bytes', '--noheadings', '--output', 'RES', ...files], { encoding: 'utf8' });
  return cached.status !== 0 || cached.stdout.trim().split(/\s+/).every((bytes) => Number(bytes) === 0);
}

function gitPeer(paths: readonly BytePath[]): GitPeer {
  const git = new GitPeer();
  const contents = new Contents(SEED, CONTENT_BYTES);
  git.importTree(paths.map((file, i) => [file, Buffer.from(contents.at(i))] as const));
  return git;
}

function namesOf(indexes: readonly number[], paths: readonly BytePath[]): string[] {
  return indexes.map((i) => `refs/heads/main:${paths[i] ?? ''}`);
}
