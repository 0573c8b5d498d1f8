import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { COMMAND_IDS, NEEDS, WHEN } from '../../../client/menu.ts';

/** What package.json promises, against what is there. */

interface Setting {
  readonly type: string;
  readonly default: unknown;
  readonly scope: string;
  readonly description?: string;
  readonly markdownDescription?: string;
  readonly enum?: readonly string[];
  readonly enumDescriptions?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}

interface Step {
  readonly id: string;
  readonly description: string;
  readonly media: { readonly svg: string };
  readonly completionEvents: readonly string[];
}

interface Manifest {
  readonly contributes: {
    readonly configuration: readonly { readonly properties: Readonly<Record<string, Setting>> }[];
    readonly walkthroughs: readonly { readonly steps: readonly Step[] }[];
    readonly views: { readonly pyi: readonly { readonly id: string }[] };
    readonly commands: readonly { readonly command: string; readonly title: string }[];
    readonly keybindings: readonly { readonly command: string; readonly key: string; readonly mac: string; readonly when: string }[];
    readonly menus: Readonly<Record<string, readonly { readonly command: string; readonly when?: string; readonly group?: string }[]>>;
    readonly viewsWelcome: readonly { readonly view: string; readonly contents: string; readonly when?: string }[];
  };
}

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const { contributes } = JSON.parse(read('package.json')) as Manifest;
const texts = JSON.parse(read('package.nls.json')) as Readonly<Record<string, string>>;
const settings = Object.entries(Object.assign({}, ...contributes.configuration.map(({ properties }) => properties)) as Record<string, Setting>);

const client = readdirSync(join(root, 'client'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).map((name) => read(join('client', name))).join('\n');

function textOf(key: string): string {
  return texts[key.replaceAll('%', '')] ?? '';
}

test('a setting is bounded, described and of the right scope', () => {
  for (const [name, setting] of settings) {
    assert.ok(setting.description ?? setting.markdownDescription, `${name} is not described`);
    if (setting.type === 'number' || setting.type === 'integer') {
      const { minimum = Number.NaN, maximum = Number.NaN } = setting;
      assert.ok(Number(setting.default) >= minimum && Number(setting.default) <= maximum, `${name} has no bounds around its default`);
    }
    if (setting.enum !== undefined) assert.ok(setting.enum.includes(String(setting.default)) && setting.enumDescriptions?.length === setting.enum.length, name);
    // A path that a repository could set would make PYI run what the repository brings.
    if (/path/i.test(name)) assert.equal(setting.scope, 'machine', name);
  }
});

test('a setting is in the documentation, with its default', () => {
  const documented = read('docs/extension.md');
  for (const [name, { default: value }] of settings) {
    const row = documented.split('\n').find((line) => line.startsWith(`| \`${name}\` |`));
    assert.ok(row?.includes(`| \`${JSON.stringify(value)}\` |`), `docs/extension.md lacks ${name} with its default ${JSON.stringify(value)}`);
  }
  const rows = [...documented.matchAll(/^\| `(pyi\.[\w.]+)` \| `/gm)].map(([, name]) => name);
  assert.deepEqual(rows.filter((name) => !settings.some(([known]) => known === name)), []);
});

test('keys are documented, and do something only where their command does', () => {
  const rows = [...read('docs/extension.md').matchAll(/^\| `(Ctrl\+[^`]+)` \| `(Cmd\+[^`]+)` \| \*PYI: (.*)\* \|$/gm)].map(([, key, mac, title]) => [key?.toLowerCase(), mac?.toLowerCase(), title]);
  const titleOf = (id: string): string => textOf(contributes.commands.find(({ command }) => command === id)?.title ?? '').replace('…', '');
  assert.deepEqual(rows, contributes.keybindings.map(({ command, key, mac }) => [key, mac, titleOf(command)]));
  for (const { command, when } of contributes.keybindings) {
    const id = COMMAND_IDS.find((known) => known === command);
    assert.equal(when, id && WHEN[NEEDS[id]], command);
  }
});

test('a setting is read somewhere', () => {
  for (const [name] of settings) {
    // The trace is read by vscode-languageclient, by the id of the client.
    if (name === 'pyi.trace.server') continue;
    const parts = name.split('.');
    const used = [name, parts.slice(1).join('.'), parts.at(-1) ?? name].some((text) => client.includes(`'${text}'`) || client.includes(`"${text}"`));
    assert.ok(used, `${name} is read nowhere`);
  }
});

test('links run commands that are there', () => {
  const linked = [
    ...contributes.viewsWelcome.map(({ contents }) => textOf(contents)),
    ...contributes.walkthroughs.flatMap(({ steps }) => steps.map(({ description }) => textOf(description))),
  ].flatMap((text) => [...text.matchAll(/\(command:(pyi\.\w+)\)/g)].map(([, id]) => id ?? ''));
  assert.ok(linked.length > 10);
  assert.deepEqual(linked.filter((id) => !COMMAND_IDS.some((known) => known === id)), []);
});

test('a welcome text is shown only where somebody has looked that it is true', () => {
  for (const { contents, when } of contributes.viewsWelcome) assert.ok(when, contents);
  assert.equal(contributes.viewsWelcome.find(({ view }) => view === 'pyi.superpositionTree')?.when, 'pyi.connected && pyi.noForks');
});

test('rows of other extensions are left alone', () => {
  const items = contributes.menus['view/item/context'] ?? [];
  assert.ok(items.length > 20);
  const ours = /^view (== pyi\.\w+|=~ \/\^pyi\\\.\(timeline\|superposition\)Tree\$\/) && (?!.* \|\| (?![^(]*\)))/;
  for (const { command, when = '' } of items) assert.match(when, ours, command);
});

test('the start view tells each of the states that a store can be in, once', () => {
  const start = contributes.viewsWelcome.filter(({ view }) => view === 'pyi.start').map(({ when = '' }) => when);
  for (const kind of ['unknown', 'problem']) assert.equal(start.filter((when) => when.includes(`pyi.store == ${kind}`)).length, 1, kind);
  assert.deepEqual(start.filter((when) => when.includes('pyi.store == none')).map((when) => when.split(' && ').at(-1)), ['pyi.git', '!pyi.git']);
});

test('a step of the walkthrough has its picture, and is done when a known thing happens', () => {
  const steps = contributes.walkthroughs.flatMap((walkthrough) => walkthrough.steps);
  assert.equal(steps.length, 7);
  // VS Code shows them as plain text but for links and bold words.
  for (const { description } of steps) assert.doesNotMatch(textOf(description), /`/);
  const views = contributes.views.pyi.map(({ id }) => id);
  for (const { id, media, completionEvents } of steps) {
    assert.ok(existsSync(join(root, media.svg)), media.svg);
    assert.doesNotMatch(read(media.svg), /="#[0-9a-f]{3}|<script|style=/i, `${media.svg} has a colour that no theme can change`);
    assert.ok(completionEvents.length > 0, id);
    for (const event of completionEvents) {
      const [kind = '', name = ''] = event.split(':');
      const known = { onCommand: COMMAND_IDS as readonly string[], onView: views, onContext: ['pyi.ready'] }[kind];
      assert.ok(known?.includes(name), `${id}: ${event}`);
    }
  }
});

test('a native tree offers for several chosen rows only what does something with all of them', () => {
  const menu = (contributes.menus['view/item/context'] ?? []).filter(({ group }) => group?.startsWith('inline') === false);
  const withMany = menu.filter(({ when = '' }) => !/listMultiSelection|listDoubleSelection/.test(when)).map(({ command }) => command);
  assert.deepEqual([...new Set(withMany)].sort(), ['pyi.copyId', 'pyi.discard', 'pyi.observe', 'pyi.pin', 'pyi.unpin']);
  const withTwo = menu.filter(({ when = '' }) => when.includes('listDoubleSelection')).map(({ command }) => command);
  assert.deepEqual([...new Set(withTwo)].sort(), ['pyi.compare', 'pyi.entangle', 'pyi.integrate']);
});
