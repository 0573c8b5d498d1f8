import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { destructiveParts } from '../../../hooks/destructive.ts';
import { readJsonPrefix } from '../../../hooks/json-prefix.ts';
import { HOOK_EVENTS, readPayload } from '../../../hooks/payload.ts';
import packageJson from '../../../package.json';

const bytes = (value: unknown): Buffer => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

/** What Claude Code documents for PostToolUse. */
const WRITE = {
  session_id: 'abc12345-0000', transcript_path: '/home/u/.claude/projects/p/abc.jsonl', cwd: '/repo', permission_mode: 'default', hook_event_name: 'PostToolUse',
  tool_name: 'Write', tool_input: { file_path: '/repo/src/a.ts', content: 'const secret = "😀 \\ \u0041";\n'.repeat(40) }, tool_response: { filePath: '/repo/src/a.ts', success: true }, tool_use_id: 'toolu_01',
};

test('a JSON text that is whole is read as JSON.parse reads it', () => {
  for (const value of [WRITE, [], {}, [1, -2.5e3, true, false, null, 'a\u2028\\"', [[{}]]], 'text', 7, { a: { b: [{ c: '' }] } }]) {
    for (const text of [JSON.stringify(value), JSON.stringify(value, undefined, '\t').replaceAll('\n', '\r\n')]) assert.deepEqual(JSON.parse(JSON.stringify(readJsonPrefix(text))), value);
  }
});

test('a JSON text that is cut off anywhere gives what came before, and never fails', () => {
  const text = JSON.stringify(WRITE);
  const fields = Object.entries(WRITE);
  for (let end = 0; end <= text.length; end++) {
    const read = (readJsonPrefix(text.slice(0, end)) ?? {}) as Record<string, unknown>;
    for (const [name, value] of fields) {
      const isWhole = text.slice(0, end).includes(`"${name}":${JSON.stringify(value)}`);
      if (isWhole) assert.deepEqual(JSON.parse(JSON.stringify(read[name])), value, `${name} of the first ${end}`);
    }
  }
  assert.equal(readPayload(bytes(text.slice(0, text.indexOf('"content"') + 200))).file, '/repo/src/a.ts');
});

test('what is no payload gives no fields, and never fails', () => {
  const deep = '['.repeat(100_000);
  for (const text of ['', 'null', '[]', '7', '"', '{', '{"cwd"', '{"cwd":}', '{cwd:1}', 'no json at all', '\u0000\u0001', '}{', deep, `{"a":${deep}`, '{"__proto__":{"cwd":"/x"},"tool_input":[1]}', '{"cwd":7,"tool_name":{},"tool_input":"x"}', '{"cwd":"/a\\u0000b"}']) {
    const payload = readPayload(bytes(text));
    assert.deepEqual([payload.cwd, payload.tool, payload.file, payload.command], [undefined, undefined, undefined, undefined], text.slice(0, 40));
  }
  assert.equal(readPayload(bytes('nothing')).isReadable, false);
  assert.equal(readPayload(bytes(`\ufeff${JSON.stringify(WRITE)}`)).cwd, '/repo');
});

test('both forms of WorktreeCreate are read', () => {
  assert.deepEqual(readPayload(bytes({ name: 'feature-auth' })).worktree, { name: 'feature-auth', base: undefined, source: undefined, path: undefined });
  assert.deepEqual(readPayload(bytes({ worktree_name: 'x', base_path: '/repo', source_ref: 'main' })).worktree, { name: 'x', base: '/repo', source: 'main', path: undefined });
});

test('what a command may take away is told by words of a list, never by the command', () => {
  const parts: Readonly<Record<string, readonly string[]>> = {
    'rm -rf build': ['rm'], 'git reset --hard HEAD~1': ['git reset'], 'git -C sub clean -fdx': ['git clean'], 'git checkout -- .': ['git checkout'], 'git rm -r old': ['git rm'],
    'mv a b && /usr/bin/truncate -s 0 c': ['mv', 'truncate'], 'echo "$TOKEN" > config': ['redirection'], 'cat a >> b': ['redirection'], 'sed -i s/a/b/ f': ['sed'], 'find . -name "*.o" -delete': ['find'],
    'npm test': [], 'ls -la 2>/dev/null': [], 'cmd 2>&1 | grep rmdirs': [], 'git status': [], 'node -e "a => b"': [],
  };
  for (const [command, expected] of Object.entries(parts)) assert.deepEqual(destructiveParts(command), expected, command);
});

test('the plugin asks for the hooks that PYI answers, and for no others', () => {
  const { hooks } = JSON.parse(readFileSync(new URL('../../../integrations/claude/hooks/hooks.json', import.meta.url), 'utf8')) as { hooks: Record<string, { hooks: { command: string; timeout: number }[] }[]> };
  assert.deepEqual(Object.keys(hooks).sort(), [...HOOK_EVENTS].sort());
  for (const [event, groups] of Object.entries(hooks)) {
    for (const { command, timeout } of groups.flatMap((group) => group.hooks)) {
      assert.match(command, new RegExp(`\\bpyi claude hook ${event}$`));
      assert.ok(timeout > 0);
    }
  }
  const { version } = JSON.parse(readFileSync(new URL('../../../integrations/claude/.claude-plugin/plugin.json', import.meta.url), 'utf8')) as { version: string };
  assert.equal(version, packageJson.version);
});
