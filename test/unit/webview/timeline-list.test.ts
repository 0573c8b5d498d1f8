import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScrollSpace } from '../../../webview/shared/scroll-space.ts';
import { PAGE_ROWS } from '../../../webview/timeline/contract.ts';
import type { CheckpointRow, Overview } from '../../../webview/timeline/contract.ts';
import { TimelineFeed } from '../../../webview/timeline/feed.ts';
import { strokeOf } from '../../../webview/timeline/keys.ts';
import type { KeyEvent } from '../../../webview/timeline/keys.ts';
import { Pages } from '../../../webview/timeline/pages.ts';
import { Sections, ordered } from '../../../webview/timeline/sections.ts';

const HEIGHTS = { header: 28, row: 20 };

function key(name: string, held: Partial<KeyEvent> = {}): KeyEvent {
  return { key: name, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held };
}

test('every item of a list is found again at its own upper edge, folded groups and empty ones among them', () => {
  const sections = new Sections([
    { key: 'a', count: 3, folded: false }, { key: 'b', count: 1000, folded: true }, { key: null, count: 1, folded: false },
  ], HEIGHTS);
  assert.deepEqual([sections.count, sections.height, sections.total], [7, 3 * 28 + 4 * 20, 1004]);
  for (let index = 0; index < sections.count; index++) {
    const spot = sections.at(index);
    assert.ok(spot !== undefined);
    assert.equal(sections.indexAt(sections.topOf(index)), index);
    assert.equal(sections.indexAt(sections.topOf(index + 1) - 1), index);
    assert.equal(sections.indexOf(spot), index);
  }
  assert.deepEqual([0, 1, 3, 4, 6].map((index) => sections.at(index)?.place), [-1, 2, 0, -1, 0]);
  assert.equal(sections.at(7), undefined);
});

test('what is looked at stays where it is when checkpoints come in front of it', () => {
  const before = new Sections([{ key: 'a', count: 100, folded: false }], HEIGHTS);
  const anchor = before.anchorAt(before.topOf(40) + 7);
  const after = new Sections([{ key: 'new', count: 2, folded: false }, { key: 'a', count: 103, folded: false }], HEIGHTS);
  assert.ok(anchor !== undefined);
  assert.equal(after.topFor(anchor), before.topOf(40) + 7 + 28 + 2 * 20 + 3 * 20);
  assert.equal(new Sections([], HEIGHTS).topFor(anchor), undefined);
});

test('a list without groups has no headers', () => {
  const sections = new Sections([{ key: null, count: 5, folded: false }], { header: 0, row: 20 });
  assert.deepEqual([sections.count, sections.height, sections.at(0)?.place, sections.indexAt(45)], [5, 100, 4, 2]);
});

test('groups keep their order while agents take turns, and new ones come first', () => {
  const groups = [{ key: 'new', count: 1 }, { key: 'b', count: 2 }, { key: 'a', count: 3 }];
  assert.deepEqual(ordered([{ key: 'a' }, { key: 'b' }], groups).map((group) => group.key), ['new', 'a', 'b']);
  assert.deepEqual(ordered([], groups).map((group) => group.key), ['new', 'b', 'a']);
});

test('a list that a browser can show as it is scrolls pixel by pixel', () => {
  const space = new ScrollSpace(1000);
  space.resize(900, 100);
  space.scrolledTo(333);
  assert.deepEqual([space.top, space.shift, space.boxHeight, space.settle()], [333, 0, 900, false]);
});

test('a list beyond the limit of browsers is reached from end to end, near steps stay pixels', () => {
  const space = new ScrollSpace(10_000);
  space.resize(1_000_000, 500);
  assert.equal(space.boxHeight, 10_000);
  space.scrolledTo(9_500);
  assert.equal(space.top, 999_500);
  space.scrolledTo(0);
  assert.equal(space.top, 0);
  space.moveTo(500_000);
  const { boxTop } = space;
  space.scrolledTo(boxTop + 60);
  assert.equal(space.top, 500_060);
  assert.equal(space.settle(), true, 'at rest the thumb goes back to where the proportion says');
  assert.equal(space.top, 500_060, 'and what is seen does not move');
  space.scrolledTo(4_750 - 2_000);
  assert.ok(Math.abs(space.top - (2_750 / 9_500) * 999_500) < 1, 'a jump goes by proportion');
});

test('a position outside of the list is its nearest end', () => {
  const space = new ScrollSpace();
  space.resize(1000, 300, 5000);
  assert.equal(space.top, 700);
  space.moveTo(-5);
  assert.equal(space.top, 0);
});

function row(checkpoint: string): CheckpointRow {
  return { checkpoint, fork: 'f', forkName: 'f', agent: 'ada', time: 0, message: '', kind: 'manual', cause: '', pinned: false, name: null, added: 0, changed: 0, deleted: 0, bytes: 0, micros: 0 };
}

test('a page is asked for once; a full and settled one stays when new checkpoints come, the last one does not', () => {
  const pages = new Pages();
  const group = { key: 'a', count: 150 };
  const [young, old] = pages.missing(group, 0, 150);
  assert.deepEqual([young, old], [{ key: 'a', from: 100, count: 50 }, { key: 'a', from: 0, count: 100 }]);
  assert.ok(young !== undefined && old !== undefined);
  pages.put(young, { rows: Array.from({ length: 50 }, (_, index) => row(`y${index}`)), settled: 120 }, false);
  pages.put(old, { rows: Array.from({ length: PAGE_ROWS }, (_, index) => row(`o${index}`)), settled: 120 }, false);
  assert.deepEqual(pages.missing(group, 0, 150), []);
  assert.deepEqual([pages.row('a', 0)?.checkpoint, pages.row('a', 149)?.checkpoint, pages.row('b', 0)], ['o0', 'y49', undefined]);
  pages.expectNews();
  assert.deepEqual(pages.missing({ key: 'a', count: 151 }, 0, 151), [{ key: 'a', from: 100, count: 51 }]);
  assert.equal(pages.row('a', 149)?.checkpoint, 'y49', 'the old one is shown until the new one is there');
  pages.expectAnything();
  assert.equal(pages.missing(group, 0, 150).length, 2);
});

test('what a page was written with is shown without a question; what comes after is asked for once, rows and counts together', async () => {
  const question = { folder: '/x', filter: {}, by: 'day', timeZone: 'UTC' } as const;
  const overview = { groups: [{ key: 'a', count: 2 }], pages: [{ key: 'a', from: 0, count: 2, rows: [row('x'), row('y')], settled: 2 }] };
  const asked: unknown[] = [];
  const refuse = async (): Promise<never> => Promise.reject(new Error('not asked for'));
  const ask = async (request: unknown): Promise<Overview> => {
    asked.push(request);
    return { groups: [{ key: 'a', count: 3 }], pages: [{ key: 'a', from: 0, count: 3, rows: [row('x'), row('y'), row('z')], settled: 2 }] };
  };
  const drawn: unknown[] = [];
  const feed = new TimelineFeed({ overview: ask, rows: refuse, history: refuse }, question, () => drawn.push([feed.groups?.[0]?.count, feed.row('a', 2)?.checkpoint]), overview);
  await new Promise(setImmediate);
  assert.deepEqual([drawn, asked], [[[2, undefined]], []]);
  feed.want([{ key: 'a', from: 0, to: 2 }]);
  feed.expect(false);
  await new Promise(setImmediate);
  assert.deepEqual(drawn[1], [3, 'z']);
  assert.deepEqual(asked, [{ ...question, newest: true }]);
  feed.want([{ key: 'a', from: 0, to: 1 }]);
  feed.expect(false);
  await new Promise(setImmediate);
  assert.deepEqual(asked[1], { ...question, newest: false }, 'who looks at old ones needs no new ones');
});

test('what the next turn of the wheel shows is loaded, when what is looked at is there', async () => {
  const question = { folder: '/x', filter: {}, by: 'day', timeZone: 'UTC' } as const;
  const asked: string[] = [];
  const page = (from: number): Overview['pages'][number] => ({ key: 'a', from, count: 100, rows: Array.from({ length: 100 }, (_, at) => row(`c${from + at}`)), settled: 1000 });
  const feed = new TimelineFeed({
    overview: async () => Promise.reject(new Error('not asked for')), history: async () => Promise.reject(new Error('not asked for')),
    rows: async ({ from }) => {
      asked.push(`${from}`);
      return page(from);
    },
  }, question, () => undefined, { groups: [{ key: 'a', count: 1000 }], pages: [page(900)] });
  await new Promise(setImmediate);
  feed.want([{ key: 'a', from: 970, to: 1000 }]);
  assert.deepEqual(asked, []);
  feed.want([{ key: 'a', from: 930, to: 960 }]);
  assert.deepEqual(asked, ['800']);
  await new Promise(setImmediate);
  feed.want([{ key: 'a', from: 300, to: 330 }]);
  assert.deepEqual(asked, ['800', '300', '200'], 'what is looked at comes first');
  feed.close();
});

test('a page that was asked for before something happened is asked for again', () => {
  const pages = new Pages();
  const request = { key: null, from: 0, count: 1 };
  pages.put(request, { rows: [row('x')], settled: 1 }, true);
  assert.deepEqual(pages.missing({ key: null, count: 1 }, 0, 1), [request]);
});

test('groups whose names look alike keep apart', () => {
  const pages = new Pages();
  pages.put({ key: null, from: 0, count: 1 }, { rows: [row('none')], settled: 1 }, false);
  pages.put({ key: '', from: 0, count: 1 }, { rows: [row('empty')], settled: 1 }, false);
  pages.forget('');
  assert.deepEqual([pages.row(null, 0)?.checkpoint, pages.row('', 0)], ['none', undefined]);
});

test('keys move and act; those that belong to VS Code or the browser are left alone', () => {
  assert.deepEqual(strokeOf(key('PageDown')), { kind: 'move', move: 'pageDown' });
  assert.deepEqual(strokeOf(key('R')), { kind: 'act', act: 'rewind' });
  assert.deepEqual(strokeOf(key('F10', { shiftKey: true })), { kind: 'act', act: 'menu' });
  for (const other of [key('c', { ctrlKey: true }), key('p', { metaKey: true }), key('Tab'), key('F10'), key('ArrowDown', { altKey: true })]) assert.equal(strokeOf(other), undefined, other.key);
});
