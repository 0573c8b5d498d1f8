import type { Client } from '../../connect/client.ts';
import { safe } from '../../protocol/text.ts';
import { t } from '../l10n.ts';
import type { Command, Services } from '../services.ts';
import { chooseRepository } from './choose-repository.ts';
import { flash, offer } from './dialogs.ts';
import { pickFork } from './pick-fork.ts';
import { unsavedWarning } from './unsaved.ts';

/** `PYI: Undo`: of a rewind, collapse, discard or merge; once more to redo. */
export const undo: Command = async ({ server, roots, scm }, target) => {
  const repository = await chooseRepository(roots, target.repository);
  if (repository === undefined) return undefined;
  const client = await server.client();
  const fork = target.fork ?? await forkToUndo(client, repository);
  if (fork === undefined) return undefined;
  const { undone, written, removed, ...rest } = await client.call('undo', { repository, fork });
  const [info] = await client.call('forks', { repository, forks: [rest.fork] });
  const told = t('Undone: {0}. Files written: {1}, removed: {2}.', safe(undone), written.length, removed.length);
  const unsaved = info === undefined ? [] : unsavedWarning(scm, repository, info, { written, removed });
  offerUndo({ server }, repository, rest.fork, [told, ...unsaved].join(' '), 'redo');
  return { undone, written, removed, ...rest };
};

/** Tells what was done, with a button that takes it back. */
export function offerUndo({ server }: Pick<Services, 'server'>, repository: string, fork: string, message: string, what: 'undo' | 'redo' = 'undo'): void {
  offer(message, what === 'undo' ? t('Undo') : t('Redo'), async () => undoFork({ server }, repository, fork, what));
}

/** Takes back the last thing that was done to a fork, without a question: it can be taken back again. */
export async function undoFork({ server }: Pick<Services, 'server'>, repository: string, fork: string, what: 'undo' | 'redo' = 'undo'): Promise<void> {
  const client = await server.client();
  const { undone } = await client.call('undo', { repository, fork });
  flash(what === 'undo' ? t('Undone: {0}', safe(undone)) : t('Redone: {0}', safe(undone)));
}

/** The only fork, else the one that the user picks. */
async function forkToUndo(client: Pick<Client, 'call'>, repository: string): Promise<string | undefined> {
  const forks = await client.call('forks', { repository, all: true });
  const [only, ...others] = forks;
  if (only !== undefined && others.length === 0) return only.fork;
  return (await pickFork(forks, undefined, { title: t('PYI: Undo'), placeholder: t('Fork whose last rewind, collapse, discard or merge is undone') }))?.fork;
}
