import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Expected } from '../../bench/crowd/agent.ts';
import { Crew } from '../../bench/crowd/crew.ts';
import { CrowdPlace } from '../../bench/crowd/place.ts';
import { agentName } from '../../bench/crowd/work.ts';
import { SeededRandom } from '../support/random.ts';

/** `PYI_AGENTS` and `PYI_SEED` set how many and which; the long run has 850. */
const AGENTS = Number(process.env['PYI_AGENTS'] ?? (process.env['PYI_KILLS'] === undefined ? 100 : 850));
const SEED = Number(process.env['PYI_SEED'] ?? Date.now() % 1_000_000);
const FILES = 2_000;
const STEPS = 12;
const KILLS = 3;

async function start(): Promise<{ place: CrowdPlace; crew: Crew; where: { runtime: string; repository: string; files: number } }> {
  const place = await CrowdPlace.create(FILES);
  return { place, crew: new Crew(2), where: { runtime: place.runtime, repository: place.repository.root, files: FILES } };
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, agent) => agent);
const expectedOf = async (crew: Crew): Promise<Expected[]> => (await crew.ask('expected', {})).flatMap(({ agents }) => agents);

/** Each fork has its agent's checkpoints, every one once: one for each that was acknowledged, and those that going back makes. */
async function assertNoneTwice(place: CrowdPlace, expected: readonly Expected[]): Promise<void> {
  const wire = await place.connect();
  const repository = place.repository.root;
  const forks = await wire.call('forks', { repository, all: true });
  assert.equal(forks.length, expected.length + 1, 'a fork for each agent and the work tree');
  for (const { agent, fork, checkpoints } of expected) {
    const steps = await wire.call('timeline', { repository, fork, kinds: ['tool'], limit: 1_000 });
    const messages = steps.map(({ message }) => message);
    assert.equal(new Set(messages).size, messages.length, `${agentName(agent)} has a checkpoint twice (seed ${SEED})`);
    assert.equal(messages.length, checkpoints, `${agentName(agent)} has other checkpoints than those that were acknowledged (seed ${SEED})`);
  }
  assert.deepEqual((await wire.call('verify', { repository })).faults, []);
  wire.close();
}

test(`the server is killed ${KILLS} times under ${AGENTS} agents: all come back, nothing acknowledged is lost, nothing is done twice (seed ${SEED})`, async () => {
  const { place, crew, where } = await start();
  const random = new SeededRandom(SEED);
  try {
    await crew.connect(numbers(AGENTS), where);
    await crew.ask('begin', { count: AGENTS, together: true });
    await crew.ask('persist', {});
    let isDone = false;
    const work = crew.ask('work', { steps: STEPS, pauseMillis: 50 }).finally(() => { isDone = true; });
    let kills = 0;
    for (; kills < KILLS && !isDone; kills++) {
      await Promise.race([delay(random.integer(100, 600)), work]);
      await place.restart('kill');
    }
    await work;
    assert.equal(kills, KILLS, 'the agents were done before the server could be killed');
    const expected = await expectedOf(crew);
    assert.ok(expected.every(({ reconnects }) => reconnects >= 1), 'every agent has lost its connection and come back');
    const states = (await crew.ask('verify', { all: true })).reduce((sum, one) => sum + one.states, 0);
    assert.equal(states, AGENTS * (STEPS + 1));
    await assertNoneTwice(place, expected);
    console.log(`${kills} kills under ${AGENTS} agents: ${expected.reduce((sum, one) => sum + one.reconnects, 0)} came back, ${states} states read back, none lost, none twice`);
  } finally {
    await crew.kill();
    await place.end();
    place.repository.remove();
  }
});

test('a tenth of the agents is killed again and again: their forks are kept and marked, nobody else notices', async () => {
  const { place, crew, where } = await start();
  const doomed = Array.from({ length: 3 }, () => new Crew(1));
  const tenth = AGENTS / 10;
  try {
    await crew.connect(numbers(AGENTS - 3 * tenth), where);
    for (const [index, one] of doomed.entries()) await one.connect(numbers(tenth).map((n) => AGENTS - (index + 1) * tenth + n), where);
    for (const one of [crew, ...doomed]) await one.ask('begin', { count: AGENTS, together: true });
    const work = crew.ask('work', { steps: STEPS, pauseMillis: 100 });
    const dead: Expected[] = [];
    for (const one of doomed) {
      await one.ask('work', { steps: 3, pauseMillis: 0 });
      dead.push(...await expectedOf(one));
      const cutOff = one.ask('work', { steps: 1_000_000, pauseMillis: 0 }).catch(() => undefined);
      await delay(50);
      await one.kill();
      await cutOff;
    }
    await work;
    const alive = await expectedOf(crew);
    assert.ok(alive.every(({ reconnects, checkpoints }) => reconnects === 0 && checkpoints === STEPS), 'an agent that lives was disturbed');
    await crew.ask('verify', { all: true });
    const wire = await place.connect();
    const { repository } = where;
    const agents = new Map((await wire.call('agents', { repository })).map((agent) => [agent.agent, agent]));
    const live = new Set((await wire.call('forks', { repository })).map(({ fork }) => fork));
    for (const { agent, fork } of dead) {
      assert.ok(live.has(fork), `the fork of ${agentName(agent)}, which died, is gone`);
      assert.equal(agents.get(agentName(agent))?.state, 'lost', `${agentName(agent)} died and is not marked`);
    }
    for (const { agent } of alive) assert.equal(agents.get(agentName(agent))?.state, 'connected', `${agentName(agent)} lives and is not told so`);
    wire.close();
    console.log(`${dead.length} of ${AGENTS} agents killed: their forks are kept, ${alive.length} others untouched`);
  } finally {
    for (const one of [crew, ...doomed]) await one.kill();
    await place.end();
    place.repository.remove();
  }
});
