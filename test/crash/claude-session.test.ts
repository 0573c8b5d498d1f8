import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Client } from '../../connect/client.ts';
import { GitRepository } from '../support/git-repository.ts';
import { ServerProcess } from '../support/server-process.ts';
import { fingerprint } from '../support/fingerprint.ts';

/** Sessions of Claude Code, played with payloads in the documented form against the built program, a real server and a real repository. */

const PYI = fileURLToPath(new URL('../../dist/bin/pyi', import.meta.url));
const SECRET = 'planted-7f3a-secret';
/** An empty program takes no longer where nobody else is at work. */
const IDLE_MILLIS = 4;
/** Everything of Git's own: what PYI must leave alone. */
const NOT_GIT = /^pyi(\/|$)/;

interface Ended { readonly code: number | null; readonly stdout: string; readonly stderr: string; readonly millis: number }

const repository = GitRepository.create();
const runtime = path.join(repository.directory, 'r');
const server = new ServerProcess(runtime, repository.env);
let client: Client;

before(async () => {
  repository.commit({ '.gitignore': 'ignored/\n', 'a.txt': 'a\n', 'src/b.ts': 'b\n', 'src/deep/c.ts': 'c\n' });
  repository.write('staged.txt', 'staged\n');
  repository.git(['add', 'staged.txt']);
  repository.write('untracked.txt', 'only here\n');
  server.start();
  client = await server.connect('test');
  await client.call('setup', { repository: repository.root });
});

after(async () => {
  client.close();
  await server.stop();
  repository.remove();
});

/** Runs a hook as Claude Code does, with what it gives on stdin. */
async function hook(event: string, payload: object | string, cwd = repository.root, program: readonly string[] = [PYI, 'claude', 'hook', event]): Promise<Ended> {
  const common = { session_id: 'abc12345-1111-2222', transcript_path: `/home/u/.claude/projects/p/${SECRET}.jsonl`, cwd, permission_mode: 'default', hook_event_name: event };
  const started = performance.now();
  const [command = '', ...args] = program;
  const child = spawn(command, args, { cwd, env: { ...repository.env, PYI_RUNTIME_DIR: runtime, PYI_NODE: process.execPath } });
  const [stdout, stderr]: [string[], string[]] = [[], []];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => stdout.push(chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => stderr.push(chunk));
  child.stdin.on('error', () => undefined).end(typeof payload === 'string' ? payload : JSON.stringify({ ...common, ...payload }));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout: stdout.join(''), stderr: stderr.join(''), millis: performance.now() - started };
}

/** A hook that must end well and say nothing. */
async function quiet(event: string, payload: object | string, cwd?: string): Promise<void> {
  const { code, stdout, stderr } = await hook(event, payload, cwd);
  assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' });
}

async function newest(fork = 'workspace', directory = repository.root): Promise<{ checkpoint: string; message: string; cause: string; kind: string }> {
  const [row] = await client.call('timeline', { repository: directory, fork, limit: 1 });
  assert.ok(row !== undefined);
  return row;
}

async function pathsOf(state: string): Promise<string[]> {
  return (await client.call('ls', { repository: repository.root, fork: state, recursive: true })).map(({ path: file }) => file);
}

const git = (): Record<string, string> => fingerprint(path.join(repository.root, '.git'), NOT_GIT);
const bash = (command: string): object => ({ tool_name: 'Bash', tool_input: { command, description: SECRET }, tool_use_id: 'toolu_1' });
const hookLog = (): string => (existsSync(path.join(runtime, 'hooks.log')) ? readFileSync(path.join(runtime, 'hooks.log'), 'utf8') : '');

test('a session: what tools and shells wrote and deleted is recorded, step by step, and Git is as it was', async () => {
  const before = git();
  await quiet('SessionStart', { source: 'startup', model: 'opus' });
  repository.write('mine.txt', 'by hand\n');
  await quiet('UserPromptSubmit', { prompt: `please use ${SECRET}` });
  const prompt = await newest();
  assert.deepEqual([prompt.message, prompt.kind], ['before a prompt', 'automatic']);
  assert.ok((await pathsOf(prompt.checkpoint)).includes('mine.txt'));

  repository.write('src/new.ts', 'written by a tool\n');
  await quiet('PostToolUse', { tool_name: 'Write', tool_input: { file_path: path.join(repository.root, 'src/new.ts'), content: 'written by a tool\n' }, tool_response: { success: true } });
  const written = await newest();
  assert.deepEqual([written.message, written.kind, written.cause], ['Write src/new.ts', 'tool', 'Claude Code PostToolUse, session abc12345-1111-2222']);

  const command = `TOKEN=${SECRET} rm -rf src/deep untracked.txt && echo ${SECRET.length} > shell.txt`;
  await quiet('PreToolUse', bash(command));
  assert.equal((await newest()).checkpoint, written.checkpoint, 'nothing changed, so nothing was taken');
  rmSync(path.join(repository.root, 'src/deep'), { recursive: true });
  repository.unlink('untracked.txt');
  repository.write('shell.txt', '19\n');
  repository.write('ignored/cache', 'x');
  await quiet('PostToolUseFailure', { ...bash(command), error: SECRET, is_interrupt: false });
  const shell = await newest();
  assert.equal(shell.message, 'Bash (failed)');
  const paths = await pathsOf(shell.checkpoint);
  assert.deepEqual([paths.includes('shell.txt'), paths.includes('src/deep/c.ts'), paths.includes('untracked.txt'), paths.includes('ignored/cache')], [true, false, false, false]);

  await quiet('SubagentStart', { agent_id: 'agent-1', agent_type: 'Explore' });
  repository.write('src/b.ts', 'by a subagent\n');
  await quiet('PostToolUse', { agent_id: 'agent-1', agent_type: 'Explore', tool_name: 'Edit', tool_input: { file_path: 'src/b.ts' } });
  assert.equal((await newest()).cause, 'Claude Code PostToolUse, session abc12345-1111-2222, subagent Explore, subagent id agent-1');
  await quiet('SubagentStop', { agent_id: 'agent-1', agent_type: 'Explore', stop_hook_active: false, last_assistant_message: SECRET });
  await quiet('Stop', { stop_hook_active: false, last_assistant_message: SECRET });
  await quiet('SessionEnd', { reason: 'other' });
  assert.deepEqual(git(), before, 'index, HEAD, refs and all else of Git');

  // From any step a branch can be made, and files come back: tracked, never added, deleted.
  const fork = await client.call('fork', { repository: repository.root, name: 'mid-turn', from: written.checkpoint, dir: false });
  assert.ok((await pathsOf(fork.fork)).includes('src/deep/c.ts'));
  const plan = { repository: repository.root, checkpoint: written.checkpoint, paths: ['src/deep', 'untracked.txt'] };
  const preview = await client.call('rewind', { ...plan, dryRun: true });
  assert.deepEqual([[...preview.written].sort(), preview.removed, repository.exists('untracked.txt')], [['src/deep/c.ts', 'untracked.txt'], [], false]);
  await client.call('rewind', plan);
  assert.deepEqual([repository.read('untracked.txt'), repository.read('src/deep/c.ts'), repository.read('shell.txt'), repository.read('ignored/cache')], ['only here\n', 'c\n', '19\n', 'x']);
  await client.call('undo', { repository: repository.root });
  assert.equal(repository.exists('untracked.txt'), false);
});

test('a rewind leaves commits that were made since, and the user can take any command back', async () => {
  await quiet('PreToolUse', bash('git clean -fdx && git reset --hard'));
  const saved = await newest();
  const commit = repository.commit({ 'later.txt': 'committed meanwhile\n' });
  for (const name of readdirSync(repository.root)) if (name !== '.git') rmSync(path.join(repository.root, name), { recursive: true });
  await quiet('PostToolUse', bash('rm -rf *'));
  assert.deepEqual(await pathsOf((await newest()).checkpoint), []);
  await client.call('rewind', { repository: repository.root, checkpoint: saved.checkpoint });
  assert.equal(repository.git(['rev-parse', 'HEAD']), commit);
  assert.deepEqual([repository.read('a.txt'), repository.exists('mine.txt'), repository.exists('later.txt')], ['a\n', true, false]);
  await client.call('undo', { repository: repository.root });
});

test('prompts, commands, outputs and names of transcripts are nowhere in the store, its logs, or Git', () => {
  const texts: string[] = [];
  for (const directory of [path.join(repository.root, '.git'), runtime]) {
    for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) texts.push(readFileSync(path.join(entry.parentPath, entry.name), 'latin1'));
    }
  }
  assert.ok(texts.some((text) => text.includes('before a prompt')), 'messages would be found');
  assert.ok(texts.every((text) => !text.includes(SECRET)));
});

test('two sessions work in forks of their own: git lists them, and one does not undo the other', async () => {
  const created = await Promise.all([{ name: 'left' }, { worktree_name: 'right', base_path: repository.root, source_ref: 'main' }].map((payload) => hook('WorktreeCreate', payload)));
  const [left = '', right = ''] = created.map(({ code, stdout, stderr }) => {
    assert.deepEqual([code, stderr, stdout.split('\n').length], [0, '', 2]);
    return stdout.trimEnd();
  });
  const listed = repository.git(['worktree', 'list', '--porcelain']).split('\n');
  for (const directory of [left, right]) assert.ok(path.isAbsolute(directory) && existsSync(directory) && listed.includes(`worktree ${directory}`), directory);
  assert.equal((await hook('WorktreeCreate', { name: 'left' })).stdout, `${left}\n`, 'a name that is alive is gone on with');

  const write = async (directory: string, content: string): Promise<void> => {
    writeFileSync(path.join(directory, 'both.txt'), content);
    await quiet('PostToolUse', { tool_name: 'Write', tool_input: { file_path: path.join(directory, 'both.txt') } }, directory);
  };
  await Promise.all([write(left, 'left 1\n'), write(right, 'right 1\n')]);
  const first = await newest('left');
  await Promise.all([write(left, 'left 2\n'), write(right, 'right 2\n')]);
  const own = { workspace: await newest(), right: await newest('right') };
  await client.call('rewind', { repository: left, fork: 'left', checkpoint: first.checkpoint });
  const content = (directory: string): string => readFileSync(path.join(directory, 'both.txt'), 'utf8');
  assert.deepEqual([content(left), content(right), repository.exists('both.txt')], ['left 1\n', 'right 2\n', false]);
  await client.call('undo', { repository: left, fork: 'left' });
  assert.deepEqual([content(left), content(right)], ['left 2\n', 'right 2\n']);
  assert.deepEqual({ workspace: await newest(), right: await newest('right') }, own);
  const [info] = await client.call('forks', { repository: left, forks: ['left'] });
  assert.equal(info?.agent, 'claude-abc12345');
});

test('a worktree that is removed is a fork that is discarded: what no checkpoint had is recorded first, and an undo brings it back', async () => {
  const directory = (await hook('WorktreeCreate', { name: 'removed' })).stdout.trimEnd();
  const { fork } = await client.call('where', { repository: directory });
  writeFileSync(path.join(directory, 'unrecorded.txt'), 'nobody recorded this\n');
  const { code, stdout, stderr } = await hook('WorktreeRemove', { worktree_path: directory });
  assert.deepEqual([code, stdout, stderr], [0, '', '']);
  const [ended] = await client.call('forks', { repository: repository.root, forks: [fork ?? ''] });
  assert.equal(ended?.state, 'discarded');
  assert.ok((await pathsOf(ended.head)).includes('unrecorded.txt'));
  assert.equal((await hook('WorktreeRemove', { worktree_path: directory })).code, 0, 'once more is no fault');
  await client.call('undo', { repository: repository.root, fork: fork ?? '' });
  assert.equal(readFileSync(path.join(directory, 'unrecorded.txt'), 'utf8'), 'nobody recorded this\n');
  const own = await hook('WorktreeRemove', { worktree_path: repository.root });
  assert.deepEqual([own.code, own.stdout], [1, '']);
  assert.match(own.stderr, /^pyi: .* is your own work tree/);
  assert.equal((await hook('WorktreeRemove', { worktree_path: path.join(repository.directory, 'gone') })).code, 0);
});

test('a worktree that cannot be made is an error that says why, with nothing on stdout', async () => {
  repository.git(['branch', 'other', 'HEAD~1']);
  for (const [payload, message] of [
    [{ name: 'x', source_ref: 'other' }, /"other" is no fork, no checkpoint, and not the commit that is checked out/], [{}, /no name for the worktree/], [{ name: '///' }, /no name/], ['}{', /no name/],
  ] as const) {
    const { code, stdout, stderr } = await hook('WorktreeCreate', payload);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, message);
  }
  const names = (await client.call('forks', { repository: repository.root })).map(({ name }) => name);
  assert.ok(!names.includes('x'));
  assert.match((await hook('WorktreeCreate', { name: '../../out/of here' })).stdout, /\.forks[\\/]out-of-here\n$/);
});

test('where PYI is not set up, git makes the worktrees, hooks record nothing, and nothing is set up', async () => {
  const other = GitRepository.create();
  try {
    other.commit({ 'a.txt': 'a\n' });
    const before = fingerprint(other.directory);
    await quiet('PostToolUse', bash('make'), other.root);
    await quiet('Stop', {}, other.directory);
    assert.deepEqual(fingerprint(other.directory), before);
    const { code, stdout } = await hook('WorktreeCreate', { name: 'plain' }, other.root);
    assert.deepEqual([code, stdout], [0, `${path.join(other.root, '.claude/worktrees/plain')}\n`]);
    assert.equal(other.git(['branch', '--show-current'], { cwd: stdout.trimEnd() }), 'worktree-plain');
    writeFileSync(path.join(stdout.trimEnd(), 'work.txt'), 'not committed\n');
    const refused = await hook('WorktreeRemove', { worktree_path: stdout.trimEnd() }, other.root);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /contains modified or untracked files/);
    rmSync(path.join(stdout.trimEnd(), 'work.txt'));
    assert.equal((await hook('WorktreeRemove', { worktree_path: stdout.trimEnd() }, other.root)).code, 0);
    assert.equal(existsSync(stdout.trimEnd()), false);
    const nowhere = await hook('WorktreeCreate', { name: 'x' }, other.directory);
    assert.deepEqual([nowhere.code, nowhere.stdout], [1, '']);
    assert.equal(existsSync(path.join(other.root, '.git', 'pyi')), false);
  } finally {
    other.remove();
  }
});

test('a nested repository is recorded for itself, and only where it was set up', async () => {
  const nested = path.join(repository.root, 'vendor', 'lib');
  mkdirSync(nested, { recursive: true });
  repository.git(['init', '-q', nested]);
  writeFileSync(path.join(nested, 'n.txt'), '1\n');
  const outer = await newest();
  await quiet('PostToolUse', { tool_name: 'Bash', tool_input: { command: 'make' } }, nested);
  assert.deepEqual([await newest(), existsSync(path.join(nested, '.git/pyi'))], [outer, false]);
  await client.call('setup', { repository: nested });
  writeFileSync(path.join(nested, 'n.txt'), '2\n');
  repository.write('outer.txt', 'outer\n');
  await quiet('PostToolUse', { tool_name: 'Edit', tool_input: { file_path: path.join(nested, 'n.txt') } });
  assert.deepEqual([(await newest('workspace', nested)).message, (await newest()).message], ['Edit n.txt', 'Edit vendor/lib/n.txt']);
});

test('payloads that are wrong, huge or about places that are gone fail nothing, and what can be recorded is', async () => {
  const states = new Set<string>();
  let n = 0;
  for (const payload of ['', 'null', '}{', '[1]', '{"cwd":7}', '{"cwd":"relative"}', JSON.stringify({ tool_name: 'Write', tool_input: { content: 'x'.repeat(100 * 1024 * 1024) } })]) {
    repository.write('wrong.txt', `${n++}\n`);
    await quiet('PostToolUse', payload);
    states.add((await newest()).checkpoint);
  }
  assert.equal(states.size, n, 'each recorded what had changed in its directory');
  await quiet('PostToolUse', { cwd: '/no/such/directory' });
  await quiet('PostToolUse', { tool_name: 'Write', tool_input: { file_path: '/no/such/file' } });
  await quiet('NoSuchHook', {});
  assert.match(hookLog(), /NoSuchHook: this version of PYI does not know the hook/);
});

test('a server that was stopped is let go in time, says so, and records when it goes on', async () => {
  process.kill(server.pid, 'SIGSTOP');
  try {
    repository.write('while-stopped.txt', '1\n');
    const { code, stdout, stderr, millis } = await hook('PostToolUse', bash('x'));
    assert.deepEqual([code, stdout, stderr], [0, '', '']);
    assert.ok(millis < 3000, `${Math.round(millis)} ms`);
    assert.match(hookLog(), /PostToolUse: the server did not answer within (?:a second|1000 ms); let go\n$/);
  } finally {
    process.kill(server.pid, 'SIGCONT');
  }
  while (!(await pathsOf((await newest()).checkpoint)).includes('while-stopped.txt')) await delay(20);
});

/** The program of macOS, Windows and of machines without a compiler. */
test('without the native front the same is recorded', async () => {
  const cli = fileURLToPath(new URL('../../dist/cli.cjs', import.meta.url));
  repository.write('through-node.txt', '1\n');
  const { code, stdout, stderr } = await hook('PostToolUse', { tool_name: 'Write', tool_input: { file_path: 'through-node.txt' } }, repository.root, [process.execPath, cli, 'claude', 'hook', 'PostToolUse']);
  assert.deepEqual([code, stdout, stderr], [0, '', '']);
  assert.deepEqual([(await newest()).message, (await pathsOf((await newest()).checkpoint)).includes('through-node.txt')], ['Write through-node.txt', true]);
});

test('a hook takes a few milliseconds more than an empty program', { skip: process.platform !== 'linux' && 'elsewhere Node answers' }, async (context) => {
  for (let i = 0; i < 500; i++) repository.write(`many/${i % 20}/f${i}.txt`, `${i}\n`);
  await quiet('PostToolUse', bash('x'));
  const times = { hook: [] as number[], none: [] as number[] };
  for (let i = 0; i < 80; i++) {
    repository.write(`many/${i % 20}/f${i}.txt`, `changed ${i}\n`);
    const payload = { tool_name: 'Edit', tool_input: { file_path: path.join(repository.root, `many/${i % 20}/f${i}.txt`), new_string: 'x'.repeat(2000) } };
    times.hook.push((await hook('PostToolUse', payload)).millis);
    times.none.push((await hook('PostToolUse', payload, repository.root, ['/bin/true'])).millis);
  }
  const at = (list: number[], share: number): number => [...list].sort((a, b) => a - b)[Math.floor(list.length * share)] ?? NaN;
  const [p50, p95] = [0.5, 0.95].map((share) => at(times.hook, share)) as [number, number];
  const [none50, none95] = [0.5, 0.95].map((share) => at(times.none, share)) as [number, number];
  context.diagnostic(`hook with a changed file: p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms; an empty program: p50 ${none50.toFixed(1)} ms, p95 ${none95.toFixed(1)} ms`);
  // Starting any program takes what it takes on a busy machine, and a hook wakes one process more; what is ours is the rest.
  assert.ok(p50 < 2 * none50 + 15, 'p50 beside an empty program');
  assert.ok(p95 < 3 * none95 + 30, 'p95 beside an empty program');
  if (none95 < IDLE_MILLIS) assert.ok(p95 < 15, 'p95 on a machine that is idle');
});

test('without a server the next hook starts one, which records the step', async () => {
  client.close();
  await server.kill();
  repository.write('while-away.txt', '1\n');
  await quiet('PostToolUse', bash('x'));
  client = await connectToStarted();
  try {
    const deadline = performance.now() + 30_000;
    while (!(await pathsOf((await newest()).checkpoint)).includes('while-away.txt')) {
      assert.ok(performance.now() < deadline, hookLog());
      await delay(50);
    }
    assert.match(hookLog(), /PostToolUse: no server answers; one is started, and records it later\n$/);
  } finally {
    await client.call('stop', {});
    await client.closed;
  }
});

async function connectToStarted(): Promise<Client> {
  const { connectToServer } = await import('../../connect/connect.ts');
  const deadline = performance.now() + 30_000;
  for (;;) {
    try {
      return await connectToServer({ env: { PYI_RUNTIME_DIR: runtime }, platform: process.platform, uid: process.getuid?.(), name: 'test', version: '0.1.0', start: undefined });
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(20);
    }
  }
}
