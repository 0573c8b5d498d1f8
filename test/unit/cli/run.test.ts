import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from '../../../cli/run.ts';
import { PyiError } from '../../../protocol/errors.ts';
import type { Params } from '../../../protocol/registry.ts';
import { FakeTerminal, fakeServices } from './fakes.ts';

test('--json prints the result and nothing else', async () => {
  const terminal = new FakeTerminal();
  const services = fakeServices({ phase: () => ({ phase: 'hybrid', previous: 'hybrid' }) });
  assert.equal(await run(['phase', '--json'], terminal, services), 0);
  assert.equal(terminal.out, '{"phase":"hybrid","previous":"hybrid"}\n');
  assert.equal(terminal.err, '');
  assert.deepEqual(services.calls, [{ name: 'phase', params: { repository: '/srv/repo' } }]);
});

test('people read names where JSON has ids', async () => {
  const [one, gone] = ['1'.repeat(32), '2'.repeat(32)];
  const terminal = new FakeTerminal();
  const services = fakeServices({
    discard: () => ({ discarded: [one, gone] }),
    forks: ({ forks }: Params<'forks'>) => {
      if (forks !== undefined) throw new PyiError('NOT_FOUND', 'There is no fork.', '');
      return [{ fork: one, name: 'try-a' }];
    },
  });
  assert.equal(await run(['discard', 'try-a', '2222'], terminal, services), 0);
  assert.equal(terminal.out, 'discarded try-a; "pyi undo --fork 111111111111" brings it back\ndiscarded 222222222222; "pyi undo --fork 222222222222" brings it back\n');
  assert.deepEqual(services.calls.slice(1), [{ name: 'forks', params: { repository: '/srv/repo', forks: [one, gone] } }, { name: 'forks', params: { repository: '/srv/repo', all: true } }]);
  assert.equal(await run(['discard', 'try-a', '--json'], terminal, services), 0);
  assert.deepEqual(JSON.parse(terminal.out), { discarded: [one, gone] });
  assert.equal(services.calls.length, 4, 'JSON asks for nothing more');
});

test('-C leads elsewhere, each from the one before', async () => {
  const services = fakeServices({ phase: () => ({ phase: 'hybrid', previous: 'hybrid' }) });
  await run(['-C', '..', '-C', 'other', 'phase'], new FakeTerminal(), services);
  assert.deepEqual(services.calls[0]?.params, { repository: '/srv/other' });
});

test('an error is told with its hint, exit code 1; with --json on stdout', async () => {
  const services = fakeServices({ undo: () => {
    throw new PyiError('NOT_FOUND', 'No fork "x\u001b[2J".', 'See "pyi forks".');
  } });
  const human = new FakeTerminal();
  assert.equal(await run(['undo'], human, services), 1);
  assert.equal(human.out, '');
  assert.equal(human.err, 'pyi: No fork "x\\e[2J". (NOT_FOUND)\n  See "pyi forks".\n');
  const machine = new FakeTerminal();
  assert.equal(await run(['undo', '--json'], machine, services), 1);
  assert.deepEqual(JSON.parse(machine.out), { error: { code: 'NOT_FOUND', message: 'No fork "x\u001b[2J".', hint: 'See "pyi forks".' } });
  assert.equal(machine.err, '');
});

test('a wrong command line is exit code 2, also as JSON', async () => {
  const services = fakeServices({});
  const human = new FakeTerminal();
  assert.equal(await run(['undo', '--frok', 'f'], human, services), 2);
  assert.match(human.err, /no option --frok.*\n {2}Did you mean --fork\?/);
  const machine = new FakeTerminal();
  assert.equal(await run(['undo', '--frok', 'f', '--json'], machine, services), 2);
  assert.equal((JSON.parse(machine.out) as { error: { code: string } }).error.code, 'INVALID_ARGUMENT');
  assert.equal(await run(['mcp', 'x'], new FakeTerminal(), services), 2);
  assert.equal(await run(['completion', 'tcsh'], new FakeTerminal(), services), 2);
  assert.equal(await run(['serve', '--nothing'], new FakeTerminal(), services), 2);
  assert.deepEqual(services.requests, [], 'nothing was connected to');
});

test('an unexpected error is INTERNAL', async () => {
  const terminal = new FakeTerminal();
  assert.equal(await run(['undo', '--json'], terminal, fakeServices({ undo: () => {
    throw new TypeError('boom');
  } })), 1);
  assert.equal((JSON.parse(terminal.out) as { error: { code: string } }).error.code, 'INTERNAL');
});

test('a check that fails is exit code 1 with its result', async () => {
  const terminal = new FakeTerminal();
  const services = fakeServices({ doctor: () => ({ ok: false, findings: [{ check: 'catalog', ok: false, detail: 'missing', fix: 'pyi doctor --repair' }], repaired: [] }) });
  assert.equal(await run(['doctor'], terminal, services), 1);
  assert.match(terminal.out, /^BAD {2}catalog: missing\n/);
});

test('an interrupt cancels the call, a second ends the process', async () => {
  const terminal = new FakeTerminal();
  const services = fakeServices({ verify: async (_params, { signal }) => {
    setImmediate(() => {
      for (const interrupt of terminal.interrupts) interrupt();
      assert.throws(() => {
        for (const interrupt of terminal.interrupts) interrupt();
      }, /exit 130/);
    });
    await new Promise((resolve) => signal?.addEventListener('abort', resolve));
    throw new PyiError('CANCELLED', 'verify was cancelled.', '');
  } });
  assert.equal(await run(['verify'], terminal, services), 130);
  assert.equal(terminal.interrupts.size, 0);
});

test('progress shows after a second, at a terminal only, and is taken away', async () => {
  for (const isTTY of [true, false]) {
    const terminal = new FakeTerminal({ isTTY });
    const services = fakeServices({ phase: (_params, { onProgress }) => {
      onProgress?.({ what: 'early', done: 1, total: 10 });
      terminal.time += 1500;
      onProgress?.({ what: 'files', done: 5, total: 10 });
      onProgress?.({ what: 'bytes', done: 6, total: undefined });
      return { phase: 'hybrid', previous: 'hybrid' };
    } });
    await run(['phase'], terminal, services);
    assert.equal(terminal.err, isTTY ? '\r\u001b[Kfiles: 5 of 10\r\u001b[Kbytes: 6\r\u001b[K' : '');
  }
});

test('stop starts no server, and is content when there is none', async () => {
  const terminal = new FakeTerminal();
  const services = fakeServices({ stop: () => ({ stopping: true }) }, false);
  assert.equal(await run(['stop'], terminal, services), 0);
  assert.equal(services.requests[0]?.start, undefined);
  assert.equal(terminal.out, 'No server is running.\n');
  assert.equal(await run(['stop', '--json'], terminal, services), 0);
  assert.deepEqual(JSON.parse(terminal.out), { stopping: false });
});

test('write takes stdin: text as text, other bytes as base64', async () => {
  const answer = { write: ({ path }: Params<'write'>) => ({ fork: 'f'.repeat(32), path, bytes: 3, level: 'process' }) };
  const contents = async (stdin: string | Uint8Array): Promise<unknown> => {
    const services = fakeServices(answer);
    assert.equal(await run(['write', 'f', 'a'], new FakeTerminal({ stdin }), services), 0);
    return (services.calls[0]?.params as Params<'write'>).content;
  };
  assert.deepEqual(await contents('grün\n'), { text: 'grün\n' });
  assert.deepEqual(await contents(''), { text: '' });
  assert.deepEqual(await contents(Uint8Array.of(0xff, 0x00)), { base64: '/wA=' });
});

test('read writes bytes, in as many calls as it takes', async () => {
  const file = Buffer.from([0, 255, 10, 13, 200, 65, 66]);
  const answer = { read: ({ offset = 0, path }: Params<'read'>) => {
    const part = file.subarray(offset, offset + 3);
    return { path, mode: 'file', size: file.length, base64: part.toString('base64'), end: offset + 3 >= file.length };
  } };
  const terminal = new FakeTerminal();
  const services = fakeServices(answer);
  assert.equal(await run(['read', 'f', 'a'], terminal, services), 0);
  assert.deepEqual(terminal.stdout.read(), file);
  assert.deepEqual(services.calls.map(({ params }) => (params as Params<'read'>).offset), [0, 3, 6]);
  assert.equal(await run(['read', 'f', 'a', '--json'], terminal, services), 0);
  assert.deepEqual(JSON.parse(terminal.out), { path: 'a', mode: 'file', size: 7, base64: file.toString('base64'), end: true });
});

test('a patch leaves byte for byte, except on a terminal', async () => {
  const answer = { changes: () => ({ added: [], changed: ['a'], deleted: [], renamed: [], patch: '+caf\udce9\u001b[2J\n' }) };
  const pipe = new FakeTerminal();
  await run(['changes', '--patch'], pipe, fakeServices(answer));
  assert.deepEqual(pipe.stdout.read(), Buffer.from('+caf\xe9\u001b[2J\n', 'latin1'));
  const screen = new FakeTerminal({ isTTY: true });
  await run(['changes', '--patch'], screen, fakeServices(answer));
  assert.equal(screen.out, '\u001b[32m+caf\\xe9\\e[2J\u001b[0m\n');
});

test('help explains every verb from its schema', async () => {
  const terminal = new FakeTerminal();
  assert.equal(await run([], terminal, fakeServices({})), 0);
  assert.match(terminal.out, /checkpoint +Record the state of a fork\n/);
  await run(['checkpoint', '--help'], terminal, fakeServices({}));
  assert.match(terminal.out, /^Record the state of a fork\n\nUsage: pyi checkpoint \[-m MESSAGE\][^]*--level LEVEL .*\(default: process\)[^]*Example: pyi checkpoint -m/);
  await run(['help', 'discard'], terminal, fakeServices({}));
  assert.match(terminal.out, /Usage: pyi discard FORK… \[--json\]/);
  await run(['help', 'serve'], terminal, fakeServices({}));
  assert.match(terminal.out, /--socket PATH/);
});
