import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ignoreAddition, ignoreLine } from '../../../../client/scm/gitignore.ts';
import { PyiError } from '../../../../protocol/errors.ts';
import { GitRepository } from '../../../support/git-repository.ts';

const NAMES = ['plain.txt', 'src/a.ts', 'a b', 'ends in spaces  ', ' leads', '!important', '#hash', 'sta*r', 'wh?t', '[ab]', 'x]', 'back\\slash', 'ends\\', '\\!', 'tab\t', 'ünï/👩‍💻', '**', 'a/*/b', '\u202etxt'];
/** What a pattern that was not quoted would match as well. */
const OTHERS = ['src/plain.txt', 'ends in spaces', 'leads', 'important', 'star', 'staXr', 'what', 'a', 'b', 'backslash', '!', 'ends', 'a/x/b', 'tab', 'x'];

test('Git ignores exactly the named file', (context) => {
  const repository = GitRepository.create();
  context.after(() => repository.remove());
  for (const name of NAMES) {
    writeFileSync(join(repository.root, '.gitignore'), ignoreAddition('', [ignoreLine(name)]));
    const { stdout } = spawnSync('git', ['check-ignore', '--no-index', '-z', '--stdin'], { cwd: repository.root, env: repository.env, input: [...NAMES, ...OTHERS].map((path) => `${path}\0`).join('') });
    assert.deepEqual(stdout.toString('utf8').split('\0').slice(0, -1), [name]);
  }
});

test('a name that no line can hold is refused with what to do', () => {
  for (const name of ['a\nb', 'a\r', 'caf\udce9']) assert.throws(() => ignoreLine(name), (error) => PyiError.is(error, 'INVALID_PATH') && error.hint !== '', JSON.stringify(name));
});

test('lines are added once, on lines of their own, with the line ends of the file', () => {
  assert.equal(ignoreAddition('', ['/a', '/b', '/a']), '/a\n/b\n');
  assert.equal(ignoreAddition('/a\n', ['/a']), '');
  assert.equal(ignoreAddition('node_modules', ['/a']), '\n/a\n');
  assert.equal(ignoreAddition('x\r\n/a\r\n', ['/a', '/b']), '/b\r\n');
});
