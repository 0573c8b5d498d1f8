import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';
import { run } from '../../../cli/run.ts';
import { VERBS } from '../../../cli/verbs/table.ts';
import { FakeTerminal, fakeServices } from './fakes.ts';

const root = mkdtempSync(join(tmpdir(), 'pyi-completion-'));
after(() => rmSync(root, { recursive: true, force: true }));

async function script(shell: string): Promise<string> {
  const terminal = new FakeTerminal();
  assert.equal(await run(['completion', shell], terminal, fakeServices({})), 0);
  return terminal.out;
}

for (const [shell, syntaxOption] of [['bash', '-n'], ['zsh', '-n'], ['fish', '--no-execute']] as const) {
  const missing = spawnSync(shell, ['-c', 'true']).error !== undefined;
  test(`the script for ${shell} parses`, { skip: missing && `${shell} is not installed` }, async () => {
    const checked = spawnSync(shell, [syntaxOption], { input: await script(shell), encoding: 'utf8' });
    assert.equal(checked.stderr, '');
    assert.equal(checked.status, 0);
  });
}

test('the script of every shell knows every verb and its options', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const text = await script(shell);
    for (const { word: name, options } of Object.values(VERBS)) {
      assert.ok(new RegExp(`\\b${name}\\b`).test(text), `${shell}: ${name}`);
      for (const { flag } of options) assert.ok(text.includes(shell === 'fish' ? `'__pyi_verb ${name}' -l ${flag}` : `--${flag}`), `${shell}: ${name} --${flag}`);
    }
  }
});

/** A `pyi` that knows two forks and a checkpoint. */
writeFileSync(join(root, 'pyi'), '#!/bin/sh\ncase "$3" in forks) echo alpha; echo beta;; checkpoints) echo 3f2a91c0d4e7;; states) echo alpha; echo 3f2a91c0d4e7;; esac\n');
chmodSync(join(root, 'pyi'), 0o755);

/** What bash offers for a line; an empty last word is a Tab after a space. */
async function offered(...words: string[]): Promise<string[]> {
  const probe = `${await script('bash')}
COMP_WORDS=(pyi "$@"); COMP_CWORD=$#; _pyi; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const result = spawnSync('bash', ['-c', probe, 'bash', ...words], { encoding: 'utf8', env: { ...process.env, PATH: `${root}${delimiter}${process.env['PATH'] ?? ''}` } });
  assert.equal(result.stderr, '');
  return result.stdout.split('\n').filter((word) => word !== '');
}

test('bash completes verbs, flags, values and what exists', async () => {
  assert.deepEqual(await offered('fo'), ['fork', 'forks']);
  assert.deepEqual(await offered('-C', '/somewhere', 'che'), ['checkpoint']);
  assert.deepEqual(await offered('checkpoint', '--m'), ['--message']);
  assert.deepEqual(await offered('checkpoint', '--level', ''), ['memory', 'process', 'disk', 'replicated']);
  assert.deepEqual(await offered('checkpoint', '--fork', 'a'), ['alpha']);
  assert.deepEqual(await offered('discard', ''), ['alpha', 'beta']);
  assert.deepEqual(await offered('rewind', ''), ['3f2a91c0d4e7']);
  assert.deepEqual(await offered('materialize', ''), ['alpha', '3f2a91c0d4e7']);
  assert.deepEqual(await offered('phase', 'h'), ['hybrid']);
  assert.deepEqual(await offered('completion', ''), ['bash', 'zsh', 'fish']);
  assert.deepEqual(await offered('materialize', 'x', '--out', root.slice(0, -1)), [root]);
});

test('candidates come from a running server, without starting one or printing errors', async () => {
  const terminal = new FakeTerminal();
  const answers = { forks: () => [{ name: 'alpha' }, { name: 'evil\u001b[2J' }], timeline: () => [{ checkpoint: '3'.repeat(64) }] };
  const services = fakeServices(answers);
  assert.equal(await run(['completion', '--candidates', 'states'], terminal, services), 0);
  assert.equal(terminal.out, 'alpha\n333333333333\n');
  assert.equal(services.requests[0]?.start, undefined);
  assert.equal(await run(['completion', '--candidates', 'forks'], terminal, fakeServices(answers, false)), 0);
  assert.equal(terminal.out + terminal.err, '');
});
