import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PyiError } from '../../../protocol/errors.ts';
import { FakeWorld, settle } from './fakes.ts';

const NOT_FOUND = new PyiError('NOT_FOUND', 'No server is running.', '');
const BROKEN = new PyiError('INTERNAL', 'The server does not answer.', '');

test('connects once, however many ask at the same time', async () => {
  const world = new FakeWorld(NOT_FOUND);
  const [first, second] = await Promise.all([world.process.client(), world.process.client()]);
  assert.equal(first, second);
  assert.equal(await world.process.client(), first);
  assert.deepEqual(world.attempts, [true]);
  assert.deepEqual(world.kinds, ['connecting', 'connected']);
});

test('a server that crashed is started again, and what asks meanwhile gets the new one', async () => {
  const world = new FakeWorld(NOT_FOUND);
  await world.process.client();
  world.connections[0]?.end();
  await settle();
  assert.deepEqual(world.kinds.slice(2), ['waiting']);
  assert.equal(world.process.connected, undefined);
  assert.equal((await world.process.client()).server?.pid, 101);
  assert.deepEqual(world.attempts, [true, true]);
  assert.deepEqual(world.delays, [10_000], 'the retry that was planned is off');
});

test('a connection that a call failed with is given to nobody, also before its end is told', async () => {
  const world = new FakeWorld(NOT_FOUND);
  await world.process.client();
  const [connection] = world.connections;
  if (connection === undefined) throw new Error('not connected');
  connection.hasFailed = true;
  const next = world.process.client();
  await settle();
  assert.deepEqual(world.attempts, [true], 'whether it crashed is known when its end is told');
  connection.end();
  assert.equal((await next).server?.pid, 101);
  assert.deepEqual(world.kinds, ['connecting', 'connected', 'waiting', 'connecting', 'connected']);
});

test('waits longer after each failure, up to a limit, and tells the reason', async () => {
  const world = new FakeWorld(NOT_FOUND);
  world.failures.push(...Array.from({ length: 9 }, () => BROKEN));
  await world.process.keepConnected();
  const delays: number[] = [];
  for (let i = 0; i < 9; i++) {
    const [delay = 0] = world.delays;
    delays.push(delay);
    world.timers.fire(delay);
    await settle();
  }
  assert.deepEqual(delays, [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  assert.equal(world.process.state.kind, 'connected');
  const waiting = world.states.filter((state) => state.kind === 'waiting');
  assert.deepEqual(waiting.map(({ attempt }) => attempt), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.ok(waiting.every(({ reason }) => reason === BROKEN));
});

test('a server that dies as soon as it is started is not started in a loop', async () => {
  const world = new FakeWorld(NOT_FOUND);
  await world.process.client();
  const delays: number[] = [];
  for (let i = 0; i < 3; i++) {
    world.connections.at(-1)?.end();
    await settle();
    const [delay = 0] = world.delays;
    delays.push(delay);
    world.timers.fire(delay);
    await settle();
  }
  assert.deepEqual(delays, [250, 500, 1000]);
  // One that stays makes the next loss an ordinary one.
  world.timers.fire(10_000);
  world.connections.at(-1)?.end();
  await settle();
  assert.deepEqual(world.delays, [250]);
});

test('of a crash the user is told once: when the server is back, or when it does not come back', async () => {
  const world = new FakeWorld(NOT_FOUND);
  await world.process.client();
  world.connections[0]?.end();
  await settle();
  assert.deepEqual(world.told, [], 'nothing while the first attempt is on its way');
  world.timers.fire(250);
  await settle();
  assert.deepEqual(world.told, ['recovery: 101']);

  world.timers.fire(10_000);
  world.failures.push(BROKEN, BROKEN, BROKEN, BROKEN);
  world.connections[1]?.end();
  await settle();
  for (const delay of [250, 500]) {
    world.timers.fire(delay);
    await settle();
  }
  const outage = ['recovery: 101', 'outage: The server does not answer.'];
  assert.deepEqual(world.told, outage);
  for (const delay of [1000, 2000]) {
    world.timers.fire(delay);
    await settle();
  }
  await assert.doesNotReject(world.process.client());
  assert.deepEqual(world.told, outage, 'neither again nor when it is over');
  assert.equal(world.process.state.kind, 'connected');
});

test('keeps what went wrong last', async () => {
  const world = new FakeWorld(NOT_FOUND);
  world.failures.push(...Array.from({ length: 12 }, (_, i) => new PyiError('INTERNAL', `Attempt ${i}.`, '')));
  for (let i = 0; i < 12; i++) await world.process.keepConnected();
  assert.deepEqual(world.process.troubles.map(({ reason }) => reason.message), Array.from({ length: 10 }, (_, i) => `Attempt ${i + 2}.`));
  assert.equal(world.process.troubles[0]?.time, 1_700_000_000_003);
});

test('a server that was stopped on purpose is not started unasked, but found when somebody else starts one', async () => {
  const world = new FakeWorld(NOT_FOUND);
  await world.process.client();
  world.described = undefined;
  world.running = false;
  world.connections[0]?.end();
  await settle();
  assert.equal(world.process.state.kind, 'off');
  assert.deepEqual([world.delays, world.process.troubles, world.told], [[], [], []], 'waits for no timer, and that is no trouble');
  const change = async (): Promise<void> => {
    for (const listener of world.watchers) listener();
    await settle();
  };
  await change();
  assert.deepEqual(world.attempts, [true], 'nobody is described');
  world.described = 7;
  await change();
  assert.equal(world.process.state.kind, 'off', 'described, but gone');
  world.running = true;
  await change();
  assert.equal(world.process.state.kind, 'connected');
  assert.deepEqual(world.attempts, [true, false, false]);
  assert.equal(world.watchers.size, 0);
});

test('a server that made room for another is followed by it, and that is no crash', async () => {
  const world = new FakeWorld(NOT_FOUND);
  await world.process.client();
  world.described = 4711;
  world.connections[0]?.end();
  await settle();
  assert.equal(world.process.state.kind, 'connected');
  assert.deepEqual([world.attempts, world.told, world.process.troubles], [[true, true], [], []]);
});

test('does not try again what would fail again', async () => {
  const world = new FakeWorld(NOT_FOUND);
  const reason = new PyiError('UNSUPPORTED_VERSION', 'The server speaks protocol 2.', 'Update the extension.');
  world.failures.push(reason);
  await assert.rejects(world.process.client(), reason);
  assert.deepEqual(world.process.state, { kind: 'failed', reason });
  assert.deepEqual(world.delays, []);
  world.failures.push(reason);
  await assert.rejects(world.process.client(), reason);
  assert.deepEqual(world.told, ['outage: The server speaks protocol 2.'], 'the user is told at once, and once');
});

test('stop ends the server of others too, and starts none to do so', async () => {
  const world = new FakeWorld(NOT_FOUND);
  world.running = false;
  await world.process.stop();
  assert.deepEqual([world.attempts, world.connections.length], [[false], 0]);
  world.running = true;
  await world.process.stop();
  assert.deepEqual(world.connections[0]?.calls, ['stop']);
});

test('after dispose nothing is tried any more', async () => {
  const world = new FakeWorld(NOT_FOUND);
  await world.process.client();
  world.process.dispose();
  await settle();
  assert.equal(world.connections[0]?.closedByUs, true);
  assert.deepEqual(world.delays, []);
  assert.equal(world.states.at(-1)?.kind, 'connected');
});

test('a connection that comes about while the window closes is ended', async () => {
  const world = new FakeWorld(NOT_FOUND);
  const connecting = world.process.client();
  world.process.dispose();
  await assert.rejects(connecting, (error) => PyiError.is(error, 'CANCELLED'));
  assert.equal(world.connections[0]?.closedByUs, true);
  assert.deepEqual([world.delays, world.told, world.process.connected], [[], [], undefined]);
});

test('a window that is not trusted has no server, whoever asks for one', async () => {
  const world = new FakeWorld(NOT_FOUND);
  world.refusal = new PyiError('UNAUTHORIZED', 'This workspace is not trusted.', 'Trust it first.');
  await world.process.keepConnected();
  await assert.rejects(world.process.client(), (error) => error === world.refusal);
  assert.deepEqual([world.attempts, world.kinds, world.told, world.process.troubles], [[], [], [], []], 'nothing is wrong, and nothing is tried');
  world.refusal = undefined;
  assert.equal((await world.process.client()).server?.pid, 100);
});
