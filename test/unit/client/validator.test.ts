import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { commandOf, lineOf } from '../../../client/command-line.ts';
import { nameProblem } from '../../../client/fork-name.ts';
import { Validators, lastValidator } from '../../../client/validator.ts';
import { Name } from '../../../protocol/values.ts';
import type { Observation } from '../../../protocol/values.ts';
import { NOW, forkInfo, observation } from './samples.ts';

test('words are run as they stand, everything else by a shell', () => {
  assert.deepEqual(commandOf(' npm  test ', 'linux'), ['npm', 'test']);
  assert.deepEqual(commandOf('npm test && ./score', 'linux'), ['/bin/sh', '-c', 'npm test && ./score']);
  assert.deepEqual(commandOf('grep "a b" *.txt', 'darwin'), ['/bin/sh', '-c', 'grep "a b" *.txt']);
  assert.deepEqual(commandOf('FORCE=1 npm test', 'linux'), ['/bin/sh', '-c', 'FORCE=1 npm test']);
  assert.deepEqual(commandOf('npm test', 'win32'), ['cmd', '/d', '/s', '/c', 'npm test']);
  assert.deepEqual(commandOf('  ', 'linux'), []);
});

test('a command that was observed is a line that runs the same again', () => {
  assert.equal(lineOf(['/bin/sh', '-c', 'npm test && ./score']), 'npm test && ./score');
  assert.equal(lineOf(['cmd', '/d', '/s', '/c', 'npm test']), 'npm test');
  assert.equal(lineOf(['node', '-e', 'console.log("it\'s")']), `node -e 'console.log("it'\\''s")'`);
  assert.equal(lineOf([]), '');
});

test('whatever arguments a command has, its line has the same', () => {
  fc.assert(fc.property(fc.array(fc.string({ minLength: 0, maxLength: 8, unit: fc.constantFrom('a', '\'', '"', '$', '\\', ' ', '*', 'ü', '\n') }), { minLength: 1, maxLength: 4 }), (words) => {
    const [program = '', ...args] = commandOf(lineOf(['printf', '%s\\0', ...words]), 'linux');
    assert.deepEqual(execFileSync(program, args, { encoding: 'utf8' }).split('\0').slice(0, -1), words);
  }), { numRuns: 60 });
});

test('the validator of a task is the command that ran last on any of its forks', () => {
  const ran = (time: number, ...command: string[]): Observation => ({ ...observation(true, 1), command, time });
  const forks = [
    forkInfo({ fork: '1'.repeat(32), observations: [ran(1, 'make', 'check'), ran(3, 'npm', 'test')] }),
    forkInfo({ fork: '2'.repeat(32), observations: [ran(2, 'false'), { ...observation(true, 9), time: NOW }] }),
    forkInfo({ fork: '3'.repeat(32), task: 'other', observations: [ran(9, 'true')] }),
    forkInfo({ fork: '4'.repeat(32), task: null, observations: [ran(8, 'lint')] }),
    forkInfo({ fork: '5'.repeat(32), task: null }),
  ];
  assert.deepEqual(forks.map((fork) => lastValidator(forks, fork)), ['npm test', 'npm test', 'true', 'lint', undefined]);
});

test('only what a person agreed to is run without a question, and for that task alone', async () => {
  const memory = new Map<string, unknown>([['pyi.validators', 'of another shape']]);
  const validators = new Validators({ get: <T>(key: string) => memory.get(key) as T, update: async (key: string, value: unknown) => void memory.set(key, value) });
  assert.equal(validators.agreed('/x', 'parser'), undefined);
  await validators.agree('/x', 'parser', 'npm test');
  await validators.agree('/x', null, 'make');
  await validators.agree('/x', 'parser', 'npm run check');
  assert.deepEqual([validators.agreed('/x', 'parser'), validators.agreed('/x', null), validators.agreed('/y', 'parser'), validators.agreed('/x', '')], ['npm run check', 'make', undefined, undefined]);
  for (let i = 0; i < 300; i++) await validators.agree('/x', `task ${i}`, 'true');
  assert.equal((memory.get('pyi.validators') as unknown[]).length, 200);
});

test('a name is refused while it is typed exactly when the server would refuse it', () => {
  for (const name of ['try', 'a b', '.a', 'ä', 'x'.repeat(200), '<b>', '$(x)', 'a.b', '..a']) assert.deepEqual([nameProblem(name), Name.safeParse(name).success], [undefined, true], name);
  for (const name of ['a/b', 'a\\b', 'a:b', ' a', '-a', '.', '..', 'a\n', 'a\u202eb', 'x'.repeat(201)]) {
    assert.equal(typeof nameProblem(name), 'string', JSON.stringify(name));
    assert.equal(Name.safeParse(name).success, false, JSON.stringify(name));
  }
  assert.equal(nameProblem('', new Set([''])), undefined);
  assert.equal(nameProblem('try', new Set(['try'])), 'There is a live fork of this name.');
});
