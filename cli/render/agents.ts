import type { Result } from '../../protocol/registry.ts';
import { count, lines, micros, relativeTime, safe, safeLines } from '../../protocol/text.ts';
import { paint, paintFork, paintId } from './style.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

type Overlap = Result<'claim'>['overlaps'][number];

/** What is shown of a list in one line. */
const SHOWN = 4;

export function renderRegister(result: Result<'agent/register'>): string {
  return lines([`agent ${safe(result.agent)} is registered`, `  token ${result.token}`, '  It is told once; with it the agent attaches, on whichever connection.']);
}

export function renderAttach(result: Result<'agent/attach'>, style: Style): string {
  const forks = result.forks.map(({ name, head, pending }) => `  ${paint(style, 'yellow', safe(name))} at ${paintId(style, head)}${pending > 0 ? `, ${count(pending, 'file')} since` : ''}`);
  return lines([`agent ${safe(result.agent)} is attached${result.migrated ? '; the connection that it had before lost it' : ''}`, ...forks]);
}

export function renderStanding(result: Result<'agent/suspend'>): string {
  return lines([`agent ${safe(result.agent)} is ${result.state}, with ${count(result.forks.length, 'live fork')}`]);
}

export function renderHeartbeat(result: Result<'agent/heartbeat'>): string {
  return lines([`agent ${safe(result.agent)} is alive`]);
}

export function renderGrant(result: Result<'agent/grant'>, style: Style): string {
  const forks = result.grants.map((id) => paintFork(style, id)).join(', ');
  return lines([`agent ${safe(result.agent)} may work on ${forks === '' ? 'its own forks only' : `its own forks and ${forks}`}`]);
}

export function renderClaim({ claim, overlaps }: Result<'claim'>, style: Style): string {
  const where = claim.fork === null ? '' : ` in ${paintFork(style, claim.fork)}`;
  if (claim.globs.length === 0) return lines([`${safe(claim.agent)} claims nothing${where}`]);
  return lines([`${safe(claim.agent)} claims ${claim.globs.map(safe).join(', ')}${where}`, ...overlapLines(overlaps, style)]);
}

export function renderClaims(result: Result<'claims'>, style: Style): string {
  if (result.length === 0) return 'No claims. "pyi claim --agent AGENT GLOB…" makes one.\n';
  return result.map((claim) => renderClaim({ claim, overlaps: claim.overlaps }, style)).join('');
}

function overlapLines(overlaps: readonly Overlap[], style: Style): string[] {
  return overlaps.map(({ agent, fork, globs, paths }) => {
    const who = `${safe(agent)}${fork === null ? '' : ` in ${paintFork(style, fork)}`}`;
    const claimed = globs.length === 0 ? '' : ` claims ${shortList([...new Set(globs.map(({ theirs }) => theirs))])}`;
    const changed = paths.length === 0 ? '' : `${claimed === '' ? '' : ' and'} has changed ${shortList(paths)}`;
    return `  ${paint(style, 'yellow', 'overlap')} ${who}${claimed}${changed}`;
  });
}

function shortList(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).map(safe).join(', ');
  return names.length > SHOWN ? `${shown}, … and ${names.length - SHOWN} more` : shown;
}

export function renderSubmit(result: Result<'submit'>, style: Style): string {
  const fork = paintFork(style, result.fork);
  const waited = result.waitedMillis > 0 ? `, after waiting ${micros(result.waitedMillis * 1000)}` : '';
  switch (result.outcome) {
    case 'collapsed': {
      const commit = result.commit === null ? 'no Git commit: it changes nothing, or its base is no work tree of Git' : `commit ${paintId(style, result.commit)}`;
      return lines([`collapsed to ${fork}${result.rebased ? ', rebased onto the tip' : ''}${waited}`, `  ${commit}`,
        ...(result.discarded.length === 0 ? [] : [`  discarded ${count(result.discarded.length, 'fork')}`])]);
    }
    case 'conflict':
      return lines([`${paint(style, 'red', 'conflict')}: ${fork} was rebased, and these files need a decision`, ...result.conflicts.map(({ path, reason }) => `  ${safe(path)}  ${safe(reason)}`),
        '  Resolve them in the fork, then submit it again.']);
    case 'rejected':
      return lines([`${paint(style, 'red', 'rejected')}: the validator said no to ${fork}${result.exit === null ? '' : ` (exit ${result.exit})`}`, ...safeLines(result.evidence).trimEnd().split('\n').map((line) => `  ${line}`)]);
  }
}

export function renderQueue(result: Result<'queue'>, style: Style): string {
  if (result.length === 0) return 'Nothing waits to be collapsed.\n';
  return table(['FORK', 'AGENT', 'INTO', 'STATE', 'SINCE'], result.map(({ fork, agent, into, state, since }) => [
    paintFork(style, fork), safe(agent), paintFork(style, into), state, relativeTime(since, style.now)]));
}

export function renderAudit(result: Result<'audit'>, style: Style): string {
  const rows = result.entries.map(({ number, time, agent, client, operation, forks, checkpoint, outcome }) => [
    String(number), relativeTime(time, style.now), agent === '' ? paint(style, 'dim', `the user (${safe(client)})`) : safe(agent), safe(operation),
    forks[0] === undefined ? '' : `${paintFork(style, forks[0])}${forks.length > 1 ? ` and ${forks.length - 1} more` : ''}`,
    checkpoint === null ? '' : paintId(style, checkpoint), outcome === 'ok' ? '' : paint(style, 'red', outcome),
  ]);
  const listed = rows.length === 0 ? 'No entries.\n' : table(['NUMBER', 'WHEN', 'WHO', 'DID', 'FORK', 'CHECKPOINT', 'REFUSED'], rows);
  if (result.intact === null) return listed;
  return `${listed}\n${lines([result.intact ? `${paint(style, 'green', 'intact')}: the chain holds for all ${count(result.total, 'entry', 'entries')}` : `${paint(style, 'red', 'broken')}: ${safe(result.fault ?? '')}`])}`;
}
