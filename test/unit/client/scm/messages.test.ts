import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageHistory, checkMessage, overlongHeadline } from '../../../../client/scm/messages.ts';
import { PyiError } from '../../../../protocol/errors.ts';

/** What VS Code keeps for a workspace. */
class Memory {
  kept: unknown;

  get<T>(): T | undefined {
    return this.kept as T | undefined;
  }

  async update(_key: string, value: unknown): Promise<void> {
    this.kept = value;
  }
}

test('a message longer than the protocol takes is refused with what to do', () => {
  checkMessage('x'.repeat(65_536));
  assert.throws(() => checkMessage('x'.repeat(65_537)), (error) => PyiError.is(error, 'INVALID_ARGUMENT') && error.message.includes('65537') && error.hint !== '');
});

test('a first line of more than 72 characters is noticed, later lines may be long', () => {
  assert.equal(overlongHeadline(`${'x'.repeat(72)}\n${'y'.repeat(500)}`), undefined);
  assert.equal(overlongHeadline('x'.repeat(73)), 73);
  assert.equal(overlongHeadline(`\n\n${'x'.repeat(80)}\n`), 80);
  // Characters, not UTF-16 units.
  assert.equal(overlongHeadline('👍'.repeat(72)), undefined);
});

test('the last message used comes first, each is there once, fifty are kept', async () => {
  const memory = new Memory();
  const history = new MessageHistory(memory);
  for (const message of ['one', 'two', 'one', '  \n']) await history.add(message);
  assert.deepEqual(history.all, ['one', 'two']);
  for (let index = 0; index < 60; index++) await history.add(`message ${index}`);
  assert.deepEqual([history.all.length, history.all[0], history.all.at(-1)], [50, 'message 59', 'message 10']);
  assert.deepEqual(new MessageHistory(memory).all, history.all);
});

test('what an older version or somebody else left there does no harm', () => {
  const memory = new Memory();
  for (const kept of [undefined, null, 'text', { 0: 'x' }]) {
    memory.kept = kept;
    assert.deepEqual(new MessageHistory(memory).all, []);
  }
  memory.kept = [1, 'good', null];
  assert.deepEqual(new MessageHistory(memory).all, ['good']);
});
