import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverVariables } from '../../../client/server-settings.ts';
import { boundedNumber } from '../../../client/setting-values.ts';

const isProgram = (path: string): boolean => path === '/opt/git/bin/git';

test('settings reach the server as environment variables', () => {
  assert.deepEqual(serverVariables({ gitPath: ' /opt/git/bin/git ', idleMinutes: 0.5 + 1 }, isProgram), {
    variables: { PYI_GIT: '/opt/git/bin/git', PYI_IDLE_MINUTES: '1.5' }, problems: [],
  });
});

test('what is not set leaves the environment of the user as it is', () => {
  for (const gitPath of [undefined, null, '', '  ']) assert.deepEqual(serverVariables({ gitPath, idleMinutes: undefined }, isProgram), { variables: {}, problems: [] });
});

test('a git that is no program is said to be none, and not used', () => {
  for (const gitPath of ['git', './git', '/opt/git', 7, ['/opt/git/bin/git'], true]) {
    const { variables, problems } = serverVariables({ gitPath, idleMinutes: 15 }, isProgram);
    assert.deepEqual(variables, { PYI_IDLE_MINUTES: '15' });
    assert.deepEqual(problems, [`"pyi.server.gitPath" has to be the absolute path of a program, not ${JSON.stringify(gitPath)}. The git on PATH is used.`]);
  }
});

test('minutes out of bounds are said to be so, and not used', () => {
  for (const idleMinutes of [0, -1, 1441, 1e9, '15', null, Number.NaN, {}]) {
    const { variables, problems } = serverVariables({ gitPath: '/opt/git/bin/git', idleMinutes }, isProgram);
    assert.deepEqual(variables, { PYI_GIT: '/opt/git/bin/git' });
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? '', /has to be a number from 1 to 1440, not .*\. The default is used\.$/);
  }
});

test('a number out of bounds is brought back, and what is no number is the default', () => {
  const bounds = { fallback: 1500, least: 200, most: 600_000 };
  assert.deepEqual([300, 0, -1, 1e12, Infinity, Number.NaN, '300', null, undefined, {}].map((value) => boundedNumber(value, bounds)),
    [300, 200, 200, 600_000, 600_000, 1500, 1500, 1500, 1500, 1500]);
});
