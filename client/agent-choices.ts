import type { Result } from '../protocol/registry.ts';
import { safe } from '../protocol/text.ts';
import { AT_WORK_MILLIS } from '../webview/shared/at-work.ts';
import { ago } from '../webview/shared/ago.ts';
import { noIcons } from './choices.ts';
import type { Choice } from './choices.ts';
import { t } from './l10n.ts';

type Agent = Result<'agents'>[number];

/** Agents, those that were active last first. */
export function agentChoices(agents: readonly Agent[], now: number): Choice<Agent>[] {
  return agents.toSorted((a, b) => (b.lastActive ?? 0) - (a.lastActive ?? 0)).map((agent) => ({
    label: noIcons(safe(agent.agent)),
    description: activity(agent, now),
    detail: t('Forks: {0} live, {1} merged, {2} discarded · Checkpoints: {3}', agent.live, agent.merged, agent.discarded, agent.checkpoints),
    value: agent,
  }));
}

function activity({ lastActive }: Agent, now: number): string {
  if (lastActive === null) return t('never active');
  return now - lastActive < AT_WORK_MILLIS ? t('at work') : ago(lastActive, now, t);
}
