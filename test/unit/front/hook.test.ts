import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { after, afterEach, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import packageJson from '../../../package.json';
import { readPayload } from '../../../hooks/payload.ts';
import { RUN_GIT, encodeAnswer } from '../../../server/shim/wire.ts';
import { CompiledFront } from '../../support/compiled-front.ts';
import type { Ended } from '../../support/compiled-front.ts';

/** The native front as a hook of Claude Code, against servers that behave and that do not: it ends well, in time, and says nothing. */

const front = new CompiledFront();
const { root, runtime, work, pyi, env, run, serve } = front;
const isLinux = process.platform === 'linux';
const skip = !isLinux && 'elsewhere, Node answers hooks';
const SILENT: Ended = { code: 0, signal: null, stdout: '', stderr: '' };
const DONE = encodeAnswer({ code: 0, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) });
const PAYLOAD = JSON.stringify({ session_id: 'abc', cwd: '/somewhere', hook_event_name: 'PostToolUse', tool_name: 'Write', tool_input: { file_path: '/somewhere/a', content: 'x'.repeat(1000) } });

/** A node that writes down how it was called, and what it was given. */
const told = join(root, 'told');
const node = join(root, 'node');
writeFileSync(node, `#!/bin/sh\necho "$@" > "${told}.new"; cat >> "${told}.new"; mv "${told}.new" "${told}"\n`, { mode: 0o755 });

function log(): string {
  return existsSync(join(runtime, 'hooks.log')) ? readFileSync(join(runtime, 'hooks.log'), 'utf8') : '';
}

async function hook(input: string = PAYLOAD, more: { event?: string; env?: Record<string, string>; cwd?: string } = {}): Promise<Ended> {
  return run(pyi, ['claude', 'hook', more.event ?? 'PostToolUse'], { input, cwd: more.cwd ?? work, env: { PYI_NODE: node, ...more.env } });
}

/** What the process in the background was called with; waits for it. */
async function later(): Promise<{ args: string; input: string }> {
  while (!existsSync(told)) await delay(5);
  const [args = '', ...input] = readFileSync(told, 'utf8').split('\n');
  rmSync(told);
  return { args: args.replace(/^\S+/, ''), input: input.join('\n') };
}

function makeStore(): void {
  mkdirSync(join(work, '.git', 'pyi', 'segments'), { recursive: true });
}

afterEach(async () => {
  await front.stopServing();
  rmSync(join(work, '.git', 'pyi'), { recursive: true, force: true });
});
after(() => { front.close(); });

test('a hook asks the server with its name, its directory and what stands on stdin', { skip }, async () => {
  const asked = await serve((socket) => socket.end(DONE));
  assert.deepEqual(await hook(), SILENT);
  assert.deepEqual(asked, [{ version: packageJson.version, git: '', directory: work, isErrorTerminal: false, isHook: true, args: ['PostToolUse'], env: {}, input: PAYLOAD }]);
  assert.equal(log(), '');
});

test('of a payload of 100 MB the beginning is sent, and its writer gets rid of all of it', { skip }, async () => {
  const asked = await serve((socket) => socket.end(DONE));
  const child = spawn(pyi, ['claude', 'hook', 'PostToolUse'], { cwd: work, env: { ...env, PYI_NODE: node }, stdio: ['pipe', 'ignore', 'ignore'] });
  const ended = once(child, 'exit');
  function* parts(): Generator<Buffer> {
    yield Buffer.from(PAYLOAD.slice(0, PAYLOAD.indexOf('xxx')));
    for (let i = 0; i < 100; i++) yield Buffer.alloc(1024 * 1024, 'y');
    yield Buffer.from('"}}');
  }
  const error = await pipeline(parts, child.stdin).then(() => undefined, (cause: unknown) => cause);
  assert.deepEqual([(await ended)[0], asked.length], [0, 1]);
  // On a machine that is too busy to take it all within the limit, the rest is refused; what names the tool was read first.
  assert.ok(error === undefined || (error as NodeJS.ErrnoException).code === 'EPIPE');
  const payload = readPayload(Buffer.from(asked[0]?.input ?? '', 'latin1'));
  assert.deepEqual([payload.tool, payload.file, asked[0]?.input?.length], ['Write', '/somewhere/a', 128 * 1024]);
});

test('a writer that does not close stdin holds nothing up', { skip }, async () => {
  const asked = await serve((socket) => socket.end(DONE));
  const child = spawn(pyi, ['claude', 'hook', 'Stop'], { cwd: work, env: { ...env }, stdio: ['pipe', 'ignore', 'ignore'] });
  child.stdin.on('error', () => undefined).write('{"cwd":"/x"}');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
  assert.equal(asked[0]?.input, '{"cwd":"/x"}');
});

test('a server that does not answer is let go within the limit, and that is logged', { skip }, async () => {
  await serve(() => undefined);
  const started = performance.now();
  assert.deepEqual(await hook(), SILENT);
  const millis = performance.now() - started;
  assert.ok(millis >= 990 && millis < 2500, `${Math.round(millis)} ms`);
  assert.match(log(), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ PostToolUse: the server did not answer within a second; let go\n$/);
  assert.equal(existsSync(told), false);
});

test('where no server runs, one is started in the background with the payload, and the hook does not wait', { skip }, async () => {
  makeStore();
  const large = `${PAYLOAD}${' '.repeat(100_000)}`;
  for (const [event, input] of [['PostToolUse', PAYLOAD], ['Stop', ''], ['PreToolUse', large]] as const) {
    assert.deepEqual(await hook(input, { event, cwd: join(work, '.git', '..') }), SILENT);
    assert.deepEqual(await later(), { args: ` claude hook ${event} --late`, input });
  }
  assert.match(log(), /^(\S+ (PostToolUse|Stop|PreToolUse): no server answers; one is started, and records it later\n){3}$/);
});

test('nobody who reads what a hook prints waits for the background', { skip }, async () => {
  makeStore();
  const slow = join(root, 'slow-node');
  const gate = join(root, 'gate');
  writeFileSync(slow, `#!/bin/sh\nwhile [ ! -e "${gate}" ]; do sleep 0.05; done\necho done > "${told}"\n`, { mode: 0o755 });
  // `run` waits until both streams are closed by all who hold them.
  assert.deepEqual(await hook(PAYLOAD, { env: { PYI_NODE: slow } }), SILENT);
  assert.equal(existsSync(told), false);
  writeFileSync(gate, '');
  await later();
});

test('without a store nothing is started', { skip }, async () => {
  assert.deepEqual(await hook(), SILENT);
  assert.deepEqual(await hook(PAYLOAD, { cwd: '/' }), SILENT);
  assert.match(log(), /^(\S+ PostToolUse: no server runs, and there is no store here; nothing to do\n){2}$/);
  await delay(50);
  assert.equal(existsSync(told), false);
});

test('a server of another version, and one that ends in the middle: Node takes over', { skip }, async () => {
  makeStore();
  for (const answer of [RUN_GIT, DONE.subarray(0, 7), Buffer.alloc(0)]) {
    await serve((socket) => socket.end(answer));
    assert.deepEqual(await hook(), SILENT);
    assert.deepEqual(await later(), { args: ' claude hook PostToolUse --late', input: PAYLOAD });
    await front.stopServing();
  }
});

test('PYI_DISABLE turns hooks off, and a runtime directory that others may enter is not used', { skip }, async () => {
  makeStore();
  const asked = await serve((socket) => socket.end(DONE));
  assert.deepEqual(await hook(PAYLOAD, { env: { PYI_DISABLE: '1' } }), SILENT);
  assert.equal(log(), '');
  chmodSync(runtime, 0o755);
  assert.deepEqual(await hook(), SILENT);
  await later();
  assert.deepEqual([asked.length, log()], [0, '']);
});

test('the log does not grow for ever', { skip }, async () => {
  mkdirSync(runtime, { mode: 0o700 });
  writeFileSync(join(runtime, 'hooks.log'), 'x'.repeat(1024 * 1024 + 1));
  assert.deepEqual(await hook(), SILENT);
  assert.match(log(), /^\S+ PostToolUse: [^\n]+\n$/);
  assert.ok(existsSync(join(runtime, 'hooks.log.1')));
});

test('hooks that print something, words that are no hook, and the name of git are as ever', { skip }, async () => {
  await serve((socket) => socket.end(DONE));
  for (const args of [['claude', 'hook', 'WorktreeCreate'], ['claude', 'hook', 'Unknown'], ['claude', 'hook'], ['claude', 'hook', 'Stop', '--late'], ['claude', 'status']]) {
    assert.equal((await run(pyi, args, { env: { PYI_NODE: node } })).code, 0);
    assert.equal((await later()).args, ` ${args.join(' ')}`);
  }
  const asGit = await run(join(root, 'dist', 'bin', 'git'), ['claude', 'hook', 'Stop'], {});
  assert.match(asGit.stderr, /'claude' is not a git command/);
});
