import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { locateJson } from '../../../../cli/claude/json-text.ts';
import type { JsonNode } from '../../../../cli/claude/json-text.ts';
import { hooksIn, withHooks, withServer, withoutHooks, withoutServer } from '../../../../cli/claude/merge.ts';
import { readPlugin } from '../../../../cli/claude/plugin.ts';
import { PyiError } from '../../../../protocol/errors.ts';

const plugin = readPlugin(fileURLToPath(new URL('../../../../integrations', import.meta.url)));
const FILE = '/repo/.claude/settings.json';

/** Settings as people have them: indentation, line ends, marks, order, hooks of their own. */
const SHAPES: Readonly<Record<string, string>> = {
  'two spaces': '{\n  "model": "opus",\n  "permissions": {\n    "allow": ["Bash(ls:*)"]\n  }\n}\n',
  tabs: '{\n\t"env": {\n\t\t"A": "1"\n\t},\n\t"hooks": {\n\t\t"Stop": [\n\t\t\t{\n\t\t\t\t"hooks": [\n\t\t\t\t\t{ "type": "command", "command": "say done" }\n\t\t\t\t]\n\t\t\t}\n\t\t]\n\t}\n}',
  'CRLF and a mark of the byte order': '\ufeff{\r\n    "model": "opus"\r\n}\r\n',
  'one line': '{"model":"opus","hooks":{"PostToolUse":[{"matcher":"Edit","hooks":[{"type":"command","command":"fmt"}]}]}}',
  'one line with spaces': '{ "model": "opus", "n": [1, 2, {"a": "}\\"]"}] }\n',
  'a duplicate member, of which the last counts': '{\n  "hooks": 1,\n  "hooks": {\n    "Stop": []\n  }\n}\n',
  'odd but right': '{"a"\n:\t-1.5e3 ,\n\n "é\\u0041\\\\": {"b":[ ] } , "c":null\n\n}\n\n',
};

for (const [name, text] of Object.entries(SHAPES)) {
  test(`hooks go into settings and out again, and every other byte stays: ${name}`, () => {
    const merged = withHooks(text, FILE, plugin.hooks);
    const before = JSON.parse(text.replace('\ufeff', '')) as Record<string, unknown>;
    const after = JSON.parse(merged.replace('\ufeff', '')) as Record<string, unknown>;
    assert.deepEqual({ ...after, hooks: {} }, { ...before, hooks: {} });
    assert.deepEqual(Object.fromEntries(hooksIn(merged, FILE)), plugin.hooks);
    const theirs = (before['hooks'] ?? {}) as Record<string, unknown[]>;
    for (const [event, groups] of Object.entries(theirs)) assert.deepEqual((JSON.parse(merged.replace('\ufeff', '')) as { hooks: Record<string, unknown[]> }).hooks[event]?.slice(0, groups.length), groups);
    assert.equal(merged.includes('\r\n'), text.includes('\r\n'));
    assert.equal(/[^\r]\n/.test(merged), /[^\r]\n/.test(text), 'line ends are all of one kind');
    // An empty list of theirs is the one thing that the text alone cannot tell from ours; the record of the installation can.
    if (!name.startsWith('a duplicate')) assert.equal(withoutHooks(merged, FILE), text);
  });
}

test('what somebody changes after the installation stays when the hooks go', () => {
  const text = SHAPES['two spaces'] ?? '';
  const changed = (settings: string): string => settings.replace('"opus"', '"sonnet"').replace('"allow": [', '"allow": ["Read", ');
  assert.equal(withoutHooks(changed(withHooks(text, FILE, plugin.hooks)), FILE), changed(text));
});

test('a command that somebody put beside ours stays, and so does the group that holds it', () => {
  const merged = withHooks('{}\n', FILE, { Stop: plugin.hooks['Stop'] ?? [] });
  const settings = JSON.parse(merged) as { hooks: { Stop: { hooks: unknown[] }[] } };
  settings.hooks.Stop[0]?.hooks.push({ type: 'command', command: 'say done' });
  assert.deepEqual(JSON.parse(withoutHooks(JSON.stringify(settings), FILE)), { hooks: { Stop: [{ hooks: [{ type: 'command', command: 'say done' }] }] } });
});

test('hooks of an older version and with another path of pyi are found', () => {
  const old = { hooks: { Stop: [{ hooks: [{ type: 'command', command: '"/opt/my pyi/pyi" claude hook Stop' }] }], PreCompact: [{ hooks: [{ type: 'command', command: 'pyi claude hook PreCompact' }] }] } };
  assert.deepEqual(JSON.parse(withoutHooks(JSON.stringify(old), FILE)), {});
  const others = JSON.stringify({ hooks: { Stop: [{ hooks: [{ type: 'command', command: 'happyi claude hook Stop' }] }] } });
  assert.equal(withoutHooks(others, FILE), others);
});

test('settings that are no JSON, or have something else in our place, are refused with their name', () => {
  const refused = (work: () => unknown, pattern: RegExp): void => {
    assert.throws(work, (error) => PyiError.is(error, 'INVALID_ARGUMENT') && pattern.test(error.message) && error.hint !== '');
  };
  for (const text of ['{ // a comment\n}', '{"a":1,}', '', '{"a":1} x']) refused(() => withHooks(text, FILE, plugin.hooks), /settings\.json is no JSON/);
  for (const text of ['[]', '"x"', 'null']) refused(() => withHooks(text, FILE, plugin.hooks), /has no object/);
  refused(() => withHooks('{"hooks":[]}', FILE, plugin.hooks), /"hooks" in .*settings\.json is no object/);
  refused(() => withHooks('{"hooks":{"Stop":{}}}', FILE, plugin.hooks), /"hooks\.Stop" in .* is no array/);
});

test('the MCP server goes beside others and out again; one of the same name that is not PYI stays and is an error', () => {
  const { name, definition } = plugin.server;
  for (const text of ['{\n  "mcpServers": {\n    "db": { "command": "db-mcp" }\n  }\n}\n', '{"mcpServers":{"db":{"command":"x"}}}', '{\n}\n'.replace('\n}', '}')]) {
    const merged = withServer(text, '.mcp.json', name, definition);
    assert.deepEqual((JSON.parse(merged) as { mcpServers: Record<string, unknown> }).mcpServers[name], { command: 'pyi', args: ['mcp'] });
    assert.equal(withoutServer(merged, '.mcp.json', name, definition), text);
  }
  const byHand = '{"mcpServers":{"pyi":{"type":"stdio","command":"/usr/bin/pyi","args":["mcp"],"env":{}}}}';
  assert.equal(withServer(byHand, '.mcp.json', name, definition), byHand);
  assert.equal(withoutServer(byHand, '.mcp.json', name, definition), byHand);
  assert.throws(() => withServer('{"mcpServers":{"pyi":{"command":"other"}}}', '.mcp.json', name, definition), (error) => PyiError.is(error, 'NAME_EXISTS'));
});

test('every value is found where it stands', () => {
  const text = SHAPES['odd but right'] ?? '';
  const check = (node: JsonNode, value: unknown): void => {
    assert.deepEqual(JSON.parse(text.slice(node.start, node.end)), value);
    for (const member of node.members ?? []) check(member.value, (value as Record<string, unknown>)[member.key]);
    node.items?.forEach((item, index) => { check(item, (value as unknown[])[index]); });
  };
  check(locateJson(text), JSON.parse(text));
});
