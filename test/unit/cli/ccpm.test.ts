import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { renderClosed, renderStarted, renderStatus, renderStopped } from '../../../cli/ccpm/render.ts';
import { run } from '../../../cli/run.ts';
import { CHECKOUT, LAYOUTS, writeTree } from '../../support/ccpm-project.ts';
import { FakeTerminal, fakeServices } from './fakes.ts';

const style = { color: false, now: 0 };
const root = mkdtempSync(join(tmpdir(), 'pyi-ccpm-'));
after(() => rmSync(root, { recursive: true }));

async function pyi(...args: string[]): Promise<{ code: unknown; out: string; err: string }> {
  const terminal = new FakeTerminal();
  const code = await run(['ccpm', ...args], terminal, fakeServices({}));
  return { code, out: terminal.out, err: terminal.err };
}

test('a wrong command line is exit code 2, with what to do', async () => {
  for (const [args, message, hint] of [
    [['instal'], /no command "instal"/, /Did you mean "pyi ccpm install"\?/], [['start'], /needs the name of an epic/, /--help/], [['close', 'x'], /needs the number of a task/, /--help/],
    [['status', 'a', 'b'], /"b"/, /--help/], [['stop', 'x', '--nothing'], /Unknown option '--nothing'/, /--help/], [['close', 'x', '1', '--timeout', 'soon'], /--timeout must be a number/, /--help/],
    [['install', 'x'], /"x"/, /--help/],
  ] as const) {
    const { code, err } = await pyi(...args);
    assert.equal(code, 2, args.join(' '));
    assert.match(err, message);
    assert.match(err, hint);
  }
});

test('help names every command, with and without a word', async () => {
  for (const args of [[], ['--help'], ['start', '--help'], ['-h']]) {
    const { code, out } = await pyi(...args);
    assert.equal(code, 0);
    for (const word of ['install', 'uninstall', 'status', 'start', 'close', 'stop', 'resolve']) assert.match(out, new RegExp(`^  ${word} `, 'm'));
  }
});

test('installing asks no server, says what it did, and needs CCPM', async () => {
  writeTree(root, { ...LAYOUTS.v1, ...CHECKOUT });
  const terminal = new FakeTerminal();
  const services = fakeServices({});
  assert.equal(await run(['-C', join(root, '.claude'), 'ccpm', 'install'], terminal, services), 0);
  assert.match(terminal.out, /^CCPM v1 in \.claude\/commands\/pm\n {2}\.claude\/commands\/pm\/epic-stop\.md +added\n/);
  assert.equal(await run(['-C', root, 'ccpm', 'uninstall', '--json'], terminal, services), 0);
  assert.deepEqual((JSON.parse(terminal.out) as { files: { state: string }[] }).files.map(({ state }) => state), ['removed', 'removed', 'removed']);
  assert.deepEqual(services.requests, []);
  const elsewhere = await pyi('install');
  assert.equal(elsewhere.code, 1);
  assert.match(elsewhere.err, /There is no CCPM in \/srv\/repo/);
});

test('people read which task is how far', () => {
  const stream = { files: [], told: null, agent: null, dir: null, conflicts: 0, proven: false, changed: 0 };
  const text = renderStatus({
    project: '/p', layouts: [], files: [],
    epics: [{
      epic: 'checkout', status: 'in-progress', counts: { tasks: 2, closed: 1, done: 0, streams: 3, collapsed: 1 }, problems: ['task 13: depends_on names "9"'],
      tasks: [
        { number: '12', title: 'Cart\u001b[2J', status: 'open', state: 'running', dependsOn: [], conflictsWith: [], waitsFor: ['11'], streams: [
          { ...stream, stream: 'A', title: 'Tables', state: 'live', fork: 'f', name: 'checkout-12-A', changed: 2, conflicts: 1, proven: true, told: 'completed' },
          { ...stream, stream: 'B', title: 'Pages', state: 'none', fork: null, name: null },
        ] },
        { number: '15', title: 'Plans', status: 'closed', state: 'closed', dependsOn: [], conflictsWith: [], waitsFor: [], streams: [{ ...stream, stream: 'A', title: 'Plans', state: 'none', fork: null, name: null }] },
      ],
    }],
  }, style);
  assert.match(text, /^checkout \(in-progress\): 1 of 2 tasks closed, 1 of 3 streams committed$/m);
  assert.match(text, /^ {2}#12 +running +Cart\\e\[2J +after #11$/m);
  assert.match(text, /^ {4}A +at work +Tables +checkout-12-A · 2 files · 1 in conflict · validated · completed$/m);
  assert.match(text, /^ {4}B +not started +Pages$/m);
  assert.doesNotMatch(text, /A .*Plans/, 'streams of closed tasks are left out');
  assert.match(text, /! task 13: depends_on names "9"/);
});

test('what was done says how to take it back or go on', () => {
  assert.match(renderStopped({ epic: 'checkout', discarded: [{ fork: '1'.repeat(32), name: 'checkout-12-A', agent: 'a', dir: null }] }), /"pyi undo --fork 111111111111" brings all of them back, "pyi ccpm start checkout"/);
  assert.equal(renderStopped({ epic: 'checkout', discarded: [] }), 'No fork of checkout is live.\n');
  const started = renderStarted({
    epic: 'my shop', closed: ['15'], ties: [{ first: 'a', second: 'b', kind: 'conflict' }, { first: 'a', second: 'c', kind: 'causal' }],
    streams: [{ task: '12', stream: 'A', title: 't', fork: 'f', name: 'a', agent: 'a', dir: '/d', globs: [], state: 'resumed', conflicts: ['x.ts'], overlaps: [{ agent: 'b', globs: ['src/**'], paths: [] }] }],
  });
  assert.match(started, /#12 A +a +made, with its earlier work +\/d\n/);
  assert.match(started, /a is in conflict in x\.ts: edit there\.\na shares src\/\*\* with b\.\na and b are in conflict: .*"pyi ccpm start 'my shop'"/);
  const refused = renderClosed({ epic: 'x', task: '12', closable: false, missing: ['a validator'], observations: [], commits: [], discarded: [] }, style);
  assert.equal(refused, 'missing a validator\nTask #12 stays open.\n');
});
