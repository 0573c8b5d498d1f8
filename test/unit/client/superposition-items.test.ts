import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forkItem, taskItem } from '../../../client/views/superposition-items.ts';
import { plant } from '../../../webview/superposition/forest.ts';
import type { ForkNode, TaskNode } from '../../../webview/superposition/forest.ts';
import type { ForkRow } from '../../../webview/superposition/contract.ts';
import { NOW, id, passed, row, workspace } from '../webview/superposition/samples.ts';

const NAMES = new Map([[id(2), '\u202eevil']]);

function nodes(...forks: ForkRow[]): { readonly base: ForkNode; readonly task: TaskNode; readonly fork: ForkNode } {
  const [base] = plant([workspace(), ...forks], 'score');
  const [task] = base?.children ?? [];
  assert.ok(base !== undefined && task?.kind === 'task' && task.children[0] !== undefined);
  return { base, task, fork: task.children[0] };
}

test('an item tells verdict, score, changes and overlap beside its name', () => {
  const { fork, task, base } = nodes(row({ observed: passed(0.9), overlaps: { siblings: 2, paths: 3 }, lastActive: NOW }));
  const item = forkItem(fork, NAMES, NOW);
  assert.deepEqual([item.label, item.description], ['★ try', '✓ passed 0.9 · +1 ~2 −3 · ⚠ 3 files with 2 siblings · at work']);
  assert.deepEqual([item.icon, item.color, item.context], ['pass', 'charts.green', 'fork live candidate directory']);
  assert.deepEqual([taskItem(task).label, taskItem(task).description, taskItem(task).context], ['parser', '1 live · 1 passed', 'task']);
  assert.deepEqual([forkItem(base, NAMES, NOW).description, forkItem(base, NAMES, NOW).icon], ['this window · ada', 'home']);
});

test('verdicts differ by the shape of their icon, not by its colour alone', () => {
  const look = (some: Partial<ForkRow>): string => forkItem(nodes(row(some)).fork, NAMES, NOW).icon;
  assert.deepEqual([look({}), look({ observed: passed(1) }), look({ observed: { ok: false, score: 0, current: true } }), look({ state: 'merged' }), look({ state: 'discarded' })],
    ['circle-outline', 'pass', 'error', 'git-merge', 'circle-slash']);
});

test('the tooltip is plain text with all that is known', () => {
  const { fork } = nodes(row({ observed: passed(1, false), entangled: [{ fork: id(2), kind: 'conflict', role: 'first' }], expires: NOW + 3_600_000 }));
  assert.deepEqual(forkItem(fork, NAMES, NOW).tooltip.split('\n'), [
    'try', 'Agent: ada', 'Probability: 50 %', 'Observed before the last change.', 'Changes: +1 ~2 −3 · 2.0 KiB',
    'If one of this fork and “\\u{202e}evil” wins, the other is discarded.', 'Made 1 min ago, last active 1 min ago', 'Expires in 1 h', 'Fork 000000000000',
  ]);
});

test('text from agents stays text: no icons, no overrides', () => {
  const { fork, task } = nodes(row({ name: '$(trash) <b>\u202e', agent: '$(x)', task: '$(bug)\u2066' }));
  const texts = [forkItem(fork, NAMES, NOW), taskItem(task)];
  for (const { label, description } of texts) assert.doesNotMatch(`${label}${description}`, /\$\([a-z]/u);
  for (const { label, description, tooltip, spoken } of texts) assert.doesNotMatch([label, description, tooltip.replaceAll('\n', ''), spoken].join('').replaceAll('\u200b', ''), /[\p{Cc}\p{Cf}]/u);
});
