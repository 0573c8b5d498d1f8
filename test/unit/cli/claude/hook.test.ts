import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { run } from '../../../../cli/run.ts';
import { PyiError } from '../../../../protocol/errors.ts';
import { FakeTerminal, fakeServices } from '../fakes.ts';
import type { FakeServer } from '../fakes.ts';

/** Hooks that Node answers: where there is no native front, and what that leaves to Node. */

interface Place { readonly directory: string; readonly terminal: FakeTerminal; readonly log: () => string }

/** A terminal in a directory of its own, with a payload on stdin. */
function place(context: TestContext, payload: string): Place {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'pyi-hook-')));
  context.after(() => { rmSync(directory, { recursive: true, force: true }); });
  const terminal = Object.assign(new FakeTerminal({ stdin: payload }), { cwd: directory });
  terminal.env['PYI_RUNTIME_DIR'] = join(directory, 'run');
  const file = join(directory, 'run', 'hooks.log');
  return { directory, terminal, log: () => (existsSync(file) ? readFileSync(file, 'utf8') : '') };
}

const found = { root: '/repo', store: '/repo/.git/pyi', fork: 'f1', workspace: true };
const answering = (): FakeServer => fakeServices({ where: () => found, checkpoint: () => ({ checkpoint: 'c' }) });
const PAYLOAD = JSON.stringify({ session_id: 'abc', cwd: '/repo', tool_name: 'Edit', tool_input: { file_path: '/repo/a.ts' } });

test('a hook records over the connection, and starts no server by itself', async (context) => {
  const { terminal, log } = place(context, PAYLOAD);
  const services = answering();
  assert.equal(await run(['claude', 'hook', 'PostToolUse'], terminal, services), 0);
  assert.deepEqual([services.calls.map(({ name }) => name), services.requests[0]?.start], [['where', 'checkpoint'], undefined]);
  assert.deepEqual([terminal.out, terminal.err, log()], ['', '', '']);
});

test('without a server one is asked for in the background, with the payload; without a store nothing is', async (context) => {
  const withStore = place(context, PAYLOAD);
  mkdirSync(join(withStore.directory, '.git', 'pyi', 'segments'), { recursive: true });
  const services = fakeServices({}, false);
  assert.equal(await run(['claude', 'hook', 'Stop'], withStore.terminal, services), 0);
  assert.deepEqual(services.later, [{ args: ['claude', 'hook', 'Stop', '--late'], input: PAYLOAD }]);
  assert.match(withStore.log(), /^2026-01-31T12:00:00Z Stop: no server answers; one is started, and records it later\n$/);

  const without = place(context, PAYLOAD);
  mkdirSync(join(without.directory, '.git'));
  const idle = fakeServices({}, false);
  assert.equal(await run(['claude', 'hook', 'Stop'], without.terminal, idle), 0);
  assert.deepEqual(idle.later, []);
  assert.match(without.log(), /Stop: no server runs, and there is no store here; nothing to do\n$/);
});

test('what runs in the background starts the server', async (context) => {
  const { terminal } = place(context, PAYLOAD);
  const services = answering();
  assert.equal(await run(['claude', 'hook', 'PostToolUse', '--late'], terminal, services), 0);
  assert.deepEqual([services.requests[0]?.start, services.calls.length], [services.program, 2]);
});

test('a hook ends with code 0 and an empty output whatever goes wrong: exit code 2 would stop the agent', async (context) => {
  const refusing = fakeServices({ where: () => { throw new PyiError('NO_SPACE', 'The disk is full\nreally', 'hint'); } });
  const broken: FakeServer = { ...fakeServices({}), connect: () => Promise.reject(new PyiError('UNAUTHORIZED', 'The directory belongs to another', 'hint')) };
  for (const [event, services, logged] of [
    ['PostToolUse', refusing, /PostToolUse: \/repo: The disk is full\\nreally\n/], ['Stop', broken, /Stop: The directory belongs to another; let go\n$/],
    ['PreCompact', answering(), /PreCompact: this version of PYI does not know the hook; nothing was done\n$/],
  ] as const) {
    const { terminal, log } = place(context, PAYLOAD);
    assert.equal(await run(['claude', 'hook', event], terminal, services), 0);
    assert.deepEqual([terminal.out, terminal.err], ['', '']);
    assert.match(log(), logged);
  }
});

test('a server that does not answer, and a writer that does not end, are let go', async (context) => {
  const hanging = place(context, PAYLOAD);
  const started = performance.now();
  assert.equal(await run(['claude', 'hook', 'PostToolUse'], hanging.terminal, fakeServices({ where: async () => new Promise(() => undefined) })), 0);
  assert.ok(performance.now() - started >= 990);
  assert.match(hanging.log(), /PostToolUse: the server did not answer within 1000 ms; let go\n$/);

  const open = place(context, '');
  const stdin = new PassThrough();
  stdin.write(PAYLOAD);
  const services = answering();
  assert.equal(await run(['claude', 'hook', 'PostToolUse'], Object.assign(open.terminal, { stdin }), services), 0);
  assert.deepEqual([services.calls.length, stdin.destroyed], [2, true]);
});

test('PYI_DISABLE turns hooks off', async (context) => {
  const { terminal, log } = place(context, PAYLOAD);
  terminal.env['PYI_DISABLE'] = '1';
  const services = answering();
  assert.equal(await run(['claude', 'hook', 'PostToolUse'], terminal, services), 0);
  assert.deepEqual([services.requests, log()], [[], '']);
});

test('a worktree is a fork with the agent of the session; a failure says why and is code 1', async (context) => {
  const made = place(context, JSON.stringify({ session_id: 'abc12345-1', cwd: '/gone', name: 'feature auth' }));
  const services = fakeServices({ where: () => found, fork: () => ({ fork: 'f2', dir: '/repo.forks/feature-auth' }) });
  assert.equal(await run(['claude', 'hook', 'WorktreeCreate'], made.terminal, services), 0);
  assert.equal(made.terminal.out, '/repo.forks/feature-auth\n');
  assert.deepEqual(services.calls.at(-1), { name: 'fork', params: { repository: made.directory, name: 'feature-auth', agent: 'claude-abc12345' } });
  assert.equal(services.requests[0]?.start, services.program);

  const failed = place(context, JSON.stringify({ name: 'x' }));
  const full = fakeServices({ where: () => found, fork: () => { throw new PyiError('NO_SPACE', 'The disk is full', 'Free some.'); } });
  assert.equal(await run(['claude', 'hook', 'WorktreeCreate'], failed.terminal, full), 1);
  assert.deepEqual([failed.terminal.out, failed.terminal.err], ['', 'pyi: The disk is full (NO_SPACE)\n  Free some.\n']);
});
