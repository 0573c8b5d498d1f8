import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findGit } from '../../connect/find-git.ts';
import { CHECKOUT, LAYOUTS, task, writeTree } from '../support/ccpm-project.ts';
import { GitRepository } from '../support/git-repository.ts';
import { ServerProcess } from '../support/server-process.ts';

/** CCPM's offline scripts in a project without PYI, and in the same project with all of PYI: set up, installed, an epic started, its front first on PATH. */

const DIST = fileURLToPath(new URL('../../dist', import.meta.url));
const OWN = fileURLToPath(new URL('../fixtures/ccpm-reports.sh', import.meta.url));
/** The real ones, where scripts/ccpm-scripts.mjs could fetch them. */
const REAL = process.env['PYI_CCPM_SCRIPTS'];

/** Words that CCPM's `search` is asked for here: of a project, not of PYI's own files. */
const REPORTS: readonly (readonly string[])[] = [
  ['status'], ['validate'], ['next'], ['standup'], ['blocked'], ['in-progress'], ['epic-list'], ['epic-show', 'checkout'], ['epic-status', 'checkout'], ['epic-status', 'nothing'], ['prd-list'], ['prd-status'],
  ['search', 'cart'], ['search', 'pages'], ['search', 'nowhere to be found'], ['help'],
];
const TOOLS = ['bash', 'sh', 'find', 'grep', 'sed', 'awk', 'wc', 'ls', 'head', 'tail', 'cat', 'cut', 'basename', 'dirname', 'date', 'tr', 'xargs', 'sort', 'uniq', 'seq', 'printf', 'expr'];

const isUsable = process.platform === 'linux' && fs.existsSync(path.join(DIST, 'bin', 'git'));
const repository = GitRepository.create();
const tools = path.join(repository.directory, 'tools');
const runtime = path.join(repository.directory, 'run');
const server = new ServerProcess(runtime, { ...repository.env, PYI_GIT_SCOPE: 'all' });

interface Printed { readonly status: number | null; readonly stdout: string; readonly stderr: string }

function report(program: string, args: readonly string[], withPyi: boolean): Printed {
  // Without Node, the real ones run their shell code.
  const env = { ...repository.env, PATH: [...(withPyi ? [path.join(DIST, 'bin')] : []), tools].join(path.delimiter), PYI_RUNTIME_DIR: runtime, LC_ALL: 'C.UTF-8' };
  const { status, stdout, stderr } = spawnSync('bash', [program, ...args], { cwd: repository.root, env, encoding: 'utf8' });
  return { status, stdout, stderr };
}

const own = (withPyi: boolean): Map<string, Printed> => new Map([...REPORTS, ['git']].map((args) => [args.join(' '), report(OWN, args, withPyi)]));
const real = (withPyi: boolean): Map<string, Printed> => new Map(REPORTS.map(([name = '', ...args]) => [[name, ...args].join(' '), report(path.join(REAL ?? '', `${name}.sh`), args, withPyi)]));

function pyi(...args: string[]): void {
  execFileSync(process.execPath, [path.join(DIST, 'cli.cjs'), ...args], { cwd: repository.root, env: { ...repository.env, PYI_RUNTIME_DIR: runtime }, stdio: 'ignore' });
}

let without: { readonly own: Map<string, Printed>; readonly real: Map<string, Printed> | undefined };

before(async () => {
  if (!isUsable) return;
  fs.mkdirSync(tools);
  const git = findGit({ env: process.env, platform: process.platform }, undefined) ?? assert.fail('there is no git');
  for (const [name, target] of [['git', git], ...TOOLS.map((tool) => [tool, execFileSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim()])]) {
    if (name !== undefined && target?.startsWith('/') === true) fs.symlinkSync(target, path.join(tools, name));
  }
  writeTree(repository.root, {
    ...LAYOUTS.v1, ...CHECKOUT, 'src/db/cart.sql': 'one\n', 'src/api.ts': 'two\n', '.claude/epics/checkout/updates/12/progress.md': task({ completion: '40%' }), '.claude/epics/other/epic.md': task({ name: 'other', status: 'backlog' }),
  });
  repository.git(['add', '-A']);
  repository.git(['commit', '-q', '-m', 'Start']);
  repository.git(['branch', 'epic/checkout']);
  fs.appendFileSync(path.join(repository.root, 'src/api.ts'), 'three\n');
  // Nothing of today: then `standup` has nothing to tell, unless PYI brings something.
  const old = new Date(Date.UTC(2024, 0, 1));
  for (const file of fs.readdirSync(path.join(repository.root, '.claude'), { recursive: true }) as string[]) fs.utimesSync(path.join(repository.root, '.claude', file), old, old);
  without = { own: own(false), real: REAL === undefined ? undefined : real(false) };
  server.start();
  (await server.connect('test')).close();
  pyi('setup');
  pyi('ccpm', 'install');
  pyi('ccpm', 'start', 'checkout');
});

after(async () => {
  await server.stop();
  repository.remove();
});

test('reports like CCPM\'s print the same with PYI on, asked twice', { skip: !isUsable && 'the native front is not compiled here' }, () => {
  assert.match(without.own.get('standup')?.stdout ?? '', /^nothing today\n/);
  assert.match(without.own.get('git')?.stdout ?? '', /^main\n M src\/api\.ts\n/);
  for (let time = 0; time < 2; time++) for (const [name, printed] of own(true)) assert.deepEqual(printed, without.own.get(name), name);
});

test('CCPM\'s own offline scripts print the same with PYI on', { skip: !isUsable ? 'the native front is not compiled here' : REAL === undefined && 'the scripts could not be fetched (scripts/ccpm-scripts.mjs)' }, () => {
  const expected = without.real ?? assert.fail();
  for (const [name, { stdout }] of expected) assert.ok(stdout.length > 20, `${name} prints something`);
  assert.match(expected.get('status')?.stdout ?? '', /Total:\s+2/);
  for (const [name, printed] of real(true)) assert.deepEqual(printed, expected.get(name), name);
});

test('the one exception: the total of search counts PYI\'s files when they have the word', { skip: !isUsable && 'the native front is not compiled here' }, () => {
  const [last, ...others] = report(OWN, ['search', 'pyi'], true).stdout.trimEnd().split('\n').reverse();
  assert.deepEqual([last, others], ['files in all: 3', []]);
});
