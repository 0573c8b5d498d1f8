import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Client } from '../../connect/client.ts';
import { GitRepository } from '../support/git-repository.ts';
import { ServerProcess } from '../support/server-process.ts';

/** What a prompt-injected agent or an untrusted repository would try: text that acts on a shell or a terminal, links that lead out. */

const CLI = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../dist/cli.cjs');
const TERMINAL = '\u001b]0;owned\u0007\u001b[2J\u001b[31mred\u001b[0m';
const BIDI = '\u202egnp.exe\u2066';
const SHELL = '$(touch pwned)`touch pwned`;touch pwned|touch pwned && touch pwned\'"';

describe('hostile text and links', () => {
  let repository: GitRepository;
  let server: ServerProcess;
  let client: Client;
  let root: string;
  let outside: string;

  before(async () => {
    repository = GitRepository.create();
    root = repository.root;
    outside = path.join(repository.directory, 'outside');
    fs.mkdirSync(outside);
    fs.writeFileSync(path.join(outside, 'secret.txt'), 'secret\n');
    repository.commit({ 'a.txt': 'a\n', 'dir/b.txt': 'b\n' });
    server = new ServerProcess(path.join(repository.directory, 'r'), repository.env);
    server.start();
    client = await server.connect('test');
    await client.call('setup', { repository: root });
  });
  after(async () => {
    client.close();
    await server.stop();
    repository.remove();
  });

  /** What the command line prints for people, as if to a terminal. */
  function printed(...args: string[]): string {
    const run = spawnSync(process.execPath, [CLI, ...args], {
      cwd: root, encoding: 'utf8', env: { ...repository.env, PYI_RUNTIME_DIR: path.join(repository.directory, 'r'), FORCE_COLOR: '0', NO_COLOR: '1' },
    });
    assert.equal(run.status, 0, run.stderr);
    return run.stdout + run.stderr;
  }

  function harmless(text: string): void {
    assert.doesNotMatch(text, /[\p{Bidi_C}\u0007\u001b]/u);
  }

  test('names, agents, tasks, messages and evidence reach no shell and no terminal', async () => {
    const name = `fork ${SHELL.replaceAll(/[/\\]/g, '')}`;
    const made = await client.call('fork', { repository: root, name, agent: SHELL, task: SHELL });
    fs.writeFileSync(path.join(made.dir ?? '', 'a.txt'), 'hostile\n');
    const message = `${TERMINAL}${BIDI}\n\n${SHELL}\r\nPyi-Checkpoint: ${'0'.repeat(64)}`;
    await client.call('checkpoint', { repository: root, fork: name, message, cause: TERMINAL });
    await client.call('observe', { repository: root, fork: name, command: ['printf', '%s', `${TERMINAL}${BIDI}`] });
    for (const args of [['forks'], ['timeline'], ['agents'], ['forks', '--task', SHELL]]) harmless(printed(...args));
    await client.call('collapse', { repository: root, fork: name, message });
    harmless(printed('timeline'));
    assert.equal(repository.git(['show', 'HEAD:a.txt']), 'hostile');
    assert.equal(repository.git(['rev-list', '--count', 'HEAD']), '2');
    for (const place of [root, made.dir ?? '', repository.directory, path.join(repository.directory, 'r'), path.dirname(made.dir ?? '')]) {
      assert.equal(fs.existsSync(path.join(place, 'pwned')), false, `a shell ran in ${place}`);
    }
    await client.call('undo', { repository: root });
  });

  test('a message of the largest size is kept as it is', async () => {
    const message = 'm'.repeat(65_536);
    const { checkpoint } = await client.call('checkpoint', { repository: root, message });
    assert.equal((await client.call('timeline', { repository: root, limit: 1 }))[0]?.message, message);
    assert.ok(printed('timeline', '-n', '1').length < 1000);
    await client.call('fork', { repository: root, name: 'wordy', dir: false });
    await client.call('write', { repository: root, fork: 'wordy', path: 'w.txt', content: { text: 'w\n' } });
    await client.call('collapse', { repository: root, fork: 'wordy', message });
    assert.match(repository.git(['log', '-1', '--format=%B']), /^m{65536}\n\nPyi-Checkpoint/);
    assert.notEqual(checkpoint, '');
  });

  test('a link that leads out is captured as a link and never written through', async () => {
    const made = await client.call('fork', { repository: root, name: 'linker' });
    const dir = made.dir ?? '';
    const clean = (await client.call('checkpoint', { repository: root, fork: 'linker' })).checkpoint;
    fs.rmSync(path.join(dir, 'dir'), { recursive: true });
    fs.symlinkSync(outside, path.join(dir, 'dir'));
    fs.symlinkSync(path.join(outside, 'secret.txt'), path.join(dir, 'leaf'));
    const linked = (await client.call('checkpoint', { repository: root, fork: 'linker' })).checkpoint;
    const rows = await client.call('ls', { repository: root, fork: linked, recursive: true });
    assert.deepEqual(rows.filter((row) => row.type === 'symlink').map((row) => row.path), ['dir', 'leaf']);
    assert.equal(rows.some((row) => row.path.includes('secret')), false);

    await client.call('rewind', { repository: root, fork: 'linker', checkpoint: clean });
    assert.deepEqual(fs.readdirSync(outside), ['secret.txt']);
    assert.equal(fs.readFileSync(path.join(dir, 'dir/b.txt'), 'utf8'), 'b\n');

    // A tree with a real directory goes to a place where that name is a link.
    const out = path.join(repository.directory, 'out');
    fs.mkdirSync(out);
    fs.symlinkSync(outside, path.join(out, 'dir'));
    const error: unknown = await client.call('materialize', { repository: root, checkpoint: clean, out }).then(() => undefined, (thrown: unknown) => thrown);
    assert.match(String(error), /in the way/);
    assert.deepEqual(fs.readdirSync(outside), ['secret.txt']);
    fs.rmSync(path.join(out, 'dir'));
    await client.call('materialize', { repository: root, checkpoint: linked, out });
    assert.equal(fs.readlinkSync(path.join(out, 'leaf')), path.join(outside, 'secret.txt'));
    // What is under the links' names now is ours to replace: the links, not what they lead to.
    await client.call('materialize', { repository: root, checkpoint: clean, out });
    assert.equal(fs.readFileSync(path.join(outside, 'secret.txt'), 'utf8'), 'secret\n');
    assert.equal(fs.lstatSync(path.join(out, 'dir')).isDirectory(), true);
  });

  test('nothing is written into Git, the store or another fork, whatever links lead there', async () => {
    await client.call('fork', { repository: root, name: 'planter', dir: false });
    await client.call('write', { repository: root, fork: 'planter', path: 'post-checkout', mode: 'executable', content: { text: '#!/bin/sh\ntouch pwned\n' } });
    const hooks = path.join(root, '.git/hooks');
    const link = path.join(repository.directory, 'innocent');
    fs.symlinkSync(hooks, link);
    const before = fs.readdirSync(hooks);
    for (const out of [hooks, link, path.join(link, 'deeper'), path.join(root, '.git/pyi/x'), path.join(root, 'src/../.GIT/hooks')]) {
      for (const attempt of [() => client.call('materialize', { repository: root, checkpoint: 'planter', out }), () => client.call('fork', { repository: root, name: 'x', dir: out })]) {
        const error: unknown = await attempt().then(() => undefined, (thrown: unknown) => thrown);
        assert.match(String(error), /Git directory or the store/, out);
      }
    }
    assert.deepEqual(fs.readdirSync(hooks), before);
  });
});
