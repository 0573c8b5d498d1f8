import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { GitRepository } from '../../support/git-repository.ts';
import { inFork, setUp } from '../../support/host.ts';
import type { TestHost } from '../../support/host.ts';

const write = (host: TestHost, fork: string, path: string, text: string): Promise<unknown> => host.call('write', { fork, path, content: { text } });

describe('timeline and tally', () => {
  let host: TestHost;
  before(async () => {
    host = await setUp(GitRepository.create());
    for (const [name, task] of [['one', 'parser'], ['two', undefined]] as const) {
      await host.call('fork', { name, dir: false, agent: `agent ${name}`, ...(task === undefined ? {} : { task }) });
      for (const step of ['first', 'second']) {
        await write(host, name, `${step}.txt`, `${name}\n`);
        await host.call('checkpoint', { fork: name, message: `${step} of ${name}`, kind: 'tool' });
      }
    }
  });
  after(() => host.close());

  const messages = async (params: Parameters<typeof host.call<'timeline'>>[1]): Promise<string[]> => (await host.call('timeline', params)).map(({ message }) => message);

  test('pages by offset are the whole timeline', async () => {
    const all = await host.call('timeline', { limit: 100 });
    assert.equal(all.length, 5);
    assert.deepEqual([...await host.call('timeline', { limit: 2 }), ...await host.call('timeline', { limit: 3, offset: 2 })], all);
    assert.deepEqual(await host.call('timeline', { offset: 5 }), []);
  });

  test('filters by task, kind and text', async () => {
    assert.deepEqual(await messages({ task: 'parser' }), ['second of one', 'first of one']);
    assert.deepEqual(await messages({ task: null }), ['second of two', 'first of two', 'Setup']);
    assert.deepEqual(await messages({ kinds: ['setup', 'merge'] }), ['Setup']);
    assert.deepEqual(await messages({ text: 'FIRST', fork: 'two' }), ['first of two']);
  });

  test('what is tallied is what a timeline with the same bounds lists', async () => {
    for (const by of ['day', 'agent', 'task'] as const) {
      const { total, groups } = await host.call('tally', { by, timeZone: 'Asia/Kathmandu' });
      assert.equal(total, 5);
      for (const { key, count, after: from, before: to } of groups) {
        const filter = by === 'agent' ? { agent: key ?? '' } : by === 'task' ? { task: key } : {};
        assert.equal((await host.call('timeline', { after: from, before: to, ...filter, limit: 100 })).length, count, `${by} ${String(key)}`);
      }
    }
    assert.deepEqual((await host.call('tally', { by: 'task' })).groups.map(({ key, count }) => [key, count]), [[null, 3], ['parser', 2]]);
    assert.deepEqual((await host.call('tally', { by: 'agent', fork: 'one' })).groups.map(({ key, count }) => [key, count]), [['agent one', 2]]);
    await host.refusal('tally', { timeZone: 'Nowhere/Atlantis' }, 'INVALID_ARGUMENT');
  });
});

describe('names of checkpoints', () => {
  let host: TestHost;
  before(async () => { host = await setUp(GitRepository.create()); });
  after(() => host.close());

  test('a name pins, is found in the timeline, and stands for its checkpoint wherever one is asked for', async () => {
    const first = (await host.call('timeline', {})).at(-1)?.checkpoint ?? '';
    host.events.length = 0;
    assert.deepEqual(await host.call('pin', { checkpoint: first, name: 'before the rewrite' }), { checkpoint: first, pinned: true, name: 'before the rewrite' });
    assert.deepEqual(host.events.map(({ kind, checkpoint }) => [kind, checkpoint]), [['pin', first]]);
    host.repository.write('a.txt', 'other\n');
    await host.call('checkpoint', {});
    assert.deepEqual((await host.call('timeline', { text: 'THE REWRITE' })).map(({ checkpoint, pinned, name }) => [checkpoint, pinned, name]), [[first, true, 'before the rewrite']]);
    assert.equal(await host.text('before the rewrite', 'a.txt'), 'a\n');
    assert.deepEqual((await host.call('changes', { from: 'before the rewrite', to: 'workspace' })).changed, ['a.txt']);
    assert.equal((await host.call('fork', { name: 'again', from: 'before the rewrite', dir: false })).base, first);
    await host.restart();
    assert.equal(await host.text('before the rewrite', 'a.txt'), 'a\n');
    assert.equal((await host.call('timeline', {})).find(({ checkpoint }) => checkpoint === first)?.name, 'before the rewrite');
  });

  test('forks win over names, a name that two have is refused, and a slip is set right', async () => {
    const [newest, ...older] = (await host.call('timeline', {})).map(({ checkpoint }) => checkpoint) as [string, ...string[]];
    await host.call('pin', { checkpoint: newest, name: 'workspace' });
    await host.call('pin', { checkpoint: newest, name: 'twin' });
    assert.equal((await host.call('rewind', { checkpoint: 'workspace', dryRun: true })).to, newest, 'the fork, not the name it had for a moment');
    await host.call('pin', { checkpoint: older.at(-1) ?? '', name: 'twin' });
    assert.match((await host.refusal('materialize', { checkpoint: 'twin', out: '/nowhere' }, 'INVALID_ARGUMENT')).message, new RegExp(`ambiguous: .*${newest.slice(0, 16)}`));
    assert.match((await host.refusal('materialize', { checkpoint: 'twni', out: '/nowhere' }, 'NOT_FOUND')).hint, /Did you mean twin\?/);
  });

  test('a checkpoint that is let go loses its name; pinned again, it has none', async () => {
    const [newest] = (await host.call('timeline', {})).map(({ checkpoint }) => checkpoint) as [string];
    assert.equal((await host.call('pin', { checkpoint: newest })).name, 'twin', 'as it was');
    assert.deepEqual(await host.call('pin', { checkpoint: newest, pinned: false }), { checkpoint: newest, pinned: false, name: null });
    assert.equal((await host.call('pin', { checkpoint: newest })).name, null);
    await host.call('pin', { checkpoint: newest, name: 'x' });
    assert.deepEqual(await host.call('pin', { checkpoint: newest, name: null }), { checkpoint: newest, pinned: true, name: null });
    await host.refusal('pin', { checkpoint: newest, pinned: false, name: 'x' }, 'INVALID_ARGUMENT');
  });
});

describe('checkpoints of what is not saved', () => {
  let host: TestHost;
  let repository: GitRepository;
  before(async () => {
    repository = GitRepository.create();
    repository.write('.gitignore', 'secret\n');
    repository.write('run.sh', 'echo\n', 0o755);
    fs.symlinkSync('a.txt', `${repository.root}/link`);
    host = await setUp(repository);
  });
  after(() => host.close());

  test('nothing changed: the last one is named, none is taken and nobody is told', async () => {
    const [head] = await host.call('timeline', {});
    host.events.length = 0;
    const reply = await host.call('checkpoint', { ifChanged: true, level: 'disk' });
    assert.deepEqual([reply.checkpoint, reply.root, reply.parents], [head?.checkpoint, head?.root, head?.parents]);
    assert.deepEqual(reply.insight, { filesAdded: 0, filesChanged: 0, filesDeleted: 0, bytesAdded: 0, bytesReused: 0, micros: 0 });
    assert.deepEqual(host.events, []);
    assert.equal((await host.call('timeline', {})).length, 1);
  });

  test('buffers are recorded once, what is saved then is no change, and the disk is never written', async () => {
    const files = repository.state().files;
    const buffers = [{ path: 'a.txt', text: 'unsaved\r\n' }, { path: 'run.sh', text: 'echo héllo' }, { path: 'new/untitled.md', text: '' }];
    const first = await host.call('checkpoint', { ifChanged: true, buffers });
    assert.deepEqual({ ...first.insight, bytesReused: 0, micros: 0 }, { filesAdded: 1, filesChanged: 2, filesDeleted: 0, bytesAdded: 20, bytesReused: 0, micros: 0 });
    assert.equal(await host.text(first.checkpoint, 'a.txt'), 'unsaved\r\n');
    assert.equal(await host.text(first.checkpoint, 'new/untitled.md'), '');
    assert.equal((await host.call('ls', { fork: first.checkpoint, path: 'run.sh' }))[0]?.type, 'executable');
    assert.equal((await host.call('checkpoint', { ifChanged: true, buffers })).checkpoint, first.checkpoint);
    assert.deepEqual(repository.state().files, files);

    repository.write('a.txt', 'unsaved\r\n'); // saved: only what is still unsaved goes back
    const saved = await host.call('checkpoint', { ifChanged: true });
    assert.deepEqual({ ...saved.insight, bytesReused: 0, micros: 0 }, { filesAdded: 0, filesChanged: 1, filesDeleted: 1, bytesAdded: 5, bytesReused: 0, micros: 0 });
    assert.equal(await host.text(saved.checkpoint, 'a.txt'), 'unsaved\r\n');
    assert.equal(await host.text(saved.checkpoint, 'run.sh'), 'echo\n');
    assert.equal((await host.call('checkpoint', { ifChanged: true })).checkpoint, saved.checkpoint);

    repository.write('a.txt', 'a\n'); // reverted
    const reverted = await host.call('checkpoint', { ifChanged: true });
    assert.equal(reverted.root, (await host.call('timeline', {})).at(-1)?.root, 'as it was at the beginning');
    assert.deepEqual(repository.state().files, files);
  });

  test('after a restart the disk is found to be otherwise all the same', async () => {
    const taken = await host.call('checkpoint', { buffers: [{ path: 'b.txt', text: 'unsaved\n' }, { path: 'new.txt', text: 'x' }] });
    await host.restart();
    assert.equal(await host.text(taken.checkpoint, 'b.txt'), 'unsaved\n');
    const back = await host.call('checkpoint', { ifChanged: true });
    assert.equal(await host.text(back.checkpoint, 'b.txt'), 'b\n');
    assert.equal((await host.paths(back.checkpoint)).includes('new.txt'), false);
  });

  test('a rewind to a checkpoint with buffers writes them, and an undo takes them back', async () => {
    const taken = await host.call('checkpoint', { buffers: [{ path: 'b.txt', text: 'unsaved\n' }] });
    const rewound = await host.call('rewind', { checkpoint: taken.checkpoint });
    assert.deepEqual([rewound.written, repository.read('b.txt')], [['b.txt'], 'unsaved\n']);
    await host.call('undo', {});
    assert.equal(repository.read('b.txt'), 'b\n');
  });

  test('what no editor holds, or no checkpoint takes, is refused before anything is recorded', async () => {
    await host.call('fork', { name: 'idea', dir: false });
    repository.write('b.txt', 'not recorded by a refused call\n');
    const before = await host.call('timeline', {});
    for (const path of ['link', 'link/below', 'secret', 'b.txt/below', 'src', '../outside', '.git/config', '/etc/passwd']) {
      await host.refusal('checkpoint', { buffers: [{ path: 'a.txt', text: 'good' }, { path, text: 'bad' }] }, 'INVALID_PATH');
    }
    await host.refusal('checkpoint', { fork: 'idea', buffers: [{ path: 'a.txt', text: 'x' }] }, 'INVALID_ARGUMENT');
    assert.deepEqual(await host.call('timeline', {}), before);
    assert.deepEqual((await host.call('changes', {})).changed, ['b.txt']);
  });
});

describe('where, radar and superposition', () => {
  let host: TestHost;
  let repository: GitRepository;
  before(async () => {
    repository = GitRepository.create();
    host = await setUp(repository, { 'a.txt': 'a\n', 'b.txt': 'b\n', 'c.txt': 'c\n', 'src/d.txt': 'd\n' });
    for (const name of ['one', 'two', 'three']) await host.call('fork', { name, dir: false, task: 'parser', agent: `agent ${name}` });
    await write(host, 'one', 'a.txt', 'one\n');
    await write(host, 'one', 'b.txt', 'same\n');
    await write(host, 'two', 'a.txt', 'two\n');
    await write(host, 'two', 'b.txt', 'same\n');
    await host.call('remove', { fork: 'three', path: 'a.txt' });
    await write(host, 'three', 'new.txt', 'three\n');
    for (const fork of ['one', 'two', 'three']) await host.call('checkpoint', { fork });
  });
  after(() => host.close());

  const touched = async (params: Parameters<typeof host.call<'radar'>>[1]): Promise<Record<string, string[]>> => Object.fromEntries(
    (await host.call('radar', params)).touched.map(({ path, forks }) => [path, forks.map(({ name, change }) => `${name} ${change}`)]));

  test('where tells the fork of a directory, and its end', async () => {
    const made = await host.call('fork', { name: 'here' });
    const here = await host.call('where', { repository: inFork(made.dir, 'src') });
    assert.deepEqual([here.fork, here.name, here.base, here.workspace, here.root, here.git], [made.fork, 'here', made.base, false, made.dir, true]);
    const home = await host.call('where', {});
    assert.deepEqual([home.name, home.workspace, home.store, home.phase], ['workspace', true, `${repository.root}/.git/pyi`, 'hybrid']);
    await host.call('discard', { forks: ['here'] });
    const gone = await host.call('where', { repository: made.dir ?? '' });
    assert.deepEqual([gone.fork, gone.name, gone.head, gone.base, gone.workspace], [null, null, null, null, false]);
  });

  test('radar names who changed the same files to something else', async () => {
    assert.deepEqual(await touched({ fork: 'one' }), { 'a.txt': ['two changed', 'three deleted'] });
    assert.deepEqual(await touched({ fork: 'three' }), { 'a.txt': ['one changed', 'two changed'] });
    assert.deepEqual(await touched({ paths: ['a.txt', 'new.txt', 'c.txt', 'b.txt'] }), {
      'a.txt': ['one changed', 'two changed', 'three deleted'], 'b.txt': ['one changed', 'two changed'], 'new.txt': ['three added'],
    });
  });

  test('the fork that another was made from counts for what it changed since', async () => {
    repository.write('c.txt', 'before\n');
    await host.call('checkpoint', {});
    await host.call('fork', { name: 'late', dir: false });
    await write(host, 'late', 'c.txt', 'late\n');
    await host.call('checkpoint', { fork: 'late' });
    assert.deepEqual(await touched({ fork: 'late' }), {}, 'the work tree has what it was made from');
    repository.write('c.txt', 'after\n');
    await host.call('checkpoint', {});
    assert.deepEqual(await touched({ fork: 'late' }), { 'c.txt': ['workspace changed'] });
    assert.deepEqual(await touched({ paths: ['c.txt'] }), { 'c.txt': ['late changed'] });
    await host.call('discard', { forks: ['late'] });
    assert.deepEqual(await touched({ paths: ['c.txt'] }), {});
  });

  test('radar follows a fork that moves, and tells its conflicts', async () => {
    await host.call('fork', { name: 'target', from: 'one', dir: false });
    await host.call('integrate', { fork: 'two', into: 'target' });
    const seen = await host.call('radar', { fork: 'target' });
    assert.deepEqual(seen.conflicts, ['a.txt']);
    await write(host, 'target', 'a.txt', 'settled\n');
    await host.call('checkpoint', { fork: 'target' });
    assert.deepEqual((await host.call('radar', { fork: 'target' })).conflicts, []);
    await host.call('discard', { forks: ['target'] });
  });

  test('superposition draws branches with dots, size and overlaps', async () => {
    const branches = await host.call('superposition', { task: 'parser', dots: 1 });
    const forks = await host.call('forks', { task: 'parser' });
    assert.deepEqual(branches.map((branch) => Object.fromEntries(Object.entries(branch).filter(([key]) => !['bytes', 'pinned', 'dots', 'overlaps'].includes(key)))), forks);
    const [one, two, three] = branches;
    assert.ok(one !== undefined);
    assert.deepEqual(branches.map(({ bytes }) => bytes), [9, 9, 6]);
    assert.deepEqual(one.dots.map(({ checkpoint, kind, pinned }) => [checkpoint, kind, pinned]), [[one.head, 'manual', false]]);
    assert.deepEqual(one.overlaps, { siblings: 2, paths: 1, worst: [{ fork: two?.fork, paths: 1 }, { fork: three?.fork, paths: 1 }] });
    for (const pinned of [true, false]) {
      await host.call('pin', { checkpoint: one.head, pinned });
      assert.deepEqual((await host.call('superposition', { task: 'parser' })).map((branch) => branch.pinned), [pinned, false, false]);
    }
    await host.call('discard', { forks: ['three'] });
    assert.deepEqual((await host.call('superposition', {})).find(({ name }) => name === 'one')?.overlaps.siblings, 1);
    const ended = (await host.call('superposition', { all: true })).find(({ name }) => name === 'three');
    assert.deepEqual([ended?.state, ended?.overlaps.siblings], ['discarded', 2], 'what it would meet if it came back');
    await host.call('undo', { fork: three?.fork ?? '' });
    assert.ok((three?.lastActive ?? Infinity) < ((await host.call('forks', {})).find(({ name }) => name === 'three')?.lastActive ?? 0));
  });
});

describe('history of a file', () => {
  let host: TestHost;
  before(async () => { host = await setUp(GitRepository.create()); });
  after(() => host.close());

  test('lists what changed it in every fork, newest first, in pages', async () => {
    await host.call('fork', { name: 'one', dir: false });
    await write(host, 'one', 'a.txt', 'longer\n');
    await host.call('checkpoint', { fork: 'one', message: 'change' });
    await write(host, 'one', 'b.txt', 'other file\n');
    await host.call('checkpoint', { fork: 'one', message: 'other' });
    await host.call('remove', { fork: 'one', path: 'a.txt' });
    await host.call('checkpoint', { fork: 'one', message: 'removal' });
    host.repository.write('a.txt', 'in the work tree\n');
    await host.call('checkpoint', { message: 'elsewhere' });
    const found = await host.call('history', { path: 'a.txt' });
    assert.deepEqual(found.entries.map(({ checkpoint, change, size }) => [checkpoint.message, change, size]),
      [['elsewhere', 'changed', 17], ['removal', 'deleted', null], ['change', 'changed', 7], ['Setup', 'added', 2]]);
    assert.equal(found.more, false);
    const pages = [await host.call('history', { path: 'a.txt', limit: 3 })];
    pages.push(await host.call('history', { path: 'a.txt', before: pages[0]?.entries.at(-1)?.checkpoint.time ?? 0 }));
    assert.deepEqual(pages.flatMap(({ entries }) => entries), found.entries);
    assert.deepEqual(pages.map(({ more }) => more), [true, false]);
    assert.deepEqual((await host.call('history', { path: 'a.txt', fork: 'one' })).entries.map(({ checkpoint }) => checkpoint.message), ['removal', 'change']);
    assert.deepEqual((await host.call('history', { path: 'never/there' })).entries, []);
    await host.refusal('history', { path: '../x' }, 'INVALID_PATH');
  });
});

describe('find', () => {
  let host: TestHost;
  before(async () => {
    host = await setUp(GitRepository.create(), { 'a.txt': 'first line\r\nneedle NEEDLE\r\n', 'src/b.ts': '\ufeffneedle\n', 'src/binary': 'needle\0', 'ü.md': 'none here\n' });
    await host.call('fork', { name: 'idea', dir: false });
  });
  after(() => host.close());

  const places = async (params: Omit<Parameters<typeof host.call<'find'>>[1], 'fork'> & { fork?: string }): Promise<string[]> => (
    await host.call('find', { fork: 'idea', ...params })).matches.map(({ path, line, column, length }) => `${path}:${line}:${column}+${length}`);

  test('finds text in any case or as it is, and skips what is binary', async () => {
    assert.deepEqual(await places({ text: 'needle' }), ['a.txt:2:1+6', 'a.txt:2:8+6', 'src/b.ts:1:1+6']);
    assert.deepEqual(await places({ text: 'NEEDLE', matchCase: true }), ['a.txt:2:8+6']);
    assert.deepEqual(await places({ text: 'needle', include: ['src/**'] }), ['src/b.ts:1:1+6']);
    assert.deepEqual(await places({ text: 'n', exclude: ['*.txt', 'src/*'] }), ['ü.md:1:1+1', 'ü.md:1:3+1']);
    assert.deepEqual(await places({ text: 'none', include: ['ü*'] }), ['ü.md:1:1+4']);
    assert.deepEqual(await places({ text: 'e.*e' }), [], 'no expression unless asked');
    assert.deepEqual(await places({ text: 'line$|^n\\w+', regex: true }), ['a.txt:1:7+4', 'a.txt:2:1+6', 'src/b.ts:1:1+6', 'ü.md:1:1+4']);
  });

  test('what is pending is searched, a checkpoint as it is', async () => {
    const head = (await host.call('forks', {})).find(({ name }) => name === 'idea')?.head ?? '';
    await write(host, 'idea', 'new.txt', 'fresh\n');
    assert.deepEqual(await places({ text: 'fresh' }), ['new.txt:1:1+5']);
    assert.deepEqual(await places({ text: 'fresh', fork: head }), []);
  });

  test('stops at the limit and says so', async () => {
    const some = await host.call('find', { fork: 'idea', text: 'needle', limit: 2 });
    assert.deepEqual([some.matches.length, some.complete], [2, false]);
    const all = await host.call('find', { fork: 'idea', text: 'needle', limit: 3 });
    assert.deepEqual([all.matches.length, all.complete, all.files], [3, true, 5]);
  });

  test('expressions that are wrong or never end are refused', async () => {
    assert.match((await host.refusal('find', { fork: 'idea', text: '(', regex: true }, 'INVALID_ARGUMENT')).message, /Unterminated group/);
    await write(host, 'idea', 'long.txt', `${'a'.repeat(60)}b\n`);
    await host.refusal('find', { fork: 'idea', text: '(a+)+$', regex: true }, 'INVALID_ARGUMENT');
    await host.refusal('find', { fork: 'idea', text: 'two\nlines' }, 'INVALID_ARGUMENT');
    assert.deepEqual(await places({ text: 'aab' }), ['long.txt:1:59+3'], 'the server goes on');
  });
});

describe('stats for people who watch', () => {
  test('times operations, git and captures, all in all and lately', async () => {
    const host = await setUp(GitRepository.create());
    try {
      await host.call('fork', { name: 'one' });
      await host.call('checkpoint', {});
      await host.call('rewind', { checkpoint: 'workspace' });
      await host.call('rewind', { checkpoint: 'workspace', dryRun: true });
      const stats = await host.call('stats', {});
      assert.equal(stats.store, `${host.repository.root}/.git/pyi`);
      assert.deepEqual([stats.latencies['fork']?.count, stats.latencies['rewind']?.count, stats.latencies['checkpoint']?.count], [1, 1, 1]);
      assert.ok((stats.latencies['capture']?.count ?? 0) >= 3);
      assert.ok((stats.latencies['git/worktree']?.p50 ?? 0) > 0);
      assert.deepEqual(stats.recent.latencies['rewind'], stats.latencies['rewind']);
      assert.ok(stats.recent.seconds > 0 && stats.recent.seconds <= 60);
      assert.ok(stats.cache.hits > 0 && stats.cache.bytes > 0);
      assert.ok(Math.abs(stats.openedAt - Date.now()) < 600_000);
    } finally {
      await host.close();
    }
  });
});
