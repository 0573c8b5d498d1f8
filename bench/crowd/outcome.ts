import { OPERATIONS } from '../../protocol/registry.ts';
import type { OperationName } from '../../protocol/registry.ts';
import { verify } from '../harness.ts';
import type { Expected } from './agent.ts';
import type { CrowdPlace } from './place.ts';
import type { WireClient } from './wire-client.ts';
import { agentName, scoreOf, taskOf, writtenContent } from './work.ts';

/** A winner, and the commit that its work became. */
export interface Won {
  readonly agent: number;
  readonly commit: string;
  readonly micros: number;
}

/** Every task collapses to its best fork, one after the other; nine in ten forks are given up by that. */
export async function collapseAll(place: CrowdPlace, wire: WireClient, expected: readonly Expected[]): Promise<Won[]> {
  const repository = place.repository.root;
  const agents = expected.map(({ agent }) => agent).sort((a, b) => a - b);
  const won: Won[] = [];
  for (const task of new Set(agents.map(taskOf))) {
    const rivals = agents.filter((agent) => taskOf(agent) === task);
    const best = rivals.reduce((a, b) => (scoreOf(b) > scoreOf(a) ? b : a));
    const started = performance.now();
    // In turn: rebased onto what the winners before it have made of the branch.
    const { outcome, commit, discarded } = await wire.call('submit', { repository, fork: agentName(best), message: `Collapse ${task}` });
    const micros = (performance.now() - started) * 1000;
    verify(outcome === 'collapsed' && commit !== null, `${task} did not collapse to ${agentName(best)}: ${outcome}`);
    verify(discarded.length === rivals.length - 1, `${task} discarded ${discarded.length} forks, not ${rivals.length - 1}`);
    won.push({ agent: best, commit, micros });
  }
  return won;
}

/** Every winner's content is in its commit, and the commit changes nothing else. */
export function verifyInGit(place: CrowdPlace, won: readonly Won[], expected: readonly Expected[]): void {
  const { repository } = place;
  const changed = new Map<string, string[]>();
  for (const block of repository.git(['log', '--format=%x00%H', '--name-only', '--no-renames']).split('\0').slice(1)) {
    const [commit = '', ...files] = block.split('\n').filter((line) => line !== '');
    changed.set(commit, files.sort());
  }
  const wanted = won.flatMap(({ agent, commit }) => {
    const mine = expected.find((one) => one.agent === agent);
    verify(mine !== undefined, `${agentName(agent)} won and is not known`);
    const files = mine.files.map(([file]) => file).sort();
    verify(changed.get(commit)?.join('\n') === files.join('\n'), `the commit of ${agentName(agent)} changes ${String(changed.get(commit))}, not ${files.join()}`);
    return mine.files.map(([file, n]) => ({ name: `${commit}:${file}`, content: writtenContent(agent, n) }));
  });
  const out = repository.gitBytes(['cat-file', '--batch'], { input: wanted.map(({ name }) => `${name}\n`).join('') }).toString('latin1');
  let at = 0;
  for (const { name, content } of wanted) {
    const start = out.indexOf('\n', at) + 1;
    verify(out.slice(start, start + content.length) === content, `git has other content for ${name} than the winner wrote`);
    at = start + content.length + 1;
  }
}

/** No fork is lost, none is there twice, and each has the checkpoints that its agent took. */
export async function verifyForks(place: CrowdPlace, wire: WireClient, expected: readonly Expected[]): Promise<void> {
  const forks = await wire.call('forks', { repository: place.repository.root, all: true });
  verify(forks.length === expected.length + 1, `there are ${forks.length - 1} forks, not ${expected.length}`);
  const byId = new Map(forks.map((fork) => [fork.fork, fork]));
  for (const { agent, fork } of expected) {
    const found = byId.get(fork);
    verify(found !== undefined && found.agent === agentName(agent) && found.task === taskOf(agent), `the fork of ${agentName(agent)} is not there, or another's`);
  }
}

/** The audit log holds every change that the agents were told was made, under their names, and nothing else of theirs; its chain is whole. */
export async function verifyAudit(place: CrowdPlace, wire: WireClient, expected: readonly Expected[]): Promise<number> {
  const repository = place.repository.root;
  const found = new Map<string, Map<string, number>>();
  let before: number | undefined;
  let entries = 0;
  do {
    const page = await wire.call('audit', { repository, limit: AUDIT_PAGE, ...(before === undefined ? {} : { before }) });
    for (const { agent, operation, outcome } of page.entries) {
      verify(outcome === 'ok', `${agent} was refused ${operation}`);
      const counts = found.get(agent) ?? new Map<string, number>();
      found.set(agent, counts.set(operation, (counts.get(operation) ?? 0) + 1));
    }
    entries += page.entries.length;
    before = page.entries.at(-1)?.number;
    if (page.entries.length < AUDIT_PAGE) break;
  } while (before !== undefined);
  for (const { agent, calls } of expected) {
    for (const [operation, count] of Object.entries(calls)) {
      if (OPERATIONS[operation as OperationName].readOnly) continue;
      const audited = found.get(agentName(agent))?.get(operation) ?? 0;
      verify(audited === count, `the audit log has ${audited} of ${count} times that ${agentName(agent)} asked for ${operation}`);
    }
  }
  const { intact, fault } = await wire.call('audit', { repository, limit: 1, verify: true });
  verify(intact === true, `the audit log is broken: ${String(fault)}`);
  return entries;
}

const AUDIT_PAGE = 10_000;
