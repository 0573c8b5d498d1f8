import type { Result } from '../../protocol/registry.ts';
import type { Latency } from '../../protocol/values.ts';
import type { GitCommands, Retention, Sample, ServerView } from '../../webview/dashboard/contract.ts';

/** What an export of the dashboard is made from. */
export interface Exported {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly repository: string;
  readonly server: ServerView['facts'];
  /** Oldest first. */
  readonly samples: readonly Sample[];
  readonly agents: Result<'agents'>;
  readonly retention: Retention;
  /** Undefined when the server does not tell. */
  readonly gitCommands: GitCommands | undefined;
}

const UNITS = { latency: 'µs', size: 'B', time: 'ms since 1970', count: '1', rate: '1/s' } as const;

/** The samples with their units and windows, for programs. */
export function exportJson({ time, repository, server, samples, agents, retention, gitCommands }: Exported): string {
  const document = {
    format: 'pyi-dashboard', version: 1, time, repository, units: UNITS,
    windows: {
      'latencies, deduplicated, cache': 'since openedAt of the sample',
      'recent.latencies': 'the last recent.seconds before the time of the sample',
      'gitCommands': 'since its field since, in all repositories of this user',
      'everything else': 'at the time of the sample',
    },
    server: server ?? null, samples, agents, retention: retention.kind === 'measured' ? retention : null, gitCommands: gitCommands ?? null,
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

const HEADER = ['time', 'window', 'window_seconds', 'subject', 'measure', 'unit', 'value'];

type Cell = string | number;
interface Window {
  readonly name: 'now' | 'recent' | 'since opening' | 'since the start';
  readonly seconds: number | undefined;
}

/** One number a line, with its moment, window and unit: what a spreadsheet filters and pivots. RFC 4180. */
export function exportCsv({ time, samples, agents, retention, gitCommands }: Exported): string {
  const last = samples.at(-1);
  const rows = [HEADER, ...samples.flatMap(sampleRows), ...(last === undefined ? [] : agentRows(last.time, agents)), ...retentionRows(retention), ...gitRows(time, gitCommands)];
  return rows.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}

function sampleRows(sample: Sample): Cell[][] {
  const { time, recent, openedAt } = sample;
  const now: Window = { name: 'now', seconds: undefined };
  const opened: Window = { name: 'since opening', seconds: Math.round((time - openedAt) / 1000) };
  const row = (window: Window, subject: string, measure: string, unit: string, value: number | null): Cell[][] => (value === null ? []
    : [[new Date(time).toISOString(), window.name, window.seconds ?? '', subject, measure, unit, value]]);
  const latencyRows = (window: Window, latencies: Readonly<Record<string, Latency>>): Cell[][] => Object.entries(latencies).flatMap(([name, latency]) => [
    ...row(window, name, 'count', '1', latency.count),
    ...(['p50', 'p95', 'p99', 'max'] as const).flatMap((measure) => row(window, name, measure, UNITS.latency, latency[measure])),
  ]);
  return [
    ...latencyRows({ name: 'recent', seconds: recent.seconds }, recent.latencies),
    ...latencyRows(opened, sample.latencies),
    ...row(now, 'store', 'on disk', 'B', sample.bytesOnDisk), ...row(now, 'store', 'size cap', 'B', sample.sizeCap),
    ...row(now, 'store', 'objects', '1', sample.objects), ...row(now, 'store', 'segments', '1', sample.segments),
    ...row(now, 'store', 'checkpoints', '1', sample.checkpoints),
    ...(['live', 'merged', 'discarded'] as const).flatMap((state) => row(now, 'forks', state, '1', sample.forks[state])),
    ...row(opened, 'deduplication', 'given', 'B', sample.deduplicated.putBytes), ...row(opened, 'deduplication', 'stored', 'B', sample.deduplicated.storedBytes),
    ...row(opened, 'cache', 'hits', '1', sample.cache.hits), ...row(opened, 'cache', 'misses', '1', sample.cache.misses), ...row(now, 'cache', 'size', 'B', sample.cache.bytes),
    ...row(now, 'server', 'memory', 'B', sample.memory.rss), ...row(now, 'server', 'heap', 'B', sample.memory.heapUsed),
  ];
}

function agentRows(time: number, agents: Result<'agents'>): Cell[][] {
  return agents.flatMap((agent) => ([['live', 'live forks'], ['merged', 'merged forks'], ['discarded', 'discarded forks'], ['checkpoints', 'checkpoints']] as const)
    .map(([field, measure]): Cell[] => [new Date(time).toISOString(), 'now', '', agent.agent, `${measure} of agent`, '1', agent[field]]));
}

function retentionRows(retention: Retention): Cell[][] {
  if (retention.kind !== 'measured') return [];
  return ([['forks', '1'], ['decayed', '1'], ['checkpoints', '1'], ['objects', '1'], ['bytes', 'B']] as const)
    .map(([measure, unit]): Cell[] => [new Date(retention.time).toISOString(), 'now', '', 'retention', measure, unit, retention[measure]]);
}

/** Of the commands that were asked. */
function gitRows(time: number, git: GitCommands | undefined): Cell[][] {
  if (git === undefined) return [];
  const row = (subject: string, measure: string, unit: string, value: number): Cell[] => [new Date(time).toISOString(), 'since the start', Math.round((time - git.since) / 1000), subject, measure, unit, value];
  return [
    ...git.commands.filter(({ hits, misses, delegated }) => hits + misses + delegated > 0).flatMap(({ command, hits, misses, delegated, savedMillis }) => [
      row(`git ${command}`, 'answered', '1', hits), row(`git ${command}`, 'not known', '1', misses), row(`git ${command}`, 'left to git', '1', delegated), row(`git ${command}`, 'saved', 'ms', savedMillis),
    ]),
    row('git', 'answers compared', '1', git.checked), row('git', 'forms switched off', '1', git.faults.length),
  ];
}

/**
 * A field as RFC 4180 has it. Text that a spreadsheet would take for a formula gets an apostrophe before it, whatever white
 * space leads: agents choose their names.
 */
export function csvCell(value: Cell): string {
  if (typeof value === 'number') return String(value);
  const text = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) || text !== value ? `"${text.replaceAll('"', '""')}"` : text;
}
