import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axisOf, place } from '../../../../webview/superposition/axis.ts';
import { plant, visibleItems } from '../../../../webview/superposition/forest.ts';
import { crossingsOf, laneOf, momentsOf, trunksOf } from '../../../../webview/superposition/lane.ts';
import { NOW, dots, id, row, workspace } from './samples.ts';

const SECOND = 1000;
const AXIS = axisOf([NOW - 100 * SECOND, NOW - 50 * SECOND], NOW);

test('a lane begins where its fork began and, while it lives, ends now', () => {
  const lane = laneOf(row({ began: NOW - 50 * SECOND }), AXIS, 0);
  assert.deepEqual([lane.start, lane.end, lane.ending], [0.5, 1, undefined]);
  const ended = laneOf(row({ began: NOW - 100 * SECOND, state: 'merged', lastActive: NOW - 50 * SECOND }), AXIS, 0);
  assert.deepEqual([ended.start, ended.end, ended.ending], [0, 0.5, 'merged']);
});

test('each checkpoint is a mark of its kind at its time; a capital stands for a pin', () => {
  const lane = laneOf(row({ dots: dots('amTrsgc', ...[100, 90, 80, 70, 60, 50, 40].map((ago) => NOW - ago * SECOND)), checkpoints: 7 }), AXIS, 0);
  assert.deepEqual(lane.marks.map(({ kind, pinned }) => `${kind}${pinned ? '!' : ''}`), ['automatic', 'manual', 'tool!', 'recovery', 'setup', 'merge', 'collapse']);
  assert.deepEqual(lane.marks.map(({ at }) => Math.round(at * 100)), [0, 10, 20, 30, 40, 50, 60]);
  assert.equal(lane.earlier, false);
  assert.equal(laneOf(row({ dots: dots('a', NOW), checkpoints: 200 }), AXIS, 0).earlier, true);
});

test('marks of a kind that lie too close become one that counts them', () => {
  const lane = laneOf(row({ dots: dots('aamaA', NOW - 1000, NOW - 990, NOW - 985, NOW - 980, NOW - 975) }), AXIS, 0.01);
  assert.deepEqual(lane.marks.map(({ kind, count, pinned, time }) => [kind, count, pinned, time]), [['automatic', 4, true, NOW - 975], ['manual', 1, false, NOW - 985]]);
});

test('the axis has a place for the beginning, the checkpoints and the end of a fork', () => {
  assert.deepEqual(momentsOf(row({ began: 1, created: 2, dots: dots('aa', 3, 4), lastActive: 5, state: 'discarded' })), [1, 2, 3, 4, 5]);
  assert.deepEqual(momentsOf(row({ began: 1, created: 2, lastActive: 5 })), [1, 2]);
});

test('forks from one point hang on one line down from their task', () => {
  const forks = [workspace(), ...[1, 2, 3].map((number) => row({ fork: id(number), name: `try-${number}`, began: NOW - (number === 3 ? 50 : 100) * SECOND }))];
  const items = visibleItems(plant(forks, 'name'), new Set(), '', NOW);
  const trunks = trunksOf(items, (index) => {
    const node = items[index]?.node;
    return node?.kind === 'fork' && !node.base ? place(AXIS, node.fork.began) : undefined;
  });
  assert.deepEqual(trunks, [{ at: 0, from: 1, to: 3 }, { at: 0.5, from: 1, to: 4 }]);
  assert.deepEqual(crossingsOf(trunks, 0), []);
  assert.deepEqual(crossingsOf(trunks, 1), [{ at: 0, part: 'begins' }, { at: 0.5, part: 'begins' }]);
  assert.deepEqual(crossingsOf(trunks, 3), [{ at: 0, part: 'ends' }, { at: 0.5, part: 'passes' }]);
});

test('a hundred beginnings make no curtain of lines', () => {
  const forks = [workspace(), ...Array.from({ length: 100 }, (_, index) => row({ fork: id(index + 1), name: `try-${index}` }))];
  const items = visibleItems(plant(forks, 'name'), new Set(), '', NOW);
  assert.deepEqual(trunksOf(items, (index) => (index < 2 ? undefined : index / 200)), []);
});
