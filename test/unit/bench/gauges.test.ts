import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Gauges } from '../../../bench/soak/gauges.ts';
import { leaks } from '../../../bench/soak/gauges.ts';

const STEADY: Gauges = { seconds: 0, memory: 150e6, descriptors: 40, threads: 12, live: 1, forks: 1, directories: 0, files: 20, bytes: 1e6 };
const rounds = (of: (round: number) => Partial<Gauges>): Gauges[] => Array.from({ length: 20 }, (_, round) => ({ ...STEADY, seconds: round, ...of(round) }));

test('a steady server leaks nothing, also when it is busier in some rounds and warms up first', () => {
  assert.deepEqual(leaks(rounds(() => ({}))), []);
  assert.deepEqual(leaks(rounds((round) => ({ memory: (round < 5 ? 100 + round * 10 : 150 + (round % 3) * 20) * 1e6, descriptors: 40 + (round % 2) * 12 }))), []);
});

test('what grows from round to round is named', () => {
  for (const [gauge, name] of [['descriptors', 'open descriptors'], ['live', 'live forks'], ['forks', 'forks'], ['directories', 'fork directories'], ['files', 'files of the store'], ['threads', 'threads']] as const) {
    const found = leaks(rounds((round) => ({ [gauge]: STEADY[gauge] + round * 2 })));
    assert.equal(found.length, 1, gauge);
    assert.ok(found[0]?.startsWith(`${name}: `), found[0]);
  }
  assert.match(leaks(rounds((round) => ({ memory: (150 + round * 10) * 1e6 })))[0] ?? '', /^resident memory/);
});

test('too few rounds tell nothing, and that is said', () => {
  assert.match(leaks(rounds(() => ({})).slice(0, 3))[0] ?? '', /too few/);
});
