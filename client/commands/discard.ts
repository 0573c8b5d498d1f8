import type { ForkInfo } from '../../protocol/values.ts';
import { safe } from '../../protocol/text.ts';
import { candidates, verdict } from '../choices.ts';
import { t } from '../l10n.ts';
import type { Command } from '../services.ts';
import { chooseRepository } from './choose-repository.ts';
import { confirm, propose, withProgress } from './dialogs.ts';
import { pickForks } from './pick-fork.ts';
import { undoFork } from './undo.ts';

/** Names that fit a dialog; the rest is counted. */
const LISTED = 12;

/** `PYI: Discard Forks…` */
export const discard: Command = async (services, target, targets) => {
  const repository = await chooseRepository(services.roots, target.repository);
  if (repository === undefined) return undefined;
  const client = await services.server.client();
  const all = await client.call('forks', { repository });
  const forks = await pickForks(candidates(all), targets.flatMap(({ fork }) => fork ?? []), { title: t('PYI: Discard Forks'), placeholder: t('Forks to give up') });
  const [first] = forks ?? [];
  if (forks === undefined || first === undefined) return undefined;
  const question = forks.length === 1 ? t('Discard fork "{0}"?', safe(first.name)) : t('Discard {0} forks?', forks.length);
  if (!await confirm(question, detailText(forks, all), t('Discard'))) return undefined;
  const done = await withProgress(t('PYI: discarding'), async ({ signal }) => client.call('discard', { repository, forks: forks.map(({ fork }) => fork) }, { signal }));
  // One operation discarded them all, so one undo brings them all back.
  propose('information', forks.length === 1 ? t('Fork "{0}" was discarded.', safe(first.name)) : t('{0} forks were discarded.', done.discarded.length), [
    { label: t('Undo'), action: async () => undoFork(services, repository, first.fork) },
  ]);
  return done;
};

function detailText(forks: readonly ForkInfo[], all: readonly ForkInfo[]): string {
  const rows = forks.slice(0, LISTED).map((fork) => `${safe(fork.name)}: ${verdict(fork)}`);
  const chosen = new Set(forks.map(({ fork }) => fork));
  const orphans = all.filter(({ parent, fork }) => parent !== null && chosen.has(parent) && !chosen.has(fork));
  return [
    [...rows, ...(forks.length > LISTED ? [t('and {0} more', forks.length - LISTED)] : [])].join('\n'),
    ...(orphans.length === 0 ? [] : [t('Forks made from these stay: {0}.', orphans.slice(0, LISTED).map(({ name }) => safe(name)).join(', '))]),
    t('Undo brings them back until they are swept; their directories stay until then.'),
  ].join('\n\n');
}
