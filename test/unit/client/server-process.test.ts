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

test('a server that was stopped on purpose is not started unasked, but found when somebody else starts one', async () => {
  const world = new FakeWorld(NOT_FOUND);
  await world.process.client();
  world.described = false;
  world.running = false;
  world.connections[0]?.end();
  await settle();
  assert.equal(world.process.state.kind, 'off');
  world.timers.fire(10_000);
  await settle();
  assert.equal(world.process.state.kind, 'off');
  world.running = true;
  world.timers.fire(10_000);
  await settle();
  assert.equal(world.process.state.kind, 'connected');
  assert.deepEqual(world.attempts, [true, false, false]);
});

test('does not try again what would fail again', async () => {
  const world = new FakeWorld(NOT_FOUND);
  const reason = new PyiError('UNSUPPORTED_VERSION', 'The server speaks protocol 2.', 'Update the extension.');
  world.failures.push(reason);
  await assert.rejects(world.process.client(), reason);
  assert.deepEqual(world.process.state, { kind: 'failed', reason });
  assert.deepEqual(world.delays, []);
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
