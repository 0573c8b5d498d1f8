import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEpic } from '../../../ccpm/epic.ts';
import { progressOf } from '../../../ccpm/progress.ts';
import type { EpicProgress } from '../../../ccpm/progress.ts';
import { epicItem, streamItem, taskOfEpicItem } from '../../../client/views/epic-items.ts';
import type { ForkInfo } from '../../../protocol/values.ts';
import { CHECKOUT, filesInMemory, streamFork, task } from '../../support/ccpm-project.ts';
import type { Tree } from '../../support/ccpm-project.ts';

async function progress(forks: readonly ForkInfo[], more: Tree = {}): Promise<EpicProgress> {
  const files = filesInMemory({ ...CHECKOUT, ...more });
  return progressOf(files, await readEpic(files, 'checkout'), forks);
}

test('an epic tells how many tasks are closed, its problems in the tooltip', async () => {
  const fine = epicItem(await progress([streamFork('checkout #13 A', { state: 'merged' })]));
  assert.deepEqual([fine.label, fine.description, fine.icon, fine.context], ['checkout', '1 of 4 tasks closed · 1 may be closed', 'project', 'epic']);
  assert.match(fine.tooltip, /1 of 5 streams committed/);
  assert.equal(fine.spoken, 'Epic checkout, 1 of 4 tasks closed, 1 may be closed, 1 of 5 streams committed');
  const broken = epicItem(await progress([], { '.claude/epics/checkout/13.md': '---\nname: [\n---\n' }));
  assert.equal(broken.icon, 'warning');
  assert.match(broken.tooltip, /Problem: The front matter of 13\.md/);
});

test('tasks differ by the shape of their icon and by a word', async () => {
  const { tasks } = await progress([streamFork('checkout #12 A', { changes: { added: 1, changed: 2, deleted: 0, conflicts: 0 } }), streamFork('checkout #14 A', { state: 'merged' })]);
  assert.deepEqual(tasks.map((one) => [taskOfEpicItem(one).label, taskOfEpicItem(one).description, taskOfEpicItem(one).icon]), [
    ['#12 Cart: lines and totals', 'at work · 0 of 2 streams committed', 'play-circle'], ['#13 Pages', 'after #12', 'clock'], ['#14 Other cart', 'may be closed', 'git-merge'], ['#15 Plans', 'closed', 'pass'],
  ]);
  assert.match(taskOfEpicItem(tasks[0] ?? assert.fail()).tooltip, /State: at work\nStatus in CCPM: open\nIn conflict with #14/);
  assert.equal(taskOfEpicItem(tasks[1] ?? assert.fail()).spoken, 'Task 13, Pages, waiting, after #12');
});

test('a stream tells what its fork has changed, conflicts and the verdict, and offers what its fork allows', async () => {
  const { tasks } = await progress([streamFork('checkout #12 A', { changes: { added: 1, changed: 2, deleted: 0, conflicts: 0 }, observations: [{ checkpoint: '2', ok: true, exit: 0, score: 1, evidence: 'ok', command: [], millis: 1, time: 1 }] }), streamFork('checkout #12 B', { changes: { added: 0, changed: 1, deleted: 0, conflicts: 1 }, dir: null }), streamFork('checkout #14 A', { state: 'discarded' })], {
    '.claude/epics/checkout/updates/12/stream-A.md': '---\nstatus: completed\n---\n',
  });
  const [a, b] = tasks[0]?.streams ?? [];
  assert.ok(a !== undefined && b !== undefined);
  const first = streamItem(a);
  assert.deepEqual([first.label, first.description, first.icon, first.context], ['A Part A', '+1 ~2 · ✓ validated', 'repo-forked', 'stream fork live directory']);
  assert.equal(first.spoken, 'Stream A, Part A, at work, +1 ~2, ✓ validated');
  assert.deepEqual(first.tooltip.split('\n'), ['A Part A', 'State: at work', 'Fork checkout-12-A', 'Agent: ada', 'Its agent says: completed', 'src/db/**']);
  const second = streamItem(b);
  assert.match(second.description, /⚠ 1 in conflict/);
  assert.deepEqual([second.icon, second.context], ['warning', 'stream fork live']);
  assert.equal(streamItem({ ...a, fork: streamFork('x', {}) }).description, 'nothing changed yet');
  const [none, ended] = [tasks[1]?.streams[0], tasks[2]?.streams[0]].map((stream) => streamItem(stream ?? assert.fail()));
  assert.deepEqual([none?.description, none?.icon, none?.context], ['not started', 'circle-outline', 'stream']);
  assert.deepEqual([ended?.description, ended?.icon, ended?.context], ['stopped', 'circle-slash', 'stream fork']);
});

test('titles of agents stay text', async () => {
  const { tasks } = await progress([], { '.claude/epics/checkout/13.md': task({ name: '"$(trash) \u202e<b>"' }) });
  assert.doesNotMatch(taskOfEpicItem(tasks[1] ?? assert.fail()).label, /\$\(trash\)|\u202e/);
});
