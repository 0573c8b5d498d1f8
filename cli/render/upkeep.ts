import type { ParamsInput, Result } from '../../protocol/registry.ts';
import { bytes, count, lines, micros, relativeTime, safe } from '../../protocol/text.ts';
import { capped } from './states.ts';
import { paint, paintFork, paintId } from './style.ts';
import type { Style } from './style.ts';
import { facts, table } from './table.ts';

export function renderSetup(result: Result<'setup'>, style: Style): string {
  if (!result.created) return `The store was there already: ${safe(result.store)}\n`;
  return lines([
    `store of ${safe(result.root)}${result.git ? '' : ' (no Git here)'}: ${safe(result.store)}`,
    `  took in ${count(result.files, 'file')}, ${bytes(result.bytes)}, in ${micros(result.millis * 1000)}; checkpoint ${paintId(style, result.checkpoint)}`,
    '  next: "pyi fork NAME" gives an agent a directory of its own, "pyi checkpoint -m MESSAGE" records a step',
  ]);
}

export function renderAgents(result: Result<'agents'>, style: Style): string {
  if (result.length === 0) return 'No agents yet. "pyi fork NAME --agent AGENT" makes one known.\n';
  return table(['AGENT', 'STATE', 'LIVE', 'MERGED', 'DISCARDED', 'CHECKPOINTS', 'ACTIVE'], result.map((agent) => [
    safe(agent.agent), agent.state === 'unregistered' ? '' : agent.state, String(agent.live), String(agent.merged), String(agent.discarded), String(agent.checkpoints),
    agent.lastActive === null ? 'never' : relativeTime(agent.lastActive, style.now),
  ]));
}

export function renderStats(result: Result<'stats'>, style: Style): string {
  const { forks, deduplicated } = result;
  const ratio = deduplicated.putBytes === 0 ? '' : `${bytes(deduplicated.putBytes)} given, ${bytes(deduplicated.storedBytes)} stored`;
  const { hits, misses } = result.cache;
  const latencies = Object.entries(result.latencies).map(([name, latency]) => [name, String(latency.count), ...[latency.p50, latency.p95, latency.p99, latency.max].map(micros)]);
  const head = facts([
    ['objects', `${result.objects} in ${count(result.segments, 'segment')}`],
    ['on disk', `${bytes(result.bytesOnDisk)}${result.sizeCap === null ? '' : ` of ${bytes(result.sizeCap)} allowed`}`],
    ['forks', `${forks.live} live, ${forks.merged} merged, ${forks.discarded} discarded`],
    ['checkpoints', String(result.checkpoints)],
    ['deduplicated', ratio],
    ['cache', hits + misses === 0 ? '' : `${(100 * hits / (hits + misses)).toFixed(1)} % of ${count(hits + misses, 'object')} asked for were in memory (${bytes(result.cache.bytes)})`],
    ['memory', `${bytes(result.memory.rss)}, heap ${bytes(result.memory.heapUsed)}`],
  ]);
  const details = latencies.length === 0 ? '' : `\n${table(['OPERATION', 'COUNT', 'P50', 'P95', 'P99', 'MAX'], latencies)}`;
  return head + details + lines(result.warnings.map((warning) => paint(style, 'red', `warning: ${safe(warning)}`)));
}

export function renderDoctor(result: Result<'doctor'>, style: Style): string {
  const findings = result.findings.flatMap((finding) => [
    `${finding.ok ? paint(style, 'green', 'ok  ') : paint(style, 'red', 'BAD ')} ${safe(finding.check)}: ${safe(finding.detail)}`,
    ...(finding.fix === null || finding.ok ? [] : [`       ${safe(finding.fix)}`]),
  ]);
  return lines([...findings, ...result.repaired.map((what) => `mended: ${safe(what)}`), result.ok ? 'Everything is in order.' : 'Something is wrong.']);
}

export function renderSweep(result: Result<'sweep'>, style: Style, asked: Partial<ParamsInput<'sweep'>> = {}): string {
  const would = asked.dryRun === true;
  const what = `${count(result.objects, 'object')} (${bytes(result.bytes)}) that nothing keeps`;
  return lines([
    would ? `would sweep ${what}` : `swept ${what}; ${bytes(result.bytesFreed)} given back on disk in ${micros(result.millis * 1000)}`,
    ...(result.checkpoints > 0 ? [`  ${count(result.checkpoints, 'checkpoint')} past the retention rules`] : []),
    ...capped(result.forks.map((fork) => `  ${would ? 'would be ' : ''}gone for good, with its directory: ${paintFork(style, fork)}`), 'fork'),
    ...capped(result.decayed.map((fork) => `  past its time to live, ${would ? 'would be' : 'now'} discarded: ${paintFork(style, fork)}`), 'fork'),
  ]);
}

export function renderVerify(result: Result<'verify'>, style: Style): string {
  const what = `${count(result.objects, 'object')} in ${count(result.segments, 'segment')}, ${bytes(result.bytes)}, ${micros(result.millis * 1000)}`;
  if (result.ok) return `${paint(style, 'green', 'whole')}: ${what}\n`;
  return lines([
    `${paint(style, 'red', 'damaged')}: ${what}`,
    ...capped(result.faults.map((fault) => `  ${safe(fault.segment)} at ${fault.offset}${fault.id === null ? '' : ` object ${paintId(style, fault.id)}`}: ${safe(fault.problem)}`), 'fault'),
    '  "pyi doctor" says what can be done',
  ]);
}

export function renderPhase(result: Result<'phase'>): string {
  return result.phase === result.previous ? `${result.phase}\n` : `${result.previous} -> ${result.phase}\n`;
}

export function renderPin(result: Result<'pin'>, style: Style): string {
  const name = result.name === null ? '' : ` as ${paint(style, 'yellow', safe(result.name))}`;
  return `${paintId(style, result.checkpoint)} is ${result.pinned ? `kept${name} whatever the retention rules say` : 'no longer pinned'}\n`;
}

/** The commands that were asked of the server, and the rest by name: a table of 127 rows tells a person nothing. */
export function renderGitCompat(result: Result<'git-compat'>, style: Style): string {
  const asked = result.commands.filter(({ hits, misses, delegated }) => hits + misses + delegated > 0);
  const sum = (of: (row: (typeof asked)[number]) => number): number => asked.reduce((total, row) => total + of(row), 0);
  const [hits, misses, delegated] = [sum((row) => row.hits), sum((row) => row.misses), sum((row) => row.delegated)];
  const others = new Map<string, string[]>();
  for (const row of result.commands) if (!asked.includes(row)) others.set(row.treatment, [...others.get(row.treatment) ?? [], row.command]);
  return [
    facts([
      ['answering', result.answering ? `in ${result.scope === 'all' ? 'all repositories' : 'repositories with a PYI store'}; now in ${result.repositories}, ${count(result.watches, 'watch', 'watches')}` : 'no: git does everything here'],
      ['since', relativeTime(result.since, style.now)],
      ['asked', hits + misses + delegated === 0 ? 'nothing yet; "pyi status" asks' : `${hits} answered, ${misses} not known, ${delegated} left to git; ${micros(sum((row) => row.savedMillis) * 1000)} saved`],
      ['checked', `${count(result.checked, 'answer')} compared with git (${result.checkEvery === 0 ? 'none is' : `1 in ${result.checkEvery}`}), ${count(result.faults.length, 'form')} switched off`],
      ['elsewhere', result.elsewhere === 0 ? '' : `${count(result.elsewhere, 'question')} left to git: the caller's HOME, XDG_CONFIG_HOME or GIT_CONFIG_* is not the server's ("pyi stop": the next has those of its starter)`],
      ['ahead', `up to ${result.budget} % of the time`],
    ]),
    asked.length === 0 ? '' : `\n${table(['COMMAND', 'TREATMENT', 'ANSWERED', 'NOT KNOWN', 'LEFT TO GIT', 'SAVED'], asked.map((row) => [
      row.command, row.treatment, String(row.hits), String(row.misses), String(row.delegated), row.hits === 0 ? '-' : micros(row.savedMillis * 1000),
    ]))}`,
    `\nNot asked:\n${facts(Array.from(others, ([treatment, names]) => [treatment, names.join(' ')]))}`,
    ...result.faults.map(({ form, directory, args, time }) => `\n✗ "git ${safe(form)}" is switched off: a wrong answer to "git ${safe(args.join(' '))}" in ${safe(directory)}, ${relativeTime(time, style.now)}; the server's log has both outputs.\n`),
  ].join('');
}

export function renderAbout(result: Result<'about'>): string {
  return facts([
    ['version', `${result.version} (protocol ${result.protocol})`],
    ['server', `pid ${result.pid}, up ${micros(result.uptimeSeconds * 1_000_000)}, ${count(result.stores, 'store')}, ${count(result.clients, 'client')}`],
    ['socket', safe(result.socket ?? 'none')],
    ['store', safe(result.store ?? 'none here; "pyi setup" makes one')],
    ['config', safe(result.config ?? '')],
    ['node', result.node],
    ['git', result.git ?? 'not found'],
  ]);
}

export function renderStop(result: Result<'stop'>): string {
  return result.stopping ? 'The server is stopping.\n' : 'The server goes on.\n';
}
