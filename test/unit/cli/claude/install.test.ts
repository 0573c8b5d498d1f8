import assert from 'node:assert/strict';
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { run } from '../../../../cli/run.ts';
import { PyiError } from '../../../../protocol/errors.ts';
import { FakeTerminal, fakeServices } from '../fakes.ts';
import type { FakeServer } from '../fakes.ts';

/** A project, a home, and a server that knows the project. */
class Place {
  readonly directory = realpathSync(mkdtempSync(join(tmpdir(), 'pyi-claude-')));
  readonly root = join(this.directory, 'work');
  readonly home = join(this.directory, 'home');
  readonly store = join(this.root, '.git', 'pyi');
  hasStore = true;

  constructor(context: TestContext) {
    for (const directory of [this.store, this.home]) mkdirSync(directory, { recursive: true });
    context.after(() => { rmSync(this.directory, { recursive: true, force: true }); });
  }

  write(file: string, content: string | Buffer): void {
    mkdirSync(dirname(join(this.directory, file)), { recursive: true });
    writeFileSync(join(this.directory, file), content);
  }

  read(file: string): string {
    return readFileSync(join(this.directory, file), 'utf8');
  }

  /** Every file and directory, with content and mode; without the store, which is PYI's. */
  snapshot(): Record<string, string> {
    const found: Record<string, string> = {};
    for (const entry of readdirSync(this.directory, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (path.startsWith(this.store)) continue;
      const { mode } = lstatSync(path);
      found[relative(this.directory, path)] = `${mode.toString(8)} ${entry.isFile() ? readFileSync(path, 'base64') : entry.isSymbolicLink() ? realpathSync(path) : ''}`;
    }
    return found;
  }

  async claude(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<{ code: unknown; out: string; err: string; server: FakeServer }> {
    const terminal = Object.assign(new FakeTerminal(), { cwd: this.root });
    Object.assign(terminal.env, { HOME: this.home, USERPROFILE: this.home, PYI_RUNTIME_DIR: join(this.directory, 'run'), PATH: '' }, env);
    const located = (): { root: string; store: string } => {
      if (!this.hasStore) throw new PyiError('NOT_FOUND', 'no store', 'Run "pyi setup".');
      return { root: this.root, store: this.store };
    };
    const server = fakeServices({
      setup: () => {
        const created = !this.hasStore;
        this.hasStore = true;
        return { ...located(), created };
      },
      where: located,
    });
    const code = await run(['claude', ...args], terminal, server);
    return { code, out: terminal.out, err: terminal.err, server };
  }
}

const FILES = {
  'work/.claude/settings.json': '{\n\t"env": { "TOKEN": "x" },\r\n\t"hooks": { "Stop": [], "PreToolUse": [ { "matcher": "Bash", "hooks": [ { "type": "command", "command": "guard" } ] } ] }\n}',
  'work/.mcp.json': '{"mcpServers":{}}',
  'work/.claude/commands/pm/start.md': 'CCPM\n',
  'work/.claude/skills/other/SKILL.md': '---\nname: other\n---\n',
};

for (const [name, files] of Object.entries({ 'nothing was there': {}, 'other hooks, servers, commands and skills were there': FILES, 'an empty file was there': { 'work/.claude/settings.json': '' } })) {
  for (const scope of ['project', 'user']) {
    test(`install and uninstall leave every byte as it was, ${scope}: ${name}`, async (context) => {
      const place = new Place(context);
      for (const [file, content] of Object.entries(files)) place.write(scope === 'user' ? file.replace('work/.mcp.json', 'home/.claude.json').replace('work/', 'home/') : file, content);
      const before = place.snapshot();
      const flags = scope === 'user' ? ['--user'] : [];
      assert.match((await place.claude(['status', ...flags])).out, /: not installed\n/);
      const installed = await place.claude(['install', ...flags]);
      assert.deepEqual([installed.code, installed.err], [0, '']);
      assert.match(installed.out, /^Installed for Claude Code/);
      assert.match((await place.claude(['status', ...flags])).out, /: installed\n[^]*hooks +11 of 11[^]*skill +1 of 1[^]*commands +8 of 8[^]*MCP server +1 of 1/);
      const after = place.snapshot();
      const again = await place.claude(['install', ...flags]);
      assert.match(again.out, /^Everything was installed already/);
      assert.deepEqual(place.snapshot(), after);
      assert.equal((await place.claude(['uninstall', ...flags])).code, 0);
      assert.deepEqual(place.snapshot(), before);
      assert.match((await place.claude(['uninstall', ...flags])).out, /^Nothing was installed/);
      assert.deepEqual(place.snapshot(), before);
    });
  }
}

test('what was changed meanwhile stays, and only what is ours goes', async (context) => {
  const place = new Place(context);
  for (const [file, content] of Object.entries(FILES)) place.write(file, content);
  await place.claude(['install']);
  const edit = (text: string): string => text.replace('"TOKEN": "x"', '"TOKEN": "y"');
  place.write('work/.claude/settings.json', edit(place.read('work/.claude/settings.json')));
  place.write('work/.mcp.json', JSON.stringify({ ...JSON.parse(place.read('work/.mcp.json')) as object, more: 1 }));
  place.write('work/.claude/commands/pyi/mine.md', 'mine');
  place.write('work/.claude/commands/pyi/undo.md', 'made mine');
  const { out } = await place.claude(['uninstall']);
  assert.match(out, /kept +\.claude\/commands\/pyi\/undo\.md/);
  // Only the list that was empty before cannot be told from one of ours.
  assert.equal(place.read('work/.claude/settings.json'), edit(FILES['work/.claude/settings.json']).replace('"Stop": [], ', ''));
  assert.deepEqual(JSON.parse(place.read('work/.mcp.json')), { more: 1 });
  assert.deepEqual(readdirSync(join(place.root, '.claude', 'commands', 'pyi')).sort(), ['mine.md', 'undo.md']);
  assert.equal(existsSync(join(place.root, '.claude', 'skills', 'pyi')), false);
});

test('a new version replaces the old one, and uninstall still gives back what was there before the first', async (context) => {
  const place = new Place(context);
  for (const [file, content] of Object.entries(FILES)) place.write(file, content);
  const before = place.snapshot();
  await place.claude(['install']);
  // As an older version would have left it: with one command more, and another text of the skill.
  const record = join(place.store, 'claude', readdirSync(join(place.store, 'claude'))[0] ?? '');
  const { createHash } = await import('node:crypto');
  const known = JSON.parse(readFileSync(record, 'utf8')) as { files: Record<string, { written: string; original: string | null }> };
  for (const [file, text] of [['work/.claude/skills/pyi/SKILL.md', 'old'], ['work/.claude/commands/pyi/gone.md', 'old']] as const) {
    place.write(file, text);
    known.files[join(place.directory, file)] = { written: createHash('sha256').update(text).digest('hex'), original: null };
  }
  writeFileSync(record, JSON.stringify(known));
  assert.match((await place.claude(['status'])).out, /not all of it is installed/);
  await place.claude(['install']);
  assert.match(place.read('work/.claude/skills/pyi/SKILL.md'), /^---\nname: pyi\n/);
  assert.equal(existsSync(join(place.root, '.claude/commands/pyi/gone.md')), false, 'what the new version has no more');
  await place.claude(['uninstall']);
  assert.deepEqual(place.snapshot(), before);
});

test('in a clone that came with our hooks nothing is put in twice, and all of it can be taken out', async (context) => {
  const place = new Place(context);
  await place.claude(['install']);
  rmSync(join(place.store, 'claude'), { recursive: true });
  const settings = place.read('work/.claude/settings.json');
  await place.claude(['install']);
  assert.equal(place.read('work/.claude/settings.json'), settings);
  rmSync(join(place.store, 'claude'), { recursive: true });
  place.hasStore = false;
  await place.claude(['uninstall']);
  assert.doesNotMatch(place.read('work/.claude/settings.json') + place.read('work/.mcp.json'), /pyi/);
  assert.deepEqual(readdirSync(join(place.root, '.claude')), ['settings.json']);
});

test('a file in the way, or settings that are no JSON: an error that names it, and nothing is changed', async (context) => {
  for (const [file, content, message] of [
    ['work/.claude/settings.json', '{ // mine\n}', /settings\.json is no JSON/], ['work/.mcp.json', '{"mcpServers":{"pyi":{"command":"x"}}}', /MCP server "pyi" that is not PYI's/],
    ['work/.claude/commands/pyi/undo.md', 'somebody else', /undo\.md is there, and is not PYI's/], ['work/.claude', 'a file', /\.claude/], ['work/.claude/settings.json', Buffer.from([0x7b, 0xff, 0x7d]), /not in UTF-8/],
  ] as const) {
    const place = new Place(context);
    place.write(file, content);
    const before = place.snapshot();
    const { code, err } = await place.claude(['install']);
    assert.equal(code, 1);
    assert.match(err, message);
    assert.deepEqual(place.snapshot(), before);
    const json = await place.claude(['install', '--json']);
    assert.ok((JSON.parse(json.out) as { error: { hint: string } }).error.hint !== '');
  }
});

test('when one file cannot be written, everything is as it was before', async (context) => {
  const place = new Place(context);
  place.write('work/.claude/settings.json', '{}');
  // Where the last file is written before it takes its name, something stands in the way.
  mkdirSync(join(place.root, `.claude/commands/pyi/undo.md.pyi-${process.pid}/full`), { recursive: true });
  const before = place.snapshot();
  const { code, err } = await place.claude(['install']);
  assert.equal(code, 1);
  assert.match(err, /undo\.md cannot be changed/);
  assert.deepEqual(place.snapshot(), before);
  assert.equal(existsSync(join(place.store, 'claude')), false);
});

test('settings that are a link stay one, and keep their mode', { skip: process.platform === 'win32' && 'links need a privilege there' }, async (context) => {
  const place = new Place(context);
  place.write('dotfiles/settings.json', '{"model":"opus"}');
  chmodSync(join(place.directory, 'dotfiles/settings.json'), 0o600);
  mkdirSync(join(place.home, '.claude'));
  symlinkSync(join(place.directory, 'dotfiles/settings.json'), join(place.home, '.claude/settings.json'));
  const before = place.snapshot();
  await place.claude(['install', '--user']);
  assert.ok(lstatSync(join(place.home, '.claude/settings.json')).isSymbolicLink());
  assert.match(place.read('dotfiles/settings.json'), /^\{"model":"opus","hooks":\{/);
  assert.equal(statSync(join(place.directory, 'dotfiles/settings.json')).mode & 0o777, 0o600);
  await place.claude(['uninstall', '--user']);
  assert.deepEqual(place.snapshot(), before);
});

test('CLAUDE_CONFIG_DIR moves the settings of the user, and the MCP servers with them', async (context) => {
  const place = new Place(context);
  const config = join(place.directory, 'config');
  const { out } = await place.claude(['install', '--user', '--json'], { CLAUDE_CONFIG_DIR: config });
  const { files, state } = JSON.parse(out) as { files: { file: string }[]; state: string };
  assert.equal(state, 'installed');
  assert.deepEqual(files.slice(0, 2).map(({ file }) => file), [join(config, 'settings.json'), join(config, '.claude.json')]);
  assert.deepEqual(readdirSync(place.home), []);
});

test('a project gets a store, the settings of the user do not', async (context) => {
  const place = new Place(context);
  place.hasStore = false;
  assert.match((await place.claude(['status'])).out, /store +none +run "pyi setup"/);
  const user = await place.claude(['install', '--user']);
  assert.deepEqual(user.server.calls, []);
  assert.match(user.out, /Hooks record the projects in which "pyi setup" was run/);
  const { out, server } = await place.claude(['install']);
  assert.deepEqual(server.calls, [{ name: 'setup', params: { repository: place.root } }]);
  assert.ok(out.includes(`PYI records ${place.root} from now on.`));
  assert.match(out, /pyi is not on PATH: until it is, the hooks do nothing\./);
});

test('what the settings held is readable by nobody else', { skip: process.platform === 'win32' && 'no modes there' }, async (context) => {
  const place = new Place(context);
  place.write('work/.claude/settings.json', '{"env":{"TOKEN":"secret"}}');
  await place.claude(['install']);
  const [name] = readdirSync(join(place.store, 'claude'));
  assert.equal(statSync(join(place.store, 'claude', name ?? '')).mode & 0o077, 0);
});

test('status tells where hooks say what they let go, and what they said last', async (context) => {
  const place = new Place(context);
  place.write('run/hooks.log', 'one\ntwo\nthree\nfour\n');
  assert.match((await place.claude(['status'])).out, /hooks\.log\n {4}two\n {4}three\n {4}four\n$/);
  const status = JSON.parse((await place.claude(['status', '--json'])).out) as Record<string, unknown>;
  assert.deepEqual([status['state'], status['program'], status['log']], ['absent', null, { file: join(place.directory, 'run', 'hooks.log'), last: ['two', 'three', 'four'] }]);
});

test('a word that is not known is an error of use', async (context) => {
  const place = new Place(context);
  for (const args of [[], ['instal'], ['install', 'x'], ['status', '--yes'], ['hook']]) {
    const { code, err } = await place.claude(args);
    assert.equal(code, 2, args.join(' '));
    assert.match(err, /^pyi: pyi claude /);
  }
  assert.match((await place.claude(['--help'])).out, /Usage: pyi claude install\|uninstall\|status/);
});
