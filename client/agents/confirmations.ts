import type { Client } from '../../connect/client.ts';
import { PyiError } from '../../protocol/errors.ts';
import { shortId } from '../../protocol/ids.ts';
import { headline, safe } from '../../protocol/text.ts';
import type { Arguments } from '../../protocol/tools/tool.ts';
import type { ForkInfo } from '../../protocol/values.ts';
import { findFork } from '../choices.ts';
import { lineOf } from '../command-line.ts';
import { t } from '../l10n.ts';
import { filesPreview } from '../preview.ts';

/** What a person is asked before a language model's call is made. */
export interface Confirmation {
  readonly title: string;
  readonly message: string;
  /** What will be run, as it is. */
  readonly code?: string;
}

/** The server, and the repository that the call is about. */
export interface Place {
  readonly client: Pick<Client, 'call'>;
  readonly repository: string;
}

type Ask = (place: Place, given: Arguments) => Promise<Confirmation | undefined>;

/** Tools that are never called without a question: they remove or overwrite, or run a program. What cannot be done is refused before anybody is asked. */
const QUESTIONS: Readonly<Record<string, Ask>> = {
  rewind: async ({ client, repository }, given) => {
    const checkpoint = textOf(given, 'checkpoint') ?? '';
    const paths = Array.isArray(given['paths']) ? { paths: given['paths'] as string[] } : {};
    const named = textOf(given, 'fork');
    const preview = await client.call('rewind', { repository, checkpoint, ...paths, ...(named === undefined ? {} : { fork: named }), dryRun: true });
    const name = nameOf(await allForks({ client, repository }), preview.fork);
    return {
      title: t('Rewind fork "{0}"?', name),
      message: [t('Fork "{0}" goes back to checkpoint {1}.', name, shortId(preview.to)), filesPreview(preview), t('Undo takes all of it back.')].join('\n\n'),
    };
  },
  undo: async (place, given) => {
    const named = textOf(given, 'fork');
    const name = named === undefined ? safe((await place.client.call('where', { repository: place.repository })).name ?? 'workspace') : safe(findFork(await allForks(place), named).name);
    return { title: t('Undo in fork "{0}"?', name), message: t('The last rewind, collapse, discard or integrate of fork "{0}" is undone. Undo once more does it again.', name) };
  },
  collapse: async ({ client, repository }, given) => {
    if (given['dryRun'] === true) return undefined;
    const named = Object.fromEntries(['fork', 'task', 'message'].flatMap((name) => (textOf(given, name) === undefined ? [] : [[name, textOf(given, name)]])));
    const preview = await client.call('collapse', { repository, ...named, ...(given['keep'] === true ? { keep: true } : {}), dryRun: true });
    const all = await allForks({ client, repository });
    const winner = nameOf(all, preview.winner);
    const losers = preview.discarded.map((fork) => nameOf(all, fork));
    return {
      title: t('Collapse fork "{0}"?', winner),
      message: [
        preview.branch === null ? t('Collapse fork {0} without a Git commit?', winner) : t('Collapse fork {0} into {1} and commit?', winner, safe(preview.branch.replace(/^refs\/heads\//, ''))),
        `"${headline(preview.message, 100)}"`,
        filesPreview(preview),
        losers.length === 0 ? t('No fork will be discarded.') : losers.length === 1 ? t('1 fork will be discarded: {0}.', losers.join(', ')) : t('{0} forks will be discarded: {1}.', losers.length, losers.join(', ')),
        t('Undo takes all of it back.'),
      ].join('\n\n'),
    };
  },
  discard: async (place, given) => {
    const all = await allForks(place);
    const names = (Array.isArray(given['forks']) ? given['forks'] : []).map((fork) => safe(findFork(all, String(fork)).name));
    return {
      title: names.length === 1 ? t('Discard fork "{0}"?', names.join('')) : t('Discard {0} forks?', names.length),
      message: `${names.join(', ')}\n\n${t('Undo brings them back until they are swept; their directories stay until then.')}`,
    };
  },
  observe: async (place, given) => {
    const command = Array.isArray(given['command']) ? given['command'].map(String) : [];
    const name = safe(findFork(await allForks(place), textOf(given, 'fork') ?? '').name);
    return command.length === 0 ? undefined : { title: t('Run a command in fork "{0}"?', name), message: t('It runs in the directory of fork "{0}", with your rights.', name), code: lineOf(command) };
  },
};

/**
 * The question before a call of `tool`; undefined when there is none to be asked.
 * @throws PyiError when what is to be done cannot be done
 */
export async function confirmationOf(tool: string, place: Place, given: Arguments): Promise<Confirmation | undefined> {
  return QUESTIONS[tool]?.(place, given);
}

async function allForks({ client, repository }: Place): Promise<readonly ForkInfo[]> {
  return client.call('forks', { repository, all: true });
}

function nameOf(all: readonly ForkInfo[], id: string): string {
  return safe(all.find(({ fork }) => fork === id)?.name ?? shortId(id));
}

function textOf(given: Arguments, name: string): string | undefined {
  const value = given[name];
  if (value === undefined || typeof value === 'string') return value;
  throw new PyiError('INVALID_ARGUMENT', `"${name}" has to be text.`, '');
}
