import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Result } from '../../../protocol/registry.ts';

/** The example of an agent in Python, as somebody runs it who copies it: against the built `pyi`. */

const EXAMPLE = fileURLToPath(new URL('../../../examples/agent.py', import.meta.url));
const BIN = fileURLToPath(new URL('../../../dist/bin', import.meta.url));
const root = realpathSync(mkdtempSync(join(tmpdir(), 'pyi-python-')));
const work = join(root, 'work');
const env: NodeJS.ProcessEnv = {
  ...process.env, NODE_V8_COVERAGE: '', PATH: `${BIN}${delimiter}${process.env['PATH'] ?? ''}`, HOME: root, PYI_RUNTIME_DIR: join(root, 'run'), GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.org', GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.org',
};

function run(program: string, ...args: string[]): string {
  return execFileSync(program, args, { cwd: work, env, encoding: 'utf8' });
}

after(() => {
  if (existsSync(work)) run('pyi', 'stop');
  rmSync(root, { recursive: true, force: true });
});

test('an agent in Python forks, records and rewinds', { skip: spawnSync('python3', ['--version']).status !== 0 && 'python3 is not installed' }, () => {
  execFileSync('git', ['init', '-q', work], { env });
  run('git', 'commit', '-q', '--allow-empty', '-m', 'Start');
  run('pyi', 'setup');
  assert.match(run('python3', EXAMPLE), /^python-1 has 'Hello\\n' again; /);
  const forks = JSON.parse(run('pyi', 'forks', '--json')) as Result<'forks'>;
  assert.deepEqual(forks.filter(({ agent }) => agent === 'python').map(({ name, task, state }) => [name, task, state]), [['python-1', 'greet', 'live']]);
  assert.deepEqual(readdirSync(work), ['.git'], 'the work tree is untouched');
  const failed = spawnSync('python3', [EXAMPLE, root], { cwd: root, env, encoding: 'utf8' });
  assert.match(failed.stderr, /RuntimeError: .*pyi setup/, 'an error says what to do');
});

test('the example is short, and uses the standard library alone', () => {
  const lines = readFileSync(EXAMPLE, 'utf8').split('\n').filter((line) => line.trim() !== '');
  assert.ok(lines.length <= 40, String(lines.length));
  assert.deepEqual(lines.filter((line) => /^(import|from) /.test(line)), ['import base64, json, os, socket, subprocess, sys']);
});
