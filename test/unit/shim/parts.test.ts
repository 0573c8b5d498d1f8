import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { HotQuestions } from '../../../server/shim/hot-questions.ts';
import type { HotQuestion } from '../../../server/shim/hot-questions.ts';
import { Memory } from '../../../server/shim/memory.ts';
import type { Remembered } from '../../../server/shim/memory.ts';
import { Rehearsal } from '../../../server/shim/rehearsal.ts';
import { SeenFiles } from '../../../server/shim/seen-files.ts';
import { Tally } from '../../../server/shim/tally.ts';
import { exactText } from '../../../server/shim/text.ts';
import { RUN_GIT, decodeAnswer, decodeQuestion, encodeAnswer, encodeQuestion, questionLength } from '../../../server/shim/wire.ts';
import { FakeTimers } from '../transport/fakes.ts';

test('questions and answers survive the wire, and what is cut short is none', () => {
  const plain = { version: '1.2.3', git: '/usr/bin/git', directory: '/d/\xe4\xff', isErrorTerminal: true, args: ['', 'a b', '\xff\n'], env: { HOME: '/h', EMPTY: '', EQUALS: 'a=b' } };
  for (const question of [plain, { ...plain, input: '' }, { ...plain, input: 'a\0\xff' }]) {
    const bytes = encodeQuestion(question);
    assert.equal(questionLength(bytes.subarray(0, 3)), undefined);
    assert.equal(questionLength(bytes), bytes.length);
    assert.deepEqual(decodeQuestion(bytes), question);
    for (let length = 4; length < bytes.length; length++) assert.equal(decodeQuestion(bytes.subarray(0, length)), undefined);
    assert.equal(decodeQuestion(Buffer.concat([bytes, Buffer.from('x')])), undefined);
  }
  const answer = { code: 128, stdout: Buffer.from('out\0'), stderr: Buffer.from('err') };
  assert.deepEqual(decodeAnswer(encodeAnswer(answer)), answer);
  assert.equal(decodeAnswer(RUN_GIT), undefined);
});

test('bytes that are not UTF-8 have no text', () => {
  assert.equal(exactText('plain'), 'plain');
  assert.equal(exactText(Buffer.from('ä€😀').toString('latin1')), 'ä€😀');
  assert.equal(exactText('\xff'), undefined);
});

const remembered = (bytes: number): Remembered => ({ answer: { code: 0, stdout: Buffer.alloc(bytes), stderr: Buffer.alloc(0) } }) as Remembered;

test('memory keeps within its bounds, and what is used', () => {
  const memory = new Memory(10_000);
  memory.set('a', remembered(3_000));
  memory.set('b', remembered(3_000));
  memory.get('a');
  memory.set('c', remembered(3_000));
  assert.equal(memory.get('b'), undefined);
  assert.ok(memory.get('a') !== undefined && memory.get('c') !== undefined);
  memory.set('huge', remembered(20_000));
  assert.deepEqual([memory.size, memory.bytes], [0, 0]);
  memory.delete('nothing');
});

const question = (key: string): HotQuestion => ({ key }) as HotQuestion;

test('a question is made ready when it was asked twice, once for each change, and not for ever', () => {
  const hot = new HotQuestions();
  hot.ask(question('a'), 0);
  assert.equal(hot.next(1, 0, () => false), undefined);
  hot.ask(question('a'), 0);
  assert.equal(hot.next(1, 0, () => true), undefined, 'it is known');
  assert.equal(hot.next(1, 0, () => false)?.key, 'a');
  assert.equal(hot.next(1, 0, () => false), undefined, 'tried for this change');
  hot.retry(question('a'));
  assert.equal(hot.next(1, 0, () => false)?.key, 'a');
  for (let change = 2; change < 8; change++) assert.equal(hot.next(change, 0, () => false)?.key, 'a');
  assert.equal(hot.next(9, 0, () => false), undefined, 'made eight times for nobody');
  hot.ask(question('a'), 0);
  assert.equal(hot.next(9, 0, () => false)?.key, 'a');
  assert.equal(hot.next(10, 11 * 60_000, () => false), undefined, 'nobody asked for long');
  assert.equal(hot.lastAsked, undefined);
});

test('the one that was asked last is made ready first, and only so many are remembered', () => {
  const hot = new HotQuestions();
  for (let i = 0; i < 300; i++) for (let time = 0; time < 2; time++) hot.ask(question(String(i)), i);
  assert.equal(hot.lastAsked, 299);
  assert.equal(hot.next(1, 300, () => false)?.key, '299');
  let count = 1;
  while (hot.next(1, 300, () => false) !== undefined) count++;
  assert.equal(count, 200);
});

test('what is due runs one after another when it is quiet, within its share, and a change cancels it', async () => {
  const timers = new FakeTimers();
  let micros = 0;
  const signals: AbortSignal[] = [];
  let due = 2;
  const rehearsal = new Rehearsal({ clock: { now: () => 0, micros: () => micros }, after: timers.after, share: 0.25 }, () => {
    if (due === 0) return undefined;
    due--;
    return { run: async (signal) => {
      signals.push(signal);
      micros += 30_000;
      return 30;
    } };
  });
  const delays = (): number[] => timers.pending.map(({ milliseconds }) => milliseconds);
  const turn = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  await rehearsal.idle();
  rehearsal.wake();
  rehearsal.wake();
  assert.deepEqual(delays(), [20]);
  timers.fire(20);
  await turn();
  assert.deepEqual([signals.length, delays()], [1, [90]], 'a quarter of the time');
  rehearsal.disturb();
  assert.deepEqual(delays(), [90], 'a change does not shorten the rest');
  const idle = rehearsal.idle();
  timers.fire(90);
  await turn();
  timers.fire(90);
  await idle;
  assert.deepEqual([signals.length, delays()], [2, []]);
  rehearsal.close();
  rehearsal.disturb();
  assert.deepEqual(delays(), []);
});

test('files that are not watched are known by what they are; one written just now is in doubt', () => {
  const directory = mkdtempSync(join(tmpdir(), 'pyi-seen-'));
  try {
    const [file, missing] = [join(directory, 'file'), join(directory, 'missing')];
    writeFileSync(file, 'one');
    const now = { value: Date.now() };
    const clock = { now: () => now.value };
    const seen = new SeenFiles([file, missing], clock);
    assert.equal(seen.areSame(), true);
    assert.equal(seen.areSettled(), false);
    now.value += 1_000;
    assert.equal(seen.areSettled(), true);
    utimesSync(file, 1, 1);
    assert.equal(seen.areSame(), false);
    const again = new SeenFiles([file, missing], clock);
    writeFileSync(missing, '');
    assert.equal(again.areSame(), false);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('commands are counted by name, the most frequent first', () => {
  const tally = new Tally();
  tally.miss('log');
  tally.delegated('add');
  tally.hit('log', 2.5);
  tally.hit('log', 1.5);
  assert.deepEqual(tally.list(), [
    { command: 'log', hits: 2, misses: 1, delegated: 0, savedMillis: 4 },
    { command: 'add', hits: 0, misses: 0, delegated: 1, savedMillis: 0 },
  ]);
});
