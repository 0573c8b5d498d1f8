import * as vscode from 'vscode';
import type { Client } from '../../connect/client.ts';
import { PyiError } from '../../protocol/errors.ts';
import { safe } from '../../protocol/text.ts';
import type { Changes } from '../../protocol/values.ts';
import { diffList, turned } from '../fs/diff-list.ts';
import { diffRows } from '../fs/side.ts';
import type { Side } from '../fs/side.ts';
import { t } from '../l10n.ts';
import type { Command } from '../services.ts';
import type { Target } from '../target.ts';
import { chooseRepository } from './choose-repository.ts';
import { inform, offer, withProgress } from './dialogs.ts';
import { checkpointBefore, checkpointNamed, forkNamed, stateNamed } from './named-states.ts';
import { checkpointLabel, labelOf, pickState } from './pick-state.ts';
import type { PickedState } from './pick-state.ts';

/** More files than this make the editor of VS Code slow to open. */
const MAX_FILES = 500;

/** What a multi-file diff was opened on, for whoever called the command. */
export interface Comparison {
  readonly title: string;
  /** How many files differ. */
  readonly files: number;
  readonly shown: number;
}

/** `PYI: Compare States…`: what was chosen with each other; what is not chosen is asked for. */
export const compare: Command = async ({ server, roots }, target, targets) => {
  const repository = await chooseRepository(roots, target.repository);
  if (repository === undefined) return undefined;
  const client = await server.client();
  const named = [...targets.slice(0, 2).map(referenceOf), target.other].filter((reference) => reference !== undefined).slice(0, 2);
  const states = await Promise.all(named.map(async (reference) => stateNamed(client, repository, reference)));
  const pick = async (placeholder: string): Promise<PickedState | undefined> => pickState({ client, repository, title: t('PYI: Compare States'), placeholder, also: ['workTree', 'revision'] });
  const first = states[0] ?? await pick(t('From (left side)'));
  if (first === undefined) return undefined;
  const second = states[1] ?? await pick(t('{0} ↔ …: to (right side)', labelOf(first)));
  if (second === undefined) return undefined;
  // Of two rows that were chosen together, neither is the first.
  const [left, right] = states.length === 2 && isLater(first, second) ? [second, first] : [first, second];
  return openComparison(client, repository, left, right);
};

/**
 * `PYI: Open Changes` and `PYI: Compare with Base`: of a checkpoint what it changed, of a fork what it did since its base, and with
 * neither what the work tree has changed since the checkpoint that source control compares it with.
 */
export const openChanges: Command = async ({ server, scm, roots }, target) => {
  const repository = await chooseRepository(roots, target.repository);
  if (repository === undefined) return undefined;
  const client = await server.client();
  if (target.checkpoint !== undefined) {
    const checkpoint = await checkpointNamed(client, repository, target.checkpoint);
    const before = await checkpointBefore(client, repository, checkpoint);
    if (before === undefined) {
      // A click on the oldest row of a timeline is no mistake.
      offer(t('{0} is the first checkpoint that is kept: there is nothing before it.', checkpointLabel(checkpoint)), t('Open as Virtual Folder…'),
        () => vscode.commands.executeCommand('pyi.openState', { repository, checkpoint: checkpoint.checkpoint }));
      return undefined;
    }
    return openComparison(client, repository, { kind: 'checkpoint', checkpoint: before }, { kind: 'checkpoint', checkpoint }, t('{0}: what it changed', checkpointLabel(checkpoint)));
  }
  if (target.fork !== undefined) {
    const fork = await forkNamed(client, repository, target.fork);
    const base = await checkpointNamed(client, repository, fork.base);
    return openComparison(client, repository, { kind: 'checkpoint', checkpoint: base }, { kind: 'fork', fork }, t('Fork {0}: what it changed', safe(fork.name)));
  }
  const { head } = await client.call('where', { repository });
  const since = scm.baseline(repository) ?? head;
  if (since === null) throw new PyiError('NOT_FOUND', t('The work tree has no checkpoint yet.'), t('Take one with "PYI: Take Checkpoint".'));
  return openComparison(client, repository, { kind: 'checkpoint', checkpoint: await checkpointNamed(client, repository, since) }, { kind: 'workTree' }, t('Changes since the last checkpoint'));
};

/** Opens the files that differ in VS Code's multi-file diff. */
async function openComparison(client: Pick<Client, 'call'>, repository: string, left: PickedState, right: PickedState, name?: string): Promise<Comparison> {
  const title = name ?? t('{0} ↔ {1}', labelOf(left), labelOf(right));
  const { changes, root } = await withProgress(t('PYI: comparing'), async ({ signal }) => {
    const [changes, { root }] = await Promise.all([differences(client, repository, left, right, signal), client.call('where', { repository }, { signal })]);
    return { changes, root };
  });
  const all = diffList(changes);
  const shown = all.slice(0, MAX_FILES);
  if (all.length === 0) {
    inform(t('{0}: no file differs.', title));
    return { title, files: 0, shown: 0 };
  }
  const { from, to, unusual } = changes.details ?? { from: null, to: null, unusual: [] };
  const side = (state: PickedState, id: string | null): Side => {
    const label = labelOf(state);
    return id === null ? { kind: 'directory', label, directory: root } : { kind: 'state', label, repository, state: id };
  };
  await vscode.commands.executeCommand('vscode.changes', title, diffRows(root, [side(left, from), side(right, to)], shown, unusual));
  if (shown.length < all.length) inform(t('{0} files differ; the first {1} are shown. Compare states that are closer to each other to see fewer.', all.length, shown.length));
  return { title, files: all.length, shown: shown.length };
}

/** What differs. The operation takes the work tree for its right side only. */
async function differences(client: Pick<Client, 'call'>, repository: string, left: PickedState, right: PickedState, signal: AbortSignal): Promise<Changes> {
  const [from, to] = [nameOf(left), nameOf(right)];
  if (from === undefined && to === undefined) throw new PyiError('INVALID_ARGUMENT', t('Both sides are the work tree.'), t('Choose two different states.'));
  if (from === undefined) return turned(await client.call('changes', { repository, from: to, details: true }, { signal }));
  return client.call('changes', { repository, from, ...(to === undefined ? {} : { to }), details: true }, { signal });
}

/**
 * What operations call a state; undefined for the work tree. A fork with a directory is its last checkpoint: the directory may change at any
 * time. One without shows what was written to it since, too.
 */
function nameOf(state: PickedState): string | undefined {
  switch (state.kind) {
    case 'workTree': return undefined;
    case 'fork': return state.fork.dir === null ? state.fork.fork : state.fork.head;
    case 'checkpoint': return state.checkpoint.checkpoint;
    case 'revision': return state.revision;
  }
}

function referenceOf({ checkpoint, fork }: Target): string | undefined {
  return checkpoint ?? fork;
}

function isLater(first: PickedState, second: PickedState): boolean {
  return first.kind === 'checkpoint' && second.kind === 'checkpoint' && first.checkpoint.time > second.checkpoint.time;
}
