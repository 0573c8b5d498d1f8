import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import type { OperationName, ParamsInput } from '../../protocol/registry.ts';
import { KilledSession } from '../support/killed-session.ts';
import { SeededRandom } from '../support/random.ts';

/**
 * kill -9 in the middle of what takes long: setup, fork with a directory, materialize, rewind, sweep with compaction. The moment is
 * a number of file system events in the directory that is being written. After the restart everything acknowledged is there, and
 * the same call again does what it should.
 */

const SEED = Number(process.env['PYI_SEED'] ?? Date.now() % 1_000_000);
const FILES = 400;
const ROUNDS = 5;
const QUIET = { persistent: false } as const;

const fileName = (n: number): string => `f${n}.txt`;
const content = (n: number, version: string): string => `${version} ${n}\n`.repeat(40);

function allFiles(version: string): Record<string, string> {
  return Object.fromEntries(Array.from({ length: FILES }, (_, n) => [fileName(n), content(n, version)]));
}

/** Resolves after `count` events in a directory, which is made when it is missing. */
function events(directory: string, count: number): Promise<void> {
  fs.mkdirSync(directory, { recursive: true });
  return new Promise((resolve) => {
    let seen = 0;
    const watcher = fs.watch(directory, QUIET, () => {
      if (++seen < count) return;
      watcher.close();
      resolve();
    });
  });
}

function onDisk(directory: string): Record<string, string> {
  const names = fs.readdirSync(directory).filter((name) => /^f\d+\.txt$/.test(name));
  return Object.fromEntries(names.map((name) => [name, fs.readFileSync(path.join(directory, name), 'utf8')]));
}

/** Kills the server at a random moment of a call in each round, and gives what is left to `check`. */
async function rounds<N extends OperationName>(
  session: KilledSession, random: SeededRandom, most: number,
  round: (n: number) => Promise<{ directory: string; name: N; params: Omit<ParamsInput<N>, 'repository'>; check: (wasKilled: boolean) => Promise<void> }>,
): Promise<void> {
  let killed = 0;
  for (let n = 0; n < ROUNDS; n++) {
    const { directory, name, params, check } = await round(n);
    const wasKilled = await session.killDuring(name, params, events(directory, random.integer(1, most)));
    if (wasKilled) killed++;
    await session.restart();
    await check(wasKilled);
    assert.equal((await session.call('verify', {})).ok, true);
  }
  assert.ok(killed > 0, `no kill came in time (seed ${SEED})`);
}

test(`setup (seed ${SEED})`, async () => {
  const random = new SeededRandom(SEED);
  const session = await KilledSession.start(allFiles('first'));
  const { repository } = session;
  const store = path.join(repository.root, '.git/pyi');
  try {
    await rounds(session, random, 6, async () => {
      fs.rmSync(store, { recursive: true, force: true });
      return {
        directory: path.join(store, 'segments'), name: 'setup', params: {},
        check: async () => {
          const made = await session.call('setup', {});
          assert.equal(made.files, FILES);
          assert.deepEqual((await session.call('forks', {})).map((fork) => fork.name), ['workspace']);
          const changes = await session.call('changes', {});
          assert.deepEqual([changes.added, changes.changed, changes.deleted], [[], [], []]);
        },
      };
    });
  } finally {
    await session.end();
  }
});

test(`fork with a directory, materialize and rewind (seed ${SEED})`, async () => {
  const random = new SeededRandom(SEED);
  const session = await KilledSession.start(allFiles('first'));
  const { repository } = session;
  try {
    const first = (await session.call('setup', {})).checkpoint;
    await rounds(session, random, FILES, async (n) => ({
      directory: path.join(`${repository.root}.forks`, `fork-${n}`), name: 'fork', params: { name: `fork-${n}` },
      check: async () => {
        const made = (await session.call('forks', {})).find((fork) => fork.name === `fork-${n}`);
        const dir = made?.dir ?? (await session.call('fork', { name: `fork-${n}` })).dir ?? '';
        assert.deepEqual(onDisk(dir), allFiles('first'));
        assert.equal(repository.git(['status', '--porcelain'], { cwd: dir }), '');
        assert.equal(repository.git(['worktree', 'list']).split('\n').length, n + 2);
      },
    }));

    const out = path.join(repository.directory, 'out');
    await rounds(session, random, FILES, async (n) => {
      fs.mkdirSync(out, { recursive: true });
      fs.writeFileSync(path.join(out, 'kept.txt'), 'not ours\n');
      const version = `second ${n}`;
      for (let at = 0; at < FILES; at += 2) repository.write(fileName(at), content(at, version));
      const { checkpoint } = await session.call('checkpoint', {});
      return {
        directory: out, name: 'materialize', params: { checkpoint, out },
        check: async () => {
          await session.call('materialize', { checkpoint, out });
          assert.deepEqual(onDisk(out), onDisk(repository.root));
          assert.equal(fs.readFileSync(path.join(out, 'kept.txt'), 'utf8'), 'not ours\n');
          assert.deepEqual(fs.readdirSync(out).filter((name) => name.startsWith('.pyi-')), [], 'a temporary file was left');
        },
      };
    });

    await rounds(session, random, FILES, async (n) => {
      const version = `third ${n}`;
      for (let at = 0; at < FILES; at++) repository.write(fileName(at), content(at, version));
      const { checkpoint } = await session.call('checkpoint', { message: version });
      repository.write('unsaved.txt', `only in the directory ${n}\n`);
      return {
        directory: repository.root, name: 'rewind', params: { checkpoint: first },
        check: async () => {
          const known = await session.call('timeline', { limit: 1000 });
          assert.ok(known.some((row) => row.checkpoint === checkpoint), 'an acknowledged checkpoint is lost');
          const recovery = known.find((row) => row.kind === 'recovery' && row.time >= (known.find((each) => each.checkpoint === checkpoint)?.time ?? 0));
          if (recovery !== undefined) assert.ok((await session.call('ls', { fork: recovery.checkpoint })).some((row) => row.path === 'unsaved.txt'));
          else assert.ok(repository.exists('unsaved.txt'), 'what was never recorded is gone');
          await session.call('rewind', { checkpoint: first });
          assert.deepEqual(onDisk(repository.root), allFiles('first'));
          assert.equal(repository.exists('unsaved.txt'), false);
          assert.deepEqual(fs.readdirSync(repository.root).filter((name) => name.startsWith('.pyi-')), []);
        },
      };
    });
  } finally {
    await session.end();
  }
});

test(`sweep and compaction (seed ${SEED})`, async () => {
  const random = new SeededRandom(SEED);
  const session = await KilledSession.start({ 'a.txt': 'a\n' });
  const { repository } = session;
  const segments = path.join(repository.root, '.git/pyi/segments');
  try {
    await session.call('setup', {});
    const kept = new Map<string, string>();
    await rounds(session, random, 8, async (n) => {
      for (const name of [`keep-${n}`, `drop-${n}`]) {
        await session.call('fork', { name, dir: false });
        for (let file = 0; file < 6; file++) {
          const text = random.bytes(40_000).toString('hex');
          await session.call('write', { fork: name, path: `r${file}.txt`, content: { text } });
          const { checkpoint } = await session.call('checkpoint', { fork: name });
          if (name.startsWith('keep')) kept.set(`${checkpoint} r${file}.txt`, text);
        }
      }
      await session.call('discard', { forks: [`drop-${n}`] });
      return {
        directory: segments, name: 'sweep', params: { graceSeconds: 0 },
        check: async () => {
          await session.call('sweep', { graceSeconds: 0 });
          assert.deepEqual((await session.call('forks', { all: true })).filter((fork) => fork.state === 'discarded'), []);
          for (const [at, text] of kept) {
            const [checkpoint = '', file = ''] = at.split(' ');
            const read = await session.call('read', { fork: checkpoint, path: file });
            assert.equal(Buffer.from(read.base64, 'base64').toString('utf8') === text, true, `${at} does not read back (seed ${SEED})`);
          }
          assert.deepEqual(fs.readdirSync(segments).filter((name) => name.endsWith('.tmp')), []);
        },
      };
    });
    const { bytesOnDisk } = await session.call('stats', {});
    assert.ok(bytesOnDisk < ROUNDS * 6 * 80_000 * 1.5, `what was dropped still takes its room: ${bytesOnDisk}`);
  } finally {
    await session.end();
  }
});
