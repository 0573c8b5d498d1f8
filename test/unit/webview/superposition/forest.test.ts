import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ForkRow, SortKey } from '../../../../webview/superposition/contract.ts';
import { plant, visibleItems } from '../../../../webview/superposition/forest.ts';
import type { Node } from '../../../../webview/superposition/forest.ts';
import { NOW, WORKSPACE, id, passed, row, workspace } from './samples.ts';

/** Each row as its level and name, tasks in brackets, the best with a star. */
function rows(forks: readonly ForkRow[], { sort = 'score', folded = [], filter = '' }: { sort?: SortKey; folded?: string[]; filter?: string } = {}): string[] {
  return visibleItems(plant(forks, sort), new Set(folded), filter, NOW).map(({ node, level, expanded }) => `${'  '.repeat(level - 1)}${title(node)}${expanded === false ? ' …' : ''}`);
}

function title(node: Node): string {
  return node.kind === 'task' ? `[${node.task ?? ''}]` : `${node.fork.name}${node.best ? '*' : ''}`;
}

const FORKS = [
  workspace(),
  row({ fork: id(1), name: 'failed', observed: { ok: false, score: 0.99, current: true } }),
  row({ fork: id(2), name: 'good', observed: passed(0.7), created: NOW - 1 }),
  row({ fork: id(3), name: 'best', observed: passed(0.9) }),
  row({ fork: id(4), name: 'nested', parent: id(3) }),
  row({ fork: id(5), name: 'api', task: 'server', created: NOW - 100_000 }),
  row({ fork: id(6), name: 'alone', task: null }),
];

test('work trees, their tasks, the forks of each, and what was forked from these', () => {
  assert.deepEqual(rows(FORKS), ['workspace', '  [parser]', '    best*', '      nested', '    good', '    failed', '  [server]', '    api', '  []', '    alone']);
});

test('forks of a fork that try something else are a group of their own, on the time axis of the whole', () => {
  const forks = [workspace(), row({ fork: id(1), name: 'a' }), row({ fork: id(2), name: 'b', parent: id(1), task: 'detail', observed: passed(1) }), row({ fork: id(3), name: 'c', parent: id(1), task: null })];
  assert.deepEqual(rows(forks), ['workspace', '  [parser]', '    a', '      [detail]', '        b*', '      c']);
  const items = visibleItems(plant(forks, 'score'), new Set(), '', NOW);
  assert.deepEqual(items.map(({ node }) => node.section.key), [WORKSPACE, ...Array.from({ length: 5 }, () => `${WORKSPACE}:parser`)]);
});

test('a fork whose parent is not shown stands at the top', () => {
  assert.deepEqual(rows([workspace(), row({ name: 'orphan', parent: id(77) })]), ['workspace', 'orphan']);
  assert.deepEqual(rows([row({ name: 'orphan', parent: id(77) })]), ['orphan']);
});

test('the window\'s own work tree leads', () => {
  assert.deepEqual(rows([workspace({ fork: id(8), name: 'other', here: false, created: NOW }), workspace()]), ['workspace', 'other']);
});

test('sorted by score, age, size or name; what has ended comes last', () => {
  const forks = [
    workspace(), row({ fork: id(1), name: 'try-10', created: 1, bytes: 5, observed: passed(0.1) }), row({ fork: id(2), name: 'try-2', created: 2, bytes: 1, observed: passed(0.2) }),
    row({ fork: id(3), name: 'try-1', created: 3, bytes: 9, state: 'discarded', observed: passed(1) }), row({ fork: id(4), name: 'try-3', created: 4, bytes: 3 }),
  ];
  const order = (sort: SortKey): string[] => rows(forks, { sort }).slice(2).map((text) => text.trim());
  assert.deepEqual(order('score'), ['try-2*', 'try-10', 'try-3', 'try-1']);
  assert.deepEqual(order('age'), ['try-3', 'try-2*', 'try-10', 'try-1']);
  assert.deepEqual(order('size'), ['try-10', 'try-3', 'try-2*', 'try-1']);
  assert.deepEqual(order('name'), ['try-2*', 'try-3', 'try-10', 'try-1']);
});

test('activity alone moves no row', () => {
  const busy = FORKS.map((fork) => (fork.name === 'api' ? { ...fork, lastActive: NOW } : fork));
  assert.deepEqual(rows(busy), rows(FORKS));
});

test('what is folded hides what is below, whatever its sort', () => {
  assert.deepEqual(rows(FORKS, { folded: [`${WORKSPACE}:parser`, id(3)] }), ['workspace', '  [parser] …', '  [server]', '    api', '  []', '    alone']);
  assert.deepEqual(rows(FORKS, { folded: [id(3)] }).slice(0, 4), ['workspace', '  [parser]', '    best* …', '    good']);
});

test('a filter looks into what is folded and shows what its hits hang on', () => {
  assert.deepEqual(rows(FORKS, { filter: 'NESTED', folded: [WORKSPACE, `${WORKSPACE}:parser`] }), ['workspace', '  [parser]', '    best*', '      nested']);
  assert.deepEqual(rows(FORKS, { filter: 'ada failed' }), ['workspace', '  [parser]', '    failed']);
  assert.deepEqual(rows(FORKS, { filter: 'server' }), ['workspace', '  [server]', '    api']);
  assert.deepEqual(rows(FORKS, { filter: 'nothing like it' }), []);
});

test('each row tells its place among its siblings and the row that it hangs on', () => {
  const items = visibleItems(plant(FORKS, 'score'), new Set(), '', NOW);
  assert.deepEqual(items.map(({ position, siblings, anchor }) => [position, siblings, anchor]), [
    [1, 1, -1], [1, 3, 0], [1, 3, 1], [1, 1, 2], [2, 3, 1], [3, 3, 1], [2, 3, 0], [1, 1, 6], [3, 3, 0], [1, 1, 8],
  ]);
});

test('a task counts its forks and names the one that leads', () => {
  const [tree] = plant([...FORKS, row({ fork: id(9), name: 'gone', state: 'discarded', observed: passed(1) })], 'score');
  const [task] = tree?.children ?? [];
  assert.ok(task?.kind === 'task');
  assert.deepEqual([task.live, task.passed, task.failed, task.best?.name, task.children.length], [3, 2, 1, 'best', 4]);
});

test('forks that compete with none have no winner', () => {
  const [tree] = plant([workspace(), row({ task: null, observed: passed(1) })], 'score');
  const [group] = tree?.children ?? [];
  assert.ok(group?.kind === 'task');
  assert.equal(group.best, undefined);
});

test('five hundred forks become rows in a few milliseconds', () => {
  const forks = [workspace(), ...Array.from({ length: 500 }, (_, index) => row({ fork: id(index + 1), name: `try-${index}`, task: `task-${index % 10}`, parent: index > 100 && index % 5 === 0 ? id(index - 50) : WORKSPACE }))];
  const started = performance.now();
  assert.equal(rows(forks).length >= 511, true);
  assert.ok(performance.now() - started < 200, `${performance.now() - started} ms`);
});
