import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCommand, parseFormat, parsePosition } from '../../../webview/dashboard/contract.ts';
import type { GitCommands, TrendPoint } from '../../../webview/dashboard/contract.ts';
import { agentCells, clock, rate, recentCells, retentionTexts, share, storeFigures, totalCells } from '../../../webview/dashboard/figures.ts';
import { gitCommandFigures, gitCommandsNote, gitFaultTexts } from '../../../webview/dashboard/git-figures.ts';
import { groupOf, inGroup } from '../../../webview/dashboard/operations.ts';
import { linePath, rangeOf, stepPath } from '../../../webview/dashboard/trend.ts';
import { ago } from '../../../webview/shared/ago.ts';
import { t } from '../../../webview/shared/l10n.ts';
import { PHASES, phaseSteps, phaseText } from '../../../webview/shared/phases.ts';
import { NOW, agentRow, latency, sample } from '../client/samples.ts';

test('a share is never rounded to all or nothing', () => {
  assert.deepEqual([[0, 0], [0, 5], [5, 5], [99_999, 100_000], [1, 100_000], [1, 3]].map(([part = 0, whole = 0]) => share(part, whole)), ['', '0 %', '100 %', '99.9 %', '0.1 %', '33.3 %']);
});

test('a rate keeps two digits that mean something', () => {
  assert.deepEqual([0, 0.0166, 0.5, 1.26, 9.96, 14.4, 1234.5].map(rate), ['0', '0.017', '0.5', '1.3', '10', '14', '1,235']);
});

test('what was not measured is no zero', () => {
  assert.deepEqual(recentCells(undefined, 57), ['', '', '', '', '', '']);
  assert.deepEqual(recentCells(latency(5), 0), ['', '', '', '', '', '']);
  assert.deepEqual(totalCells(undefined), ['', '', '', '', '']);
  assert.deepEqual(recentCells(latency(120, 20), 60), ['120', '2', '20 µs', '40 µs', '60 µs', '200 µs']);
  assert.deepEqual(totalCells(latency(12_044, 900)), ['12,044', '900 µs', '1.8 ms', '2.7 ms', '9.0 ms']);
  assert.deepEqual(storeFigures(sample({}), '10:00').map(({ name }) => name), ['Live forks', 'Checkpoints', 'On disk', 'Objects']);
});

test('figures say what they are of, and since when', () => {
  const figures = storeFigures(sample({ sizeCap: 8192, deduplicated: { putBytes: 4096, storedBytes: 1024 }, cache: { hits: 9, misses: 1, bytes: 10 } }), '10:00');
  assert.deepEqual(figures.map(({ value, note }) => `${value}: ${note}`), [
    '1: 0 merged, 0 discarded', '9: in the timeline', '4.0 KiB: 50.0 % of 8.0 KiB allowed', '40: in 1 segment',
    '75.0 %: 4.0 KiB given, 1.0 KiB stored since 10:00', '90.0 %: of 10 reads since 10:00',
  ]);
});

test('deduplication never claims less than nothing', () => {
  const figures = storeFigures(sample({ deduplicated: { putBytes: 100, storedBytes: 140 } }), '10:00');
  assert.equal(figures.at(-1)?.value, '0 %');
});

test('operations are shown where people look for them, and what the views ask to show themselves nowhere', () => {
  assert.deepEqual(['checkpoint', 'git/status', 'timeline', 'stats', 'agents', 'where'].map(groupOf), ['changing', 'git', 'asking', undefined, undefined, undefined]);
  const names = ['zoom', 'undo', 'changes', 'fork', 'git/b', 'git/a', 'checkpoint', 'stats'];
  assert.deepEqual(inGroup('changing', names), ['checkpoint', 'fork', 'undo']);
  assert.deepEqual(inGroup('git', names), ['git/a', 'git/b']);
  assert.deepEqual(inGroup('asking', names), ['changes', 'zoom']);
});

test('an agent is at work for half a minute, and its name is text', () => {
  assert.deepEqual(agentCells(agentRow({ agent: '<b>\u202e', lastActive: NOW - 29_000 }), NOW), ['<b>\\u{202e}', 'at work', '1', '3', '0', '0']);
  assert.equal(agentCells(agentRow({ lastActive: NOW - 30_000 }), NOW)[1], 'less than a minute ago');
  assert.equal(agentCells(agentRow({ lastActive: null }), NOW)[1], 'never');
});

test('how long ago is told in whole minutes, hours and days', () => {
  assert.deepEqual([-5, 0, 59, 60, 3599, 3600, 86_400 * 3.5].map((seconds) => ago(NOW - seconds * 1000, NOW, t)),
    ['less than a minute ago', 'less than a minute ago', 'less than a minute ago', '1 min ago', '59 min ago', '1 h ago', '3 d ago']);
});

test('a moment of another day has its date', () => {
  assert.match(clock(NOW, NOW), /^\d\d:\d\d [AP]M$/);
  assert.match(clock(NOW - 3 * 86_400_000, NOW), /^Nov 1\d, 2023, \d/);
});

test('what a sweep would free is told in sentences, nothing included', () => {
  const none = { kind: 'measured', time: NOW, forks: 0, decayed: 0, checkpoints: 0, objects: 0, bytes: 0, millis: 1 } as const;
  assert.deepEqual(retentionTexts(none), ['Nothing: the retention rules keep everything that is stored.']);
  assert.deepEqual(retentionTexts({ ...none, objects: 1, bytes: 2048, forks: 2, checkpoints: 1, decayed: 1 }), [
    '2.0 KiB in one object that nothing keeps', 'One checkpoint past the retention rules', '2 ended forks, gone for good with their directories', 'One fork past its time to live, to be discarded',
  ]);
});

const point = (seconds: number, value: number | null): TrendPoint => ({ time: NOW + seconds * 1000, perSecond: value, p50: value, p95: value });
const p50 = (one: TrendPoint): number | null => one.p50;

test('a line has gaps where nothing was measured, and a lone value is a dot', () => {
  const points = [point(-300, 0), point(-150, 10), point(-100, null), point(-60, 5), point(-30, null), point(0, null)];
  assert.equal(linePath(points, p50, { end: NOW, max: 10 }), 'M0 19L60 1M96 10L96 10');
  assert.equal(linePath([point(0, 0)], p50, { end: NOW, max: 0 }), 'M120 19L120 19');
  assert.equal(linePath([], p50, { end: NOW, max: 0 }), '');
});

test('a rate holds from one sample to the next', () => {
  assert.equal(stepPath([point(-300, null), point(-150, 10), point(0, 5)], p50, { end: NOW, max: 10 }), 'M0 1H60V10H120');
  assert.equal(stepPath([point(-300, null), point(-150, null), point(0, 5)], p50, { end: NOW, max: 5 }), 'M60 1H120');
  assert.deepEqual(rangeOf([point(0, null), point(1, 3), point(2, 1)], p50), [1, 3]);
  assert.equal(rangeOf([point(0, null)], p50), undefined);
});

test('what comes from the page is taken only when it is known', () => {
  assert.deepEqual(['sweep', 'setPhase', 'workbench.action.quit', undefined, { command: 'sweep' }].map(parseCommand), ['sweep', 'setPhase', undefined, undefined, undefined]);
  assert.deepEqual(['csv', 'json', 'exe', null].map(parseFormat), ['csv', 'json', undefined, undefined]);
  assert.deepEqual(parsePosition({ folder: '/x', filter: 'old' }), { folder: '/x' });
  for (const wrong of [undefined, null, 7, { folder: 1 }]) assert.deepEqual(parsePosition(wrong), { folder: undefined });
});

test('each phase says what it changes, and how far it is from another', () => {
  assert.equal(new Set(PHASES.map((phase) => phaseText(phase, t).meaning)).size, 3);
  assert.deepEqual([phaseSteps('compatible', 'machine'), phaseSteps('machine', 'hybrid'), phaseSteps('hybrid', 'hybrid')], [2, -1, 0]);
});

const GIT: GitCommands = { answering: true, since: NOW, scope: 'stores', budget: 20, checkEvery: 200, checked: 0, elsewhere: 0, repositories: 0, watches: 0, commands: [], faults: [] };
const command = (name: string, hits: number, misses: number, delegated: number, savedMillis: number): GitCommands['commands'][number] => ({ command: name, treatment: 'remembered', hits, misses, delegated, savedMillis });

test('where nothing was asked of git, words say so and no figure does', () => {
  const idle = { ...GIT, commands: [command('status', 0, 0, 0, 0)] };
  assert.match(gitCommandsNote(idle, NOW), /^Nothing asked yet since/);
  assert.equal(gitCommandsNote({ ...idle, answering: false }, NOW), 'PYI does not answer for Git here.');
  assert.deepEqual(gitCommandFigures(idle, NOW), []);
});

test('what was asked of git is told with what came of it, and a wrong answer as a problem', () => {
  const git = { ...GIT, commands: [command('status', 3, 1, 0, 30), command('log', 0, 0, 4, 0)], faults: [{ form: 'log', directory: '/x', args: ['log'], time: NOW }] };
  assert.deepEqual(gitCommandFigures(git, NOW).map(({ name, value }) => `${name}: ${value}`), ['Asked: 8', 'Answered: 3', 'Not known: 1', 'Left to git: 4', 'Time saved: 30.0 ms']);
  assert.match(gitCommandFigures({ ...git, elsewhere: 4 }, NOW).find(({ name }) => name === 'Left to git')?.note ?? '', /^4 because HOME/);
  assert.deepEqual(gitCommandFigures({ ...git, commands: git.commands.slice(1) }, NOW).map(({ name }) => name), ['Asked', 'Answered', 'Not known', 'Left to git'], 'no time was saved: none is claimed');
  assert.equal(gitCommandsNote(git, NOW), '');
  assert.deepEqual(gitFaultTexts(git), ['"git log" was answered wrongly once, in /x: only git answers it until the server ends.']);
});
