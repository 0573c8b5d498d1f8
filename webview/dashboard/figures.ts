import { bytes, micros, safe } from '../../protocol/text.ts';
import type { Latency } from '../../protocol/values.ts';
import { ago } from '../shared/ago.ts';
import { t } from '../shared/l10n.ts';
import { AT_WORK_MILLIS } from '../shared/at-work.ts';
import type { AgentRow, Retention, Sample } from './contract.ts';

/** Numbers as a person reads them. What was not measured is no text at all: a zero would be a claim. */

/** Language of the page; in tests, which have no page, English. */
const language = typeof document === 'undefined' ? 'en' : document.documentElement.lang;

/** A count, with its thousands set apart. */
export function whole(count: number): string {
  return count.toLocaleString(language);
}

/** `98.2 %`; never 100 unless it is, nor 0. */
export function share(part: number, whole: number): string {
  if (whole === 0) return '';
  const percent = (100 * part) / whole;
  const clipped = Math.min(percent === 100 ? 100 : 99.9, Math.max(percent === 0 ? 0 : 0.1, percent));
  return `${clipped === 0 || clipped === 100 ? clipped : clipped.toFixed(1)} %`;
}

/** A rate with two digits that mean something: `0.033`, `1.2`, `340`. */
export function rate(perSecond: number): string {
  if (perSecond >= 10) return whole(Math.round(perSecond));
  return perSecond === 0 ? '0' : String(Number(perSecond.toPrecision(2)));
}

/** Cells of what the last seconds saw of an operation: count, rate, p50, p95, p99, max. */
export function recentCells(latency: Latency | undefined, seconds: number): string[] {
  if (latency === undefined || seconds <= 0) return ['', '', '', '', '', ''];
  return [whole(latency.count), rate(latency.count / seconds), ...percentiles(latency)];
}

/** The same since the store was opened, without a rate: it would be of a time that nobody remembers. */
export function totalCells(latency: Latency | undefined): string[] {
  return latency === undefined ? ['', '', '', '', ''] : [whole(latency.count), ...percentiles(latency)];
}

function percentiles({ p50, p95, p99, max }: Latency): string[] {
  return [p50, p95, p99, max].map(micros);
}

/** A figure with what it is, and the window that it is of. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly note: string;
}

/** What a store amounts to. Figures that nothing was measured for are left out. */
export function storeFigures(sample: Sample, opened: string): Figure[] {
  const { forks, checkpoints, bytesOnDisk, sizeCap, objects, segments, deduplicated: { putBytes, storedBytes }, cache } = sample;
  const looked = cache.hits + cache.misses;
  return [
    { name: t('Live forks'), value: whole(forks.live), note: t('{0} merged, {1} discarded', whole(forks.merged), whole(forks.discarded)) },
    { name: t('Checkpoints'), value: whole(checkpoints), note: t('in the timeline') },
    { name: t('On disk'), value: bytes(bytesOnDisk), note: sizeCap === null ? t('no size cap') : t('{0} of {1} allowed', share(bytesOnDisk, sizeCap), bytes(sizeCap)) },
    { name: t('Objects'), value: whole(objects), note: segments === 1 ? t('in {0} segment', segments) : t('in {0} segments', segments) },
    ...(putBytes === 0 ? [] : [{ name: t('Saved by deduplication'), value: share(Math.max(0, putBytes - storedBytes), putBytes), note: t('{0} given, {1} stored since {2}', bytes(putBytes), bytes(storedBytes), opened) }]),
    ...(looked === 0 ? [] : [{ name: t('Cache hits'), value: share(cache.hits, looked), note: t('of {0} reads since {1}', whole(looked), opened) }]),
  ];
}

/** True when an agent did something a moment ago. */
export function isAtWork({ lastActive }: AgentRow, now: number): boolean {
  return lastActive !== null && now - lastActive < AT_WORK_MILLIS;
}

/** What a sweep would give back, each fact a sentence. */
export function retentionTexts(retention: Extract<Retention, { kind: 'measured' }>): string[] {
  const { objects, bytes: size, checkpoints, forks, decayed } = retention;
  if (objects + checkpoints + forks + decayed === 0) return [t('Nothing: the retention rules keep everything that is stored.')];
  return [
    objects === 1 ? t('{0} in one object that nothing keeps', bytes(size)) : t('{0} in {1} objects that nothing keeps', bytes(size), whole(objects)),
    ...(checkpoints === 0 ? [] : [checkpoints === 1 ? t('One checkpoint past the retention rules') : t('{0} checkpoints past the retention rules', whole(checkpoints))]),
    ...(forks === 0 ? [] : [forks === 1 ? t('One ended fork, gone for good with its directory') : t('{0} ended forks, gone for good with their directories', forks)]),
    ...(decayed === 0 ? [] : [decayed === 1 ? t('One fork past its time to live, to be discarded') : t('{0} forks past their time to live, to be discarded', decayed)]),
  ];
}

/** When something was: the time of the day, with the date when that is another day. */
export function clock(time: number, now: number): string {
  const date = new Date(time);
  const isToday = date.toDateString() === new Date(now).toDateString();
  return isToday ? date.toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit' }) : date.toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short' });
}

/** What an agent's cells say: who, when active last, live forks, checkpoints, merged and discarded forks. */
export function agentCells(agent: AgentRow, now: number): string[] {
  const { lastActive, live, merged, discarded, checkpoints } = agent;
  const active = isAtWork(agent, now) ? t('at work') : lastActive === null ? t('never') : ago(lastActive, now, t);
  return [safe(agent.agent), active, ...[live, checkpoints, merged, discarded].map(whole)];
}
