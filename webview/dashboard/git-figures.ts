import { micros } from '../../protocol/text.ts';
import { t } from '../shared/l10n.ts';
import type { GitCommands } from './contract.ts';
import { clock, share, whole } from './figures.ts';
import type { Figure } from './figures.ts';

/** What is told of the commands of git that were asked of PYI, by all programs of this user. */

export type Row = GitCommands['commands'][number];

/** The commands that were asked, those asked most first: the server sorts them. */
export function askedCommands({ commands }: GitCommands): readonly Row[] {
  return commands.filter(({ hits, misses, delegated }) => hits + misses + delegated > 0);
}

/** What stands in the place of figures when there are none; empty when there are. */
export function gitCommandsNote(git: GitCommands, now: number): string {
  if (!git.answering) return t('PYI does not answer for Git here.');
  return askedCommands(git).length === 0 ? t('Nothing asked yet since {0}.', clock(git.since, now)) : '';
}

export function gitCommandFigures(git: GitCommands, now: number): Figure[] {
  const asked = askedCommands(git);
  if (!git.answering || asked.length === 0) return [];
  const sum = (of: (row: Row) => number): number => asked.reduce((total, row) => total + of(row), 0);
  const [hits, misses, delegated] = [sum((row) => row.hits), sum((row) => row.misses), sum((row) => row.delegated)];
  const all = hits + misses + delegated;
  return [
    { name: t('Asked'), value: whole(all), note: t('since {0}', clock(git.since, now)) },
    { name: t('Answered'), value: whole(hits), note: t('{0} of what was asked', share(hits, all)) },
    { name: t('Not known'), value: whole(misses), note: t('git ran instead') },
    { name: t('Left to git'), value: whole(delegated), note: git.elsewhere === 0 ? t('forms and places that only git answers') : t('{0} because HOME, XDG_CONFIG_HOME or GIT_CONFIG_* is not the server’s', whole(git.elsewhere)) },
    ...(hits === 0 ? [] : [{ name: t('Time saved'), value: saved(asked), note: t('against what git took for the same') }]),
  ];
}

/** Commands that were answered wrongly once, each as a problem. */
export function gitFaultTexts({ faults }: GitCommands): string[] {
  return faults.map(({ form, directory }) => t('"git {0}" was answered wrongly once, in {1}: only git answers it until the server ends.', form, directory));
}

/** The time that answers saved. */
export function saved(rows: readonly Row[]): string {
  // An answer that took longer than git's counts against it.
  return micros(1000 * Math.max(0, rows.reduce((total, { savedMillis }) => total + savedMillis, 0)));
}
