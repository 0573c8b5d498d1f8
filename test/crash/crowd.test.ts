import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import type { Client } from '../../connect/client.ts';
import { PyiError } from '../../protocol/errors.ts';
import { GitRepository } from '../support/git-repository.ts';
import { setUp } from '../support/host.ts';
import { SeededRandom } from '../support/random.ts';
import { ServerProcess } from '../support/server-process.ts';

const CLIENTS = 40;
const ROUNDS = 12;
const SEED = Number(process.env['PYI_SEED'] ?? Date.now() % 1_000_000);

interface Left {
  readonly fork: string;
  readonly files: ReadonlyMap<string, string>;
  readonly checkpoints: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** One client forks, writes, takes checkpoints, rewinds, discards and undoes, over and over; returns what must be there afterwards. */
async function work(client: Client, repository: string, me: number): Promise<Left[]> {
  const random = new SeededRandom(SEED + me);
  const left: Left[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    // Every other fork takes the next free name, for which all clients of an agent compete.
    const named = round % 2 === 0 ? {} : { name: `fork ${me}-${round}` };
    const { fork } = await client.call('fork', { repository, agent: `agent ${me % 5}`, dir: false, ...named });
    const files = new Map([['a.txt', 'a\n'], ['b.txt', 'b\n']]);
    const checkpoints = new Map<string, ReadonlyMap<string, string>>();
    for (let step = 0; step < 3; step++) {
      const file = random.pick(['a.txt', 'b.txt', `new/${me}.txt`, `deep/er/${step}.txt`]);
      const text = `${me} ${round} ${step} ${random.integer(0, 1e9)}\n`.repeat(random.integer(1, 200));
      await client.call('write', { repository, fork, path: file, content: { text } });
      files.set(file, text);
      const { checkpoint } = await client.call('checkpoint', { repository, fork, level: random.chance(0.1) ? 'disk' : 'process' });
      checkpoints.set(checkpoint, new Map(files));
    }
    if (random.chance(0.3)) {
      await client.call('discard', { repository, forks: [fork] });
      // A free name may be another's by now.
      if ('name' in named && random.chance(0.5)) await client.call('undo', { repository, fork });
    }
    left.push({ fork, files, checkpoints });
  }
  return left;
}

async function contents(client: Client, repository: string, fork: string): Promise<Map<string, string>> {
  const rows = await client.call('ls', { repository, fork, recursive: true });
  const read = await Promise.all(rows.map((row) => client.call('read', { repository, fork, path: row.path })));
  return new Map(read.map((file) => [file.path, Buffer.from(file.base64, 'base64').toString('utf8')]));
}

test(`${CLIENTS} clients at once on one store: no error, and everything reads back, also after kill -9 (seed ${SEED})`, async () => {
  const repository = GitRepository.create();
  const server = new ServerProcess(path.join(repository.directory, 'r'), repository.env);
  try {
    repository.commit({ 'a.txt': 'a\n', 'b.txt': 'b\n' });
    server.start();
    const first = await server.connect('setup');
    await first.call('setup', { repository: repository.root });
    const started = performance.now();
    const clients = await Promise.all(Array.from({ length: CLIENTS }, (_, n) => server.connect(`client ${n}`)));
    // Beside the load: garbage collections, and forks with directories, which Git makes one at a time.
    const beside = [
      ...Array.from({ length: 4 }, () => first.call('sweep', { repository: repository.root })),
      ...Array.from({ length: 6 }, () => first.call('fork', { repository: repository.root, agent: 'dir' })),
      first.call('verify', { repository: repository.root }), first.call('doctor', { repository: repository.root }),
    ];
    const left = (await Promise.all(clients.map((client, n) => work(client, repository.root, n)))).flat();
    await Promise.all(beside);
    const millis = performance.now() - started;
    for (const client of clients) client.close();
    first.close();
    await server.kill();
    server.start();
    const again = await server.connect('check');
    for (const { fork, files, checkpoints } of left) {
      assert.deepEqual(await contents(again, repository.root, fork), files, `fork ${fork}, seed ${SEED}`);
      for (const [checkpoint, wanted] of checkpoints) assert.deepEqual(await contents(again, repository.root, checkpoint), wanted, `checkpoint ${checkpoint}, seed ${SEED}`);
    }
    const forks = await again.call('forks', { repository: repository.root, all: true });
    assert.equal(forks.length, 1 + 6 + CLIENTS * ROUNDS);
    const names = forks.filter((fork) => fork.state === 'live').map((fork) => fork.name);
    assert.equal(new Set(names).size, names.length, 'two live forks of one name');
    assert.deepEqual((await again.call('verify', { repository: repository.root })).faults, []);
    console.log(`${CLIENTS} clients, ${left.length} forks and ${left.length * 3} checkpoints in ${(millis / 1000).toFixed(1)} s, all read back`);
    again.close();
  } finally {
    await server.stop();
    repository.remove();
  }
});

test('two forks into one directory at once: one gets it, and the failure of the other takes nothing away', async () => {
  const repository = GitRepository.create();
  const host = await setUp(repository);
  try {
    const dir = path.join(repository.directory, 'wanted');
    const answers = await Promise.allSettled([...'abcd'].map((name) => host.call('fork', { name, dir })));
    assert.equal(answers.filter((answer) => answer.status === 'fulfilled').length, 1);
    for (const answer of answers) if (answer.status === 'rejected') assert.ok(PyiError.is(answer.reason, 'NAME_EXISTS'), String(answer.reason));
    assert.equal(fs.readFileSync(path.join(dir, 'src/c.txt'), 'utf8'), 'c\n');
    assert.equal(repository.git(['status', '--porcelain'], { cwd: dir }), '');
    assert.equal((await host.call('forks', {})).length, 2);
  } finally {
    await host.close();
  }
});
