import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import blake3 from 'blake3-wasm';
import type { Client } from '../../connect/client.ts';
import { GitRepository } from '../support/git-repository.ts';
import { SeededRandom } from '../support/random.ts';
import { ServerProcess } from '../support/server-process.ts';

/**
 * kill -9 under load, again and again: every checkpoint that was acknowledged must read back whole, and the head of each
 * fork must be one that was asked for. `PYI_KILLS` lengthens the loop, `PYI_SEED` repeats one.
 */
const KILLS = Number(process.env['PYI_KILLS'] ?? 200);
const SEED = Number(process.env['PYI_SEED'] ?? Date.now() % 1_000_000);
const AGENTS = 3;
const FILES = 12;

type Files = ReadonlyMap<string, string>;

interface Agent {
  readonly name: string;
  readonly fork: string;
  /** Directory of the fork, or null for one that writes through the server. */
  readonly dir: string | null;
  /** Content as the last acknowledged call left it. */
  files: Map<string, string>;
  /** What the call in flight would make of it. */
  pendingFiles: Map<string, string> | undefined;
}

const hashed = (text: string): string => Buffer.from(blake3.hash(Buffer.from(text))).toString('hex');

async function listed(client: Client, repository: string, reference: string): Promise<Map<string, string>> {
  const rows = await client.call('ls', { repository, fork: reference, recursive: true });
  return new Map(rows.map((row) => [row.path, row.id ?? '']));
}

function sameFiles(found: ReadonlyMap<string, string>, wanted: Files): boolean {
  if (found.size !== wanted.size) return false;
  for (const [file, content] of wanted) if (found.get(file) !== hashed(content)) return false;
  return true;
}

test(`${KILLS} kills: every acknowledged checkpoint reads back whole (seed ${SEED})`, async () => {
  const random = new SeededRandom(SEED);
  const repository = GitRepository.create();
  const server = new ServerProcess(path.join(repository.directory, 'r'), repository.env);
  const acknowledged = new Map<string, Files>();
  let kills = 0;
  let checkedHeads = 0;
  try {
    const start = new Map<string, string>();
    for (let n = 0; n < FILES; n++) {
      start.set(`f${n}.txt`, `file ${n}\n`);
      repository.write(`f${n}.txt`, `file ${n}\n`);
    }
    repository.git(['add', '-A']);
    repository.git(['commit', '-q', '-m', 'start']);
    server.start();
    let client = await server.connect('test');
    await client.call('setup', { repository: repository.root });
    const agents: Agent[] = [];
    for (let n = 0; n < AGENTS; n++) {
      const made = await client.call('fork', { repository: repository.root, name: `agent-${n}`, dir: n === 0 });
      agents.push({ name: `agent-${n}`, fork: made.fork, dir: made.dir, files: new Map(start), pendingFiles: undefined });
    }
    client.close();

    while (kills < KILLS) {
      const fresh = new Map<string, Files>();
      await loadUntilKilled(server, repository.root, agents, fresh, random);
      kills++;
      server.start();
      client = await server.connect('check');
      for (const agent of agents) {
        await checkHead(client, repository.root, agent);
        checkedHeads++;
      }
      for (const [checkpoint, files] of fresh) {
        assert.ok(sameFiles(await listed(client, repository.root, checkpoint), files), `checkpoint ${checkpoint} is not what was acknowledged (kill ${kills}, seed ${SEED})`);
        acknowledged.set(checkpoint, files);
      }
      client.close();
    }

    client = await server.connect('end');
    for (const [checkpoint, files] of acknowledged) {
      assert.ok(sameFiles(await listed(client, repository.root, checkpoint), files), `checkpoint ${checkpoint} was lost later (seed ${SEED})`);
    }
    const verified = await client.call('verify', { repository: repository.root });
    assert.deepEqual(verified.faults, []);
    assert.ok(acknowledged.size > KILLS, `the load was too light: ${acknowledged.size} checkpoints`);
    console.log(`${kills} kills, ${acknowledged.size} acknowledged checkpoints and ${checkedHeads} heads checked, 0 lost; ${verified.objects} objects verified`);
    client.close();
  } finally {
    await server.stop();
    repository.remove();
  }
});

/** Agents work over connections of their own until some number of calls was acknowledged; then the server is killed amid the rest. */
async function loadUntilKilled(server: ServerProcess, repository: string, agents: readonly Agent[], fresh: Map<string, Files>, random: SeededRandom): Promise<void> {
  const enough = random.integer(5, 60);
  let done = 0;
  let killed: Promise<void> | undefined;
  await Promise.all(agents.map(async (agent) => {
    const client = await server.connect(agent.name);
    try {
      while (killed === undefined) {
        await step(client, repository, agent, fresh, random);
        if (++done === enough) killed = server.kill();
      }
    } catch (error) {
      if (killed === undefined) throw error;
    } finally {
      client.close();
    }
  }));
  await killed;
}

async function step(client: Client, repository: string, agent: Agent, fresh: Map<string, Files>, random: SeededRandom): Promise<void> {
  const file = `f${random.below(FILES * 2)}.txt`;
  const content = `${agent.name} ${random.integer(0, 1e9)}\n`.repeat(random.integer(1, 60));
  const next = new Map(agent.files);
  next.set(file, content);
  agent.pendingFiles = next;
  if (agent.dir === null) await client.call('write', { repository, fork: agent.fork, path: file, content: { text: content } });
  else fs.writeFileSync(path.join(agent.dir, file), content);
  agent.files = next;
  const level = random.chance(0.2) ? 'disk' : 'process';
  const { checkpoint } = await client.call('checkpoint', { repository, fork: agent.fork, level });
  agent.pendingFiles = undefined;
  fresh.set(checkpoint, next);
}

/** A fork stands where its last acknowledged call left it, or where the call that the kill cut off would have. */
async function checkHead(client: Client, repository: string, agent: Agent): Promise<void> {
  if (agent.dir !== null) await client.call('checkpoint', { repository, fork: agent.fork });
  const found = await listed(client, repository, agent.fork);
  const either = [agent.files, agent.pendingFiles].filter((files) => files !== undefined);
  const match = either.find((files) => sameFiles(found, files));
  assert.ok(match !== undefined, `the head of ${agent.name} is none that was asked for (seed ${SEED})`);
  agent.files = new Map(match);
  agent.pendingFiles = undefined;
}
