import * as vscode from 'vscode';
import type { Client } from '../../connect/client.ts';
import { PyiError } from '../../protocol/errors.ts';
import { isIdPrefix, shortId } from '../../protocol/ids.ts';
import { headline, safe } from '../../protocol/text.ts';
import type { CheckpointInfo, ForkInfo } from '../../protocol/values.ts';
import { checkpointChoices, forkChoices, noIcons } from '../choices.ts';
import type { Choice } from '../choices.ts';
import { t } from '../l10n.ts';
import { choose } from './choose.ts';

/** A state that the user chose. */
export type PickedState =
  | { readonly kind: 'workTree' }
  | { readonly kind: 'fork'; readonly fork: ForkInfo }
  | { readonly kind: 'checkpoint'; readonly checkpoint: CheckpointInfo }
  | { readonly kind: 'revision'; readonly revision: string };

export interface PickStateOptions {
  readonly client: Pick<Client, 'call'>;
  readonly repository: string;
  readonly title: string;
  readonly placeholder: string;
  /** What is offered beside forks and checkpoints. */
  readonly also?: readonly ('workTree' | 'revision')[];
}

interface Row extends vscode.QuickPickItem {
  /** Undefined for headings. */
  readonly state?: PickedState;
}

/** Checkpoints that are listed; typing finds the others. */
const LISTED = 200;
/** How long typing rests before the server is asked. */
export const REST_MILLIS = 150;

/** Lets the user choose a state. Checkpoints are searched by the server as they type. Undefined when they leave. */
export async function pickState({ client, repository, title, placeholder, also = [] }: PickStateOptions): Promise<PickedState | undefined> {
  const forks = client.call('forks', { repository, all: true });
  const chosen = await choose<Row>({
    title, placeholder, restMillis: REST_MILLIS,
    items: async (value, signal) => {
      const text = value.trim();
      const now = Date.now();
      const [known, checkpoints] = await Promise.all([forks, checkpointsLike(client, repository, text, signal)]);
      const live = known.filter(({ state }) => state === 'live');
      const ended = known.filter(({ state }) => state !== 'live');
      return [
        ...(also.includes('workTree') ? [{ label: t('Work tree'), description: safe(repository), detail: t('The files as they are now'), state: { kind: 'workTree' } } satisfies Row] : []),
        ...section(t('Forks'), forkChoices(live, now), (fork) => ({ kind: 'fork', fork })),
        ...section(t('Checkpoints'), checkpointChoices(checkpoints, known, now), (checkpoint) => ({ kind: 'checkpoint', checkpoint })),
        ...section(t('Forks that have ended'), forkChoices(ended, now), (fork) => ({ kind: 'fork', fork })),
        ...(also.includes('revision') ? revisionRows(text === '' ? 'HEAD' : text) : []),
      ];
    },
  });
  return chosen?.state;
}

/** What a state is called in titles. */
export function labelOf(state: PickedState): string {
  switch (state.kind) {
    case 'workTree': return t('work tree');
    case 'fork': return t('fork {0}', safe(state.fork.name));
    case 'checkpoint': return checkpointLabel(state.checkpoint);
    case 'revision': return safe(state.revision);
  }
}

/** `3f2a91c0d4e7 "Parse comments"`. */
export function checkpointLabel({ checkpoint, name, message }: Pick<CheckpointInfo, 'checkpoint' | 'name' | 'message'>): string {
  const said = headline(name ?? message, 40);
  return said === '' ? shortId(checkpoint) : `${shortId(checkpoint)} "${said}"`;
}

function section<T>(heading: string, choices: readonly Choice<T>[], state: (value: T) => PickedState): Row[] {
  if (choices.length === 0) return [];
  return [
    { label: heading, kind: vscode.QuickPickItemKind.Separator },
    ...choices.map(({ label, description, detail, value }) => ({ label, description, detail, state: state(value) })),
  ];
}

function revisionRows(revision: string): Row[] {
  return [
    { label: 'Git', kind: vscode.QuickPickItemKind.Separator },
    { label: t('Git revision {0}', noIcons(safe(revision))), description: t('A commit, branch or tag'), alwaysShow: true, state: { kind: 'revision', revision } },
  ];
}

/** The newest checkpoints that have a text, and the one whose id begins so. */
export async function checkpointsLike(client: Pick<Client, 'call'>, repository: string, text: string, signal: AbortSignal, fork?: string): Promise<CheckpointInfo[]> {
  const listed = { repository, limit: LISTED, ...(fork === undefined ? {} : { fork }) };
  if (text === '') return client.call('timeline', listed, { signal });
  const [byText, byId] = await Promise.all([client.call('timeline', { ...listed, text }, { signal }), byPrefix(client, repository, text)]);
  return [...byId, ...byText.filter(({ checkpoint }) => checkpoint !== byId[0]?.checkpoint)];
}

async function byPrefix(client: Pick<Client, 'call'>, repository: string, text: string): Promise<CheckpointInfo[]> {
  if (!isIdPrefix(text)) return [];
  try {
    return await client.call('timeline', { repository, checkpoints: [text] });
  } catch (error) {
    // While somebody types, a prefix that fits none yet, or several, is no news.
    if (PyiError.is(error, 'NOT_FOUND') || PyiError.is(error, 'INVALID_ARGUMENT')) return [];
    throw error;
  }
}
