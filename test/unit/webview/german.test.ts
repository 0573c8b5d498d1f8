import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { NOW, agentRow, latency, sample } from '../client/samples.ts';

/** What the dashboard says when the display language is German: the page gets the bundle from its host. */

const strings = readFileSync(new URL('../../../l10n/bundle.l10n.de.json', import.meta.url), 'utf8');
Object.assign(globalThis, { document: { body: { dataset: { strings } }, documentElement: { lang: 'de' } } });
// They read the language of the page when they are loaded.
const { agentCells, retentionTexts, storeFigures, totalCells } = await import('../../../webview/dashboard/figures.ts');
const { phaseText } = await import('../../../webview/shared/phases.ts');
const { kindTitle, kindWord, stateWord } = await import('../../../webview/shared/words.ts');
const { t } = await import('../../../webview/shared/l10n.ts');
const { ago } = await import('../../../webview/shared/ago.ts');
const { filesText } = await import('../../../webview/shared/files-text.ts');

test('figures are named and set apart as in German', () => {
  const figures = storeFigures(sample({ checkpoints: 12_061, segments: 2, cache: { hits: 9, misses: 1, bytes: 1 } }), '10:00');
  assert.deepEqual(figures.map(({ name, value, note }) => `${name}: ${value} (${note})`), [
    'Lebende Forks: 1 (0 zusammengeführt, 0 verworfen)', 'Checkpoints: 12.061 (in der Zeitachse)', 'Auf der Platte: 4.0 KiB (keine Größengrenze)',
    'Objekte: 40 (in 2 Segmenten)', 'Cache-Treffer: 90.0 % (von 10 Lesezugriffen seit 10:00)',
  ]);
  assert.equal(totalCells(latency(12_044))[0], '12.044');
});

test('agents, retention and phases speak German', () => {
  assert.deepEqual([NOW, NOW - 40_000, NOW - 7_200_000].map((lastActive) => agentCells(agentRow({ lastActive }), NOW)[1]), ['bei der Arbeit', 'vor weniger als einer Minute', 'vor 2 Std.']);
  assert.deepEqual(retentionTexts({ kind: 'measured', time: NOW, forks: 0, decayed: 0, checkpoints: 2, objects: 1, bytes: 2048, millis: 1 }),
    ['2.0 KiB in einem Objekt, das nichts mehr braucht', '2 Checkpoints, die die Aufbewahrungsregeln nicht mehr behalten']);
  assert.equal(phaseText('machine', t).name, 'Maschine');
});

test('times to come, far ones and files that did not change are told in German', () => {
  assert.deepEqual([NOW + 7_200_000, NOW - 3 * 86_400_000, NOW - 90_000].map((time) => ago(time, NOW, t)), ['in 2 Std.', 'vor 3 Tg.', 'vor 1 Min.']);
  assert.equal(ago(Date.UTC(2020, 1, 3), NOW, t), '2020-02-03');
  assert.equal(filesText({ added: 0, changed: 0, deleted: 0, conflicts: 0 }, t), 'keine');
});

test('kinds of checkpoints and states of forks speak German, and no kind is called like a button', () => {
  assert.deepEqual([kindWord('manual', t), kindTitle('manual', t), kindTitle('collapse', t), stateWord('discarded', t)], ['manuell', 'Manuell', 'Kollaps', 'verworfen']);
});
