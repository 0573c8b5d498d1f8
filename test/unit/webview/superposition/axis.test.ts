import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axisOf, place, ticksOf } from '../../../../webview/superposition/axis.ts';

const NOW = Date.UTC(2026, 2, 10, 12, 0, 0);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const UTC = { locale: 'en-GB', timeZone: 'UTC' };
const every = (from: number, to: number, step: number): number[] => Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
const near = (actual: number, expected: number): void => assert.ok(Math.abs(actual - expected) < 0.005, `${actual} is not ${expected}`);

test('time runs evenly from the first moment to now', () => {
  const axis = axisOf(every(NOW - 10 * MINUTE, NOW, MINUTE), NOW);
  assert.equal(axis.pieces.length, 1);
  near(place(axis, NOW - 10 * MINUTE), 0);
  near(place(axis, NOW - 5 * MINUTE), 0.5);
  near(place(axis, NOW), 1);
});

test('what lies outside of the axis stands at its ends', () => {
  const axis = axisOf([NOW - HOUR], NOW);
  assert.deepEqual([place(axis, 0), place(axis, NOW + HOUR)], [0, 1]);
});

test('a day without work takes little room, and the work around it the rest', () => {
  const axis = axisOf([...every(NOW - DAY - HOUR, NOW - DAY, MINUTE), ...every(NOW - HOUR, NOW, MINUTE)], NOW);
  assert.deepEqual(axis.pieces.map(({ idle }) => idle), [false, true, false]);
  const width = (from: number, to: number): number => place(axis, to) - place(axis, from);
  near(width(NOW - DAY, NOW - HOUR), 0.06);
  near(width(NOW - DAY - HOUR, NOW - DAY), width(NOW - HOUR, NOW));
  near(axis.pieces.at(-1)?.end ?? 0, 1);
});

test('work of last week is as legible as that of today: now lies behind a break', () => {
  const axis = axisOf(every(NOW - 7 * DAY, NOW - 7 * DAY + HOUR, MINUTE), NOW);
  assert.deepEqual(axis.pieces.map(({ idle }) => idle), [false, true, false]);
  assert.ok(place(axis, NOW - 7 * DAY + HOUR) > 0.85);
  near(place(axis, NOW), 1);
});

test('however many idle times there are, few are breaks and the order of moments stays', () => {
  const times = every(0, 30, 1).map((week) => NOW - week * 7 * DAY).flatMap((start) => every(start - HOUR, start, MINUTE));
  const axis = axisOf(times, NOW);
  assert.ok(axis.pieces.filter(({ idle }) => idle).length <= 4);
  const places = [...times].sort((a, b) => a - b).map((time) => place(axis, time));
  assert.ok(places.every((at, index) => at >= 0 && at <= 1 && at >= (places[index - 1] ?? 0)));
});

test('a single moment, none, the same one twice, and one in the future are no trouble', () => {
  for (const times of [[], [NOW], [NOW + DAY], [NOW - 1], [NOW - DAY, NOW - DAY]]) {
    const axis = axisOf(times, NOW);
    assert.equal(axis.pieces.at(-1)?.end, 1);
    assert.ok(times.every((time) => Number.isFinite(place(axis, time))), JSON.stringify(times));
  }
});

test('ticks are round moments with room for their labels', () => {
  const axis = axisOf(every(NOW - 50 * MINUTE, NOW, MINUTE), NOW);
  assert.deepEqual(ticksOf(axis, 500, UTC).map(({ label }) => label), ['11:10', '11:20', '11:30', '11:40', '11:50']);
  assert.deepEqual(ticksOf(axis, 220, UTC).map(({ label }) => label), ['11:30']);
  assert.deepEqual(ticksOf(axis, 0, UTC), []);
  for (const { at, label } of ticksOf(axis, 500, UTC)) near(at, (Date.UTC(2026, 2, 10, ...label.split(':').map(Number) as [number, number]) - axis.now + 50 * MINUTE) / (50 * MINUTE));
});

test('hours and days begin where people are, not in Greenwich', () => {
  const india = { locale: 'en-GB', timeZone: 'Asia/Kolkata' };
  const axis = axisOf(every(NOW - 4 * HOUR, NOW, 10 * MINUTE), NOW);
  assert.ok(ticksOf(axis, 400, india).every(({ label }) => /^\d\d:00$/.test(label)), JSON.stringify(ticksOf(axis, 400, india)));
});

test('another day than today is named, once', () => {
  const labels = ticksOf(axisOf(every(NOW - DAY, NOW - DAY + 2 * HOUR, 5 * MINUTE), NOW), 500, UTC).map(({ label }) => label);
  assert.equal(labels[0], '9 Mar 12:00');
  assert.ok(labels.length > 1 && labels.slice(1).every((label) => /^\d\d:\d\d$/.test(label)), labels.join(' '));
});
