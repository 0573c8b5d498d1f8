import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { PyiError } from '../../../protocol/errors.ts';
import type { ErrorCode } from '../../../protocol/errors.ts';
import type { OperationName } from '../../../protocol/registry.ts';
import { OPERATIONS } from '../../../protocol/registry.ts';
import { fingerprint } from '../../support/fingerprint.ts';
import { GitRepository } from '../../support/git-repository.ts';
import { setUp } from '../../support/host.ts';
import type { TestHost } from '../../support/host.ts';

/**
 * Bad input to every operation: refused with a code that fits and a hint, and nothing has changed, byte for byte: not the
 * store, not the work trees, not Git. The work tree has a change that nobody recorded, which a refused call must not record either.
 */

type Parameters = Record<string, unknown>;

/** Operations by a parameter that names a fork or a checkpoint. */
const REFERENCES: readonly (readonly [OperationName, (reference: unknown) => Parameters])[] = [
  ['checkpoint', (fork) => ({ fork })],
  ['fork', (from) => ({ from, name: 'new', dir: false })],
  ['fork', (from) => ({ from, name: 'new' })],
  ['timeline', (fork) => ({ fork })],
  ['tally', (fork) => ({ fork })],
  ['history', (fork) => ({ fork, path: 'a.txt' })],
  ['radar', (fork) => ({ fork })],
  ['find', (fork) => ({ fork, text: 'x' })],
  ['changes', (from) => ({ from })],
  ['changes', (to) => ({ from: 'one', to })],
  ['rewind', (checkpoint) => ({ checkpoint })],
  ['rewind', (fork) => ({ fork, checkpoint: 'one' })],
  ['undo', (fork) => ({ fork })],
  ['write', (fork) => ({ fork, path: 'a.txt', content: { text: 'x' } })],
  ['read', (fork) => ({ fork, path: 'a.txt' })],
  ['remove', (fork) => ({ fork, path: 'a.txt' })],
  ['ls', (fork) => ({ fork })],
  ['observe', (fork) => ({ fork, score: 1 })],
  ['collapse', (fork) => ({ fork })],
  ['discard', (fork) => ({ forks: ['one', fork] })],
  ['integrate', (fork) => ({ fork, into: 'one' })],
  ['integrate', (into) => ({ fork: 'one', into })],
  ['entangle', (first) => ({ first, second: 'one', kind: 'causal' })],
  ['entangle', (second) => ({ first: 'one', second, kind: 'conflict' })],
  ['materialize', (checkpoint) => ({ checkpoint, out: '/nowhere/at/all' })],
  ['pin', (checkpoint) => ({ checkpoint })],
];

/** Operations by a parameter that is a path in a tree. */
const PATHS: readonly (readonly [OperationName, (path: unknown) => Parameters])[] = [
  ['write', (at) => ({ fork: 'idea', path: at, content: { text: 'x' } })],
  ['write', (at) => ({ fork: 'one', path: at, content: { text: 'x' } })],
  ['remove', (at) => ({ fork: 'idea', path: at })],
  ['remove', (at) => ({ fork: 'one', path: at })],
  ['read', (at) => ({ fork: 'idea', path: at })],
  ['ls', (at) => ({ fork: 'idea', path: at })],
  ['rewind', (at) => ({ checkpoint: 'one', paths: ['a.txt', at] })],
  ['history', (at) => ({ path: at })],
  ['radar', (at) => ({ paths: [at] })],
  ['checkpoint', (at) => ({ buffers: [{ path: at, text: 'x' }] })],
];

/** Operations by a parameter that is the name of something new. */
const NAMES: readonly (readonly [OperationName, (name: unknown) => Parameters])[] = [
  ['fork', (name) => ({ name })],
  ['fork', (name) => ({ name, dir: false })],
  ['fork', (agent) => ({ name: 'new', agent })],
  ['fork', (task) => ({ name: 'new', task, dir: false })],
  ['race', (task) => ({ task, count: 1, try: 'true', validate: 'true' })],
  ['collapse', (task) => ({ task })],
  ['forks', (task) => ({ task })],
];

const UNKNOWN = ['nosuch', 'deadbeef', 'f'.repeat(64), '../one', '/etc/passwd', '.git', '--help', '-x', 'one\0', 'o\nne', '\u001b[31mone', 'caf\udcc3', '\u202eeno', '__proto__', 'constructor', '$(id)', ' one', 'x'.repeat(200)];
const WRONG_TYPES = [5, null, true, [], ['one'], {}, { one: 1 }, '', 'x'.repeat(30_000)];
const HOSTILE_PATHS = [
  '../x', '..', 'a/../../x', 'a/..', '/etc/passwd', '/', '//x', 'a//b', './a', 'a/.', '.', 'a\0b', '.git', '.git/config', 'src/.GiT/x', '.Git', 'GIT~1/x',
  '.git\u200c/x', '.g\u200cit/x', '.git./x', '.git /x', '.git::$INDEX_ALLOCATION/x', '.git\\config', `${'n'.repeat(256)}`, `${'d/'.repeat(2100)}f`,
];
const HOSTILE_NAMES = ['../x', 'a/b', 'a\\b', '.', '..', '-x', '--all', ' x', 'a\0', 'a\nb', '\u001b[31mred', 'c:x', 'x'.repeat(201), '/abs'];

const NUMBERS: readonly (readonly [OperationName, Parameters])[] = [
  ...[0, -1, 1.5, 1e300, Number.NaN, '5'].map((limit) => ['timeline', { limit }] as const),
  ...[Number.NaN, Infinity, 'now'].map((at) => ['timeline', { before: at }] as const),
  ...[-1, 0.5, 2 ** 60, '0'].map((offset) => ['read', { fork: 'one', path: 'a.txt', offset }] as const),
  ...[0, -1, 17 * 1024 * 1024].map((length) => ['read', { fork: 'one', path: 'a.txt', length }] as const),
  ...[-0.1, 1.1, Number.NaN].map((probability) => ['fork', { name: 'new', probability }] as const),
  ...[0, -1, 1e12, Infinity].map((ttlSeconds) => ['fork', { name: 'new', ttlSeconds }] as const),
  ...[0, -1, 1001].map((count) => ['race', { count, try: 'true', validate: 'true' }] as const),
  ...[Number.NaN, Infinity, '1'].map((score) => ['observe', { fork: 'one', score }] as const),
  ...[-1, Number.NaN].map((graceSeconds) => ['sweep', { graceSeconds }] as const),
];

const HUGE: readonly (readonly [OperationName, Parameters])[] = [
  ['checkpoint', { message: 'm'.repeat(65_537) }],
  ['checkpoint', { cause: 'c'.repeat(1001) }],
  ['collapse', { fork: 'one', message: 'm'.repeat(65_537) }],
  ['integrate', { fork: 'one', into: 'idea', message: 'm'.repeat(65_537) }],
  ['observe', { fork: 'one', evidence: 'e'.repeat(65_537) }],
  ['observe', { fork: 'one', command: Array.from({ length: 10_001 }, () => 'x') }],
  ['discard', { forks: Array.from({ length: 10_001 }, () => 'one') }],
  ['discard', { forks: [] }],
  ['rewind', { checkpoint: 'one', paths: Array.from({ length: 10_001 }, () => 'a.txt') }],
  ['materialize', { checkpoint: 'one', out: `/${'o'.repeat(4096)}` }],
  ['fork', { name: 'new', dir: `/${'o'.repeat(4096)}` }],
  ['fork', { name: 'é'.repeat(200) }],
  ['race', { count: 1, try: 't'.repeat(65_537), validate: 'true' }],
];

const OTHER: readonly (readonly [OperationName, Parameters, ErrorCode])[] = [
  ['write', { fork: 'idea', path: 'x', content: {} }, 'INVALID_ARGUMENT'],
  ['write', { fork: 'idea', path: 'x', content: { text: 'a', base64: 'YQ==' } }, 'INVALID_ARGUMENT'],
  ['write', { fork: 'idea', path: 'x', content: { base64: '%%%' } }, 'INVALID_ARGUMENT'],
  ['write', { fork: 'idea', path: 'x', content: 'text' }, 'INVALID_ARGUMENT'],
  ['write', { fork: 'idea', path: 'a.txt/below', content: { text: 'x' } }, 'INVALID_PATH'],
  ['write', { fork: 'one', path: 'src', content: { text: 'x' } }, 'INVALID_PATH'],
  ['write', { fork: 'one', path: 'link', mode: 'symlink', content: { text: '' } }, 'INVALID_ARGUMENT'],
  ['write', { fork: 'one', path: 'link', mode: 'symlink', content: { text: 'a\0b' } }, 'INVALID_ARGUMENT'],
  ['write', { fork: 'idea', path: 'link', mode: 'symlink', content: { text: 'x'.repeat(4096) } }, 'INVALID_ARGUMENT'],
  ['write', { fork: 'idea', path: 'x', content: { text: 'x' }, mode: 'setuid' }, 'INVALID_ARGUMENT'],
  ['write', { fork: 'idea', path: 'x', content: { text: 'x' }, level: 'replicated' }, 'INVALID_ARGUMENT'],
  ['remove', { fork: 'one', path: 'nothing' }, 'NOT_FOUND'],
  ['rewind', { checkpoint: 'one', paths: ['nothing'] }, 'NOT_FOUND'],
  ['checkpoint', { level: 'replicated' }, 'INVALID_ARGUMENT'],
  ['checkpoint', { level: 'fast' }, 'INVALID_ARGUMENT'],
  ['checkpoint', { massage: 'a slip' }, 'INVALID_ARGUMENT'],
  ['fork', { name: 'one' }, 'NAME_EXISTS'],
  ['fork', { name: 'new', dir: 'src/inside' }, 'INVALID_PATH'],
  ['fork', { name: 'new', dir: '.' }, 'INVALID_PATH'],
  ['fork', { name: 'new', dir: '../x/.GIT/y' }, 'INVALID_PATH'],
  ['fork', { name: '.git' }, 'INVALID_PATH'],
  ['fork', { name: 'new', dir: 'a\0b' }, 'INVALID_PATH'],
  ['discard', { forks: ['workspace'] }, 'INVALID_ARGUMENT'],
  ['discard', { forks: ['one', 'workspace'] }, 'INVALID_ARGUMENT'],
  ['integrate', { fork: 'one', into: 'one' }, 'INVALID_ARGUMENT'],
  ['entangle', { first: 'one', second: 'one', kind: 'causal' }, 'INVALID_ARGUMENT'],
  ['entangle', { first: 'one', second: 'idea', kind: 'spooky' }, 'INVALID_ARGUMENT'],
  ['collapse', {}, 'INVALID_ARGUMENT'],
  ['collapse', { fork: 'workspace' }, 'INVALID_ARGUMENT'],
  ['collapse', { fork: 'one', task: 'another' }, 'INVALID_ARGUMENT'],
  ['collapse', { task: 'nothing observed' }, 'NOT_FOUND'],
  ['materialize', { checkpoint: 'one', out: 'relative' }, 'INVALID_ARGUMENT'],
  ['materialize', { checkpoint: 'one', out: '/a\0b' }, 'INVALID_PATH'],
  ['observe', { fork: 'one', command: ['no-such-program-anywhere'] }, 'INVALID_ARGUMENT'],
  ['observe', { fork: 'one', command: ['a\0b'] }, 'INVALID_ARGUMENT'],
  ['observe', { fork: 'one', command: [''] }, 'INVALID_ARGUMENT'],
  ['phase', { phase: 'gas' }, 'INVALID_ARGUMENT'],
];

describe('bad input', () => {
  let host: TestHost;
  let repository: GitRepository;
  let unchanged: Record<string, string>;
  let problems: string[];

  before(async () => {
    repository = GitRepository.create();
    host = await setUp(repository);
    await host.call('fork', { name: 'one' });
    await host.call('fork', { name: 'idea', dir: false });
  });
  beforeEach(() => {
    repository.write('a.txt', 'changed, and not recorded\n');
    unchanged = fingerprint(repository.directory);
    problems = [];
  });
  afterEach(() => { assert.deepEqual(problems, []); });
  after(() => host.close());

  /** Calls what must be refused with one of `codes`, and notes what is wrong with the refusal. */
  async function refused(codes: readonly ErrorCode[], name: OperationName, params: Parameters): Promise<PyiError | undefined> {
    const wrong = (what: string): void => { problems.push(`${name} ${JSON.stringify(params).slice(0, 150)} ${what}`); };
    let error: unknown;
    try {
      await host.call(name, params as never);
      wrong('was accepted');
    } catch (thrown) {
      error = thrown;
    }
    if (error !== undefined && !PyiError.is(error)) wrong(`failed with something that has no code: ${String(error)}`);
    if (PyiError.is(error)) {
      if (!codes.includes(error.code)) wrong(`was refused with ${error.code}: ${error.message}`);
      if (error.hint === '') wrong('was refused without a hint');
      if (error.message.length > 2000) wrong(`was refused in ${error.message.length} characters`);
    }
    const now = fingerprint(repository.directory);
    for (const file of new Set([...Object.keys(now), ...Object.keys(unchanged)])) if (now[file] !== unchanged[file]) wrong(`changed ${file}`);
    unchanged = now;
    return PyiError.is(error) ? error : undefined;
  }

  test('forks and checkpoints that do not exist', async () => {
    for (const [name, params] of REFERENCES) for (const reference of UNKNOWN) await refused(['NOT_FOUND'], name, params(reference));
  });

  test('wrong types, empty and endless text', async () => {
    for (const [name, params] of [...REFERENCES, ...PATHS, ...NAMES]) {
      for (const value of WRONG_TYPES) if (name !== 'ls' || value !== '') await refused(['INVALID_ARGUMENT'], name, params(value));
    }
  });

  test('paths that escape, reach into Git or deceive', async () => {
    const roots = new Set(['.', '/', './']);
    for (const [name, params] of PATHS) {
      for (const at of HOSTILE_PATHS) if (name !== 'ls' || !roots.has(at)) await refused(['INVALID_PATH'], name, params(at));
    }
  });

  test('names that would be paths, options or escape sequences', async () => {
    for (const [name, params] of NAMES) for (const value of HOSTILE_NAMES) await refused(['INVALID_ARGUMENT'], name, params(value));
  });

  test('numbers out of range, and too much of anything', async () => {
    for (const [name, params] of [...NUMBERS, ...HUGE]) await refused(['INVALID_ARGUMENT', 'INVALID_PATH'], name, params);
  });

  test('requests that make no sense', async () => {
    for (const [name, params, code] of OTHER) await refused([code], name, params);
  });

  test('places that are no repository, for every operation', async () => {
    const places = ['relative', '/no/such/place', '/a\0b', path.join(repository.root, 'a.txt'), path.join(repository.root, '.git'), repository.directory];
    for (const { name, params } of Object.values(OPERATIONS)) {
      if (!('repository' in params.shape) || name === 'about') continue;
      for (const place of [...places, '', 'x'.repeat(5000), 7]) {
        // A folder without a store is what setup is for.
        if (name === 'setup' && place === repository.directory) continue;
        await refused(['NOT_FOUND', 'INVALID_ARGUMENT'], name as OperationName, { ...sample(name as OperationName), repository: place });
      }
    }
  });

  test('the home directory and what is above it are refused as a root, and the way to insist is named', async () => {
    const home = process.env['HOME'];
    const folder = fs.mkdtempSync(path.join(repository.directory, 'folder-'));
    const link = path.join(repository.directory, 'link-to-folder');
    fs.symlinkSync(folder, link);
    unchanged = fingerprint(repository.directory);
    try {
      for (const [asHome, place] of [[folder, folder], [link, folder], [folder, link], [path.join(folder, 'user'), folder], [folder, '/']] as const) {
        process.env['HOME'] = asHome;
        const error = await refused(['INVALID_ARGUMENT'], 'setup', { repository: place });
        assert.match(error?.hint ?? '', /--allow-unusual-root/);
      }
      const made = await host.call('setup', { repository: folder, allowUnusualRoot: true });
      assert.equal(made.root, folder);
    } finally {
      if (home === undefined) delete process.env['HOME'];
      else process.env['HOME'] = home;
    }
  });

  test('a prefix that fits several forks or checkpoints is refused, with the candidates', async () => {
    const forks = new Map<string, string>();
    const shared = await firstShared(forks, async (n) => (await host.call('fork', { name: `f${n}`, from: 'idea', dir: false })).fork);
    const checkpoints = new Map<string, string>();
    const sharedCheckpoint = await firstShared(checkpoints, async () => (await host.call('checkpoint', { fork: 'idea' })).checkpoint);
    unchanged = fingerprint(repository.directory);
    for (const [name, params] of REFERENCES) {
      // Where only forks are asked for, a prefix of checkpoints is unknown, unless it happens to be one of a fork.
      for (const prefix of [shared, sharedCheckpoint]) await refused(['INVALID_ARGUMENT', 'NOT_FOUND'], name, params(prefix));
    }
    assert.match((await refused(['INVALID_ARGUMENT'], 'undo', { fork: shared }))?.message ?? '', /ambiguous: .*f\d+/);
    assert.match((await refused(['INVALID_ARGUMENT'], 'pin', { checkpoint: sharedCheckpoint }))?.message ?? '', /ambiguous/);
  });
});

/** Makes ids until two begin with the same four digits, and returns these. */
async function firstShared(seen: Map<string, string>, make: (n: number) => Promise<string>): Promise<string> {
  for (let n = 0; ; n++) {
    const id = await make(n);
    const prefix = id.slice(0, 4);
    if (seen.has(prefix)) return prefix;
    seen.set(prefix, id);
  }
}

/** Parameters with which an operation would work. */
function sample(name: OperationName): Parameters {
  const samples: Partial<Record<OperationName, Parameters>> = {
    rewind: { checkpoint: 'one' }, write: { fork: 'idea', path: 'x', content: { text: 'x' } }, read: { fork: 'one', path: 'a.txt' },
    remove: { fork: 'idea', path: 'a.txt' }, ls: { fork: 'one' }, observe: { fork: 'one', score: 1 }, collapse: { fork: 'one' },
    race: { count: 1, try: 'true', validate: 'true' }, discard: { forks: ['one'] }, integrate: { fork: 'one', into: 'idea' },
    entangle: { first: 'one', second: 'idea', kind: 'causal' }, materialize: { checkpoint: 'one', out: '/nowhere/at/all' }, pin: { checkpoint: 'one' },
  };
  return samples[name] ?? {};
}
