import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPayload } from '../../../hooks/payload.ts';
import type { RecordingEvent } from '../../../hooks/payload.ts';
import { recordHook } from '../../../hooks/record.ts';
import type { Call } from '../../../hooks/record.ts';
import { PyiError } from '../../../protocol/errors.ts';
import type { ParamsInput } from '../../../protocol/registry.ts';

type Taken = ParamsInput<'checkpoint'>;

/** A server that knows forks by the beginning of a directory. */
async function hook(event: RecordingEvent, payload: object, forks: Readonly<Record<string, string | null>> = { '/repo': 'f1' }, directory = '/repo'): Promise<{ taken: Taken[]; notes: readonly string[] }> {
  const taken: Taken[] = [];
  const call = (async (name: string, params: Taken) => {
    const root = Object.keys(forks).sort((a, b) => b.length - a.length).find((place) => params.repository === place || params.repository.startsWith(`${place}/`));
    if (root === undefined) throw new PyiError('NOT_FOUND', `${params.repository} has no PYI store`, 'hint');
    if (name === 'where') return { root, fork: forks[root] };
    taken.push(params);
    return { checkpoint: 'c' };
  }) as unknown as Call;
  const { notes } = await recordHook(event, readPayload(Buffer.from(JSON.stringify(payload))), directory, call);
  return { taken, notes };
}

test('a checkpoint names event, tool, file, session and subagent', async () => {
  const { taken, notes } = await hook('PostToolUse', { session_id: 'abc12345', agent_id: 'agent-7', agent_type: 'Explore', cwd: '/repo/sub', tool_name: 'Edit', tool_input: { file_path: '/repo/src/a.ts' } });
  assert.deepEqual(notes, []);
  assert.deepEqual(taken, [{
    repository: '/repo/sub', fork: 'f1', ifChanged: true, message: 'Edit src/a.ts', kind: 'tool', level: 'process',
    cause: 'Claude Code PostToolUse, session abc12345, subagent Explore, subagent id agent-7',
  }]);
});

test('prompts, commands, outputs and paths of transcripts are in no checkpoint', async () => {
  const secret = 'sk-verysecret';
  const payload = {
    session_id: secret.repeat(30), transcript_path: `/home/${secret}.jsonl`, cwd: '/repo', prompt: secret, tool_name: `Bash ${secret}`, agent_type: `${secret}\n`, agent_id: `/${secret}`,
    tool_input: { command: `TOKEN=${secret} rm -rf ${secret}; curl -H ${secret} > ${secret}`, description: secret }, tool_response: { stdout: secret }, last_assistant_message: secret, error: secret,
  };
  for (const event of ['SessionStart', 'UserPromptSubmit', 'PreToolUse', 'PostToolUse', 'PostToolUseFailure', 'SubagentStart', 'SubagentStop', 'Stop', 'SessionEnd'] as const) {
    const { taken } = await hook(event, payload);
    assert.equal(taken.length, 1);
    assert.doesNotMatch(JSON.stringify(taken), /verysecret/, event);
  }
  assert.equal((await hook('PreToolUse', { ...payload, tool_name: 'Bash' })).taken[0]?.message, 'before Bash: rm, redirection');
});

test('the end of a turn and of a session reach the disk', async () => {
  for (const event of ['Stop', 'SessionEnd'] as const) assert.equal((await hook(event, { cwd: '/repo' })).taken[0]?.level, 'disk');
});

test('the repository of the file is recorded as well as that of the session, each once', async () => {
  const forks = { '/repo': 'f1', '/repo/nested': 'f2', '/other': 'f3' };
  const recorded = async (file: string): Promise<unknown[]> => (await hook('PostToolUse', { cwd: '/repo', tool_name: 'Write', tool_input: { file_path: file } }, forks)).taken.map(({ fork, message }) => [fork, message]);
  assert.deepEqual(await recorded('/repo/a/b.ts'), [['f1', 'Write a/b.ts']]);
  assert.deepEqual(await recorded('b.ts'), [['f1', 'Write b.ts']]);
  assert.deepEqual(await recorded('/repo/nested/x.ts'), [['f1', 'Write nested/x.ts'], ['f2', 'Write x.ts']]);
  assert.deepEqual(await recorded('/other/y.ts'), [['f1', 'Write'], ['f3', 'Write y.ts']]);
});

test('without a store, in a directory of no fork, and with a payload that says nothing: a note, and no failure', async () => {
  const missing = await hook('PostToolUse', { cwd: '/home/u' });
  assert.deepEqual([missing.taken.length, missing.notes], [0, ['/home/u: /home/u has no PYI store']]);
  const ended = await hook('Stop', { cwd: '/repo' }, { '/repo': null });
  assert.deepEqual([ended.taken.length, ended.notes], [0, ['/repo is no directory of a live fork']]);
  const unreadable = await recordHook('Stop', readPayload(Buffer.from('}{')), '/repo', (async (name: string) => (name === 'where' ? { root: '/repo', fork: 'f1' } : { checkpoint: 'c' })) as unknown as Call);
  assert.deepEqual([unreadable.recorded.length, unreadable.notes], [1, ['the payload was no JSON']]);
  assert.equal((await hook('Stop', { cwd: 'relative' })).taken[0]?.repository, '/repo');
});
