import * as vscode from 'vscode';
import { PyiError } from '../../protocol/errors.ts';
import { shortId } from '../../protocol/ids.ts';
import type { Result } from '../../protocol/registry.ts';
import { safe } from '../../protocol/text.ts';
import { t } from '../l10n.ts';
import type { Command, Services } from '../services.ts';
import type { Target } from '../target.ts';
import { chooseRepository } from './choose-repository.ts';
import { flash } from './dialogs.ts';
import { checkpointNamed } from './named-states.ts';
import { newFork } from './new-fork.ts';
import { pickCheckpoint } from './pick-checkpoint.ts';

/** As the operation wants it. */
const NAME_LENGTH = 200;

/** `PYI: Pin Checkpoint`: retention keeps it. Of all that were chosen; of a fork, its newest one. */
export const pin: Command = async (services, target, targets) => {
  if (!targets.some(({ checkpoint, fork }) => checkpoint !== undefined || fork !== undefined)) return setPinned(services, [await chosen(services, target, t('PYI: Pin Checkpoint'))], true);
  return setPinned(services, targets, true);
};

/** `PYI: Unpin Checkpoint`: of all that were chosen; of a fork, its newest one. */
export const unpin: Command = async (services, _target, targets) => setPinned(services, targets, false);

/** `PYI: Name Checkpoint…`: what a person calls it, which pins it. An empty name takes the name away. */
export const nameCheckpoint: Command = async (services, target) => {
  const about = target.checkpoint === undefined ? await chosen(services, target, t('PYI: Name Checkpoint')) : target;
  const repository = await chooseRepository(services.roots, about?.repository);
  if (about?.checkpoint === undefined || repository === undefined) return undefined;
  const client = await services.server.client();
  const info = await checkpointNamed(client, repository, about.checkpoint);
  const name = target.name ?? await vscode.window.showInputBox({
    title: t('PYI: Name Checkpoint {0}', shortId(info.checkpoint)), value: info.name ?? '', prompt: t('A named checkpoint is pinned: retention keeps it.'),
    placeHolder: t('Name (empty takes the name away)'), validateInput: faultOfName,
  });
  if (name === undefined) return undefined;
  const fault = faultOfName(name);
  if (fault !== undefined) throw new PyiError('INVALID_ARGUMENT', fault, t('Choose another name.'));
  const done = await client.call('pin', { repository, checkpoint: info.checkpoint, name: name.trim() === '' ? null : name.trim() });
  flash(done.name === null ? t('Checkpoint {0} has no name any more', shortId(done.checkpoint)) : t('Checkpoint {0} is called {1}', shortId(done.checkpoint), safe(done.name)));
  return done;
};

/** `PYI: Copy Id`: of checkpoints or forks, each on a line. */
export const copyId: Command = async (_services, _target, targets) => {
  const ids = targets.flatMap(({ checkpoint, fork }) => checkpoint ?? fork ?? []);
  if (ids.length === 0) throw new PyiError('NOT_FOUND', t('Nothing was chosen that has an id.'), t('Choose a checkpoint or a fork.'));
  const text = ids.join('\n');
  await vscode.env.clipboard.writeText(text);
  return text;
};

/** `PYI: New Fork from Here…`: from a checkpoint, or from the head of a fork. */
export const forkFromHere: Command = async (services, target, targets) => {
  if (target.checkpoint === undefined && target.fork === undefined) throw new PyiError('NOT_FOUND', t('Nothing was chosen to start from.'), t('Choose a checkpoint or a fork.'));
  return newFork(services, target, targets);
};

async function setPinned(services: Services, targets: readonly (Target | undefined)[], pinned: boolean): Promise<Result<'pin'>[]> {
  const { server, roots } = services;
  const client = await server.client();
  const done: Result<'pin'>[] = [];
  for (const target of await Promise.all(targets.map(async (one) => (one === undefined ? undefined : headOf(services, one))))) {
    const repository = target?.checkpoint === undefined ? undefined : await chooseRepository(roots, target.repository);
    if (repository !== undefined && target?.checkpoint !== undefined) done.push(await client.call('pin', { repository, checkpoint: target.checkpoint, pinned }));
  }
  const [first] = done;
  if (first === undefined) return done;
  flash(
    done.length > 1 ? (pinned ? t('{0} checkpoints pinned', done.length) : t('{0} checkpoints unpinned', done.length))
      : pinned ? t('Checkpoint {0} pinned', shortId(first.checkpoint)) : t('Checkpoint {0} unpinned', shortId(first.checkpoint)));
  return done;
}

async function headOf({ server }: Services, target: Target): Promise<Target> {
  const { repository, fork, checkpoint } = target;
  if (checkpoint !== undefined || fork === undefined || repository === undefined) return target;
  const forks = await (await server.client()).call('forks', { repository, all: true });
  const head = forks.find((one) => one.fork === fork)?.head;
  return head === undefined ? target : { ...target, checkpoint: head };
}

async function chosen({ server, roots }: Services, target: Target, title: string): Promise<Target | undefined> {
  const repository = await chooseRepository(roots, target.repository);
  if (repository === undefined) return undefined;
  const info = await pickCheckpoint({ client: await server.client(), repository, fork: target.fork, title, placeholder: t('Checkpoint') });
  return info === undefined ? undefined : { repository, checkpoint: info.checkpoint, fork: info.fork };
}

function faultOfName(name: string): string | undefined {
  return name.trim().length > NAME_LENGTH ? t('A name has at most {0} characters.', NAME_LENGTH) : undefined;
}
