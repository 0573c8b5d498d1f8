import { micros, safe } from '../../protocol/text.ts';
import { KeyedRows, element, setText } from '../shared/dom.ts';
import { t } from '../shared/l10n.ts';
import type { GitCommands } from './contract.ts';
import { clock, share, whole } from './figures.ts';
import type { Figure } from './figures.ts';
import { scrolling } from './operation-table.ts';
import { figureList, section } from './panels.ts';
import type { Panel } from './panels.ts';

/** How PYI answered the commands of git that were asked of it, by all programs of this user. */

const MAX_ROWS = 10;

type Row = GitCommands['commands'][number];

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
    { name: t('Left to git'), value: whole(delegated), note: t('forms and places that only git answers') },
    ...(hits === 0 ? [] : [{ name: t('Time saved'), value: saved(asked), note: t('against what git took for the same') }]),
  ];
}

/** Commands that were answered wrongly once, each as a problem. */
export function gitFaultTexts({ faults }: GitCommands): string[] {
  return faults.map(({ form, directory }) => t('"git {0}" was answered wrongly once, in {1}: only git answers it until the server ends.', form, directory));
}

function saved(rows: readonly Row[]): string {
  // An answer that took longer than git's counts against it.
  return micros(1000 * Math.max(0, rows.reduce((total, { savedMillis }) => total + savedMillis, 0)));
}

function cells(row: Row): string[] {
  return [row.hits, row.misses, row.delegated].map(whole).concat(row.hits === 0 ? '' : saved([row]));
}

export function gitCommandPanel(): Panel<{ readonly git: GitCommands | undefined; readonly now: number }> {
  const hint = element('p', { class: 'hint' });
  const figures = figureList();
  const body = element('tbody');
  const rows = new KeyedRows<Row>(body, ({ command }) => command, ({ command }) => {
    const parts = Array.from({ length: 4 }, () => element('td'));
    return {
      node: element('tr', {}, element('th', { attributes: { scope: 'row' } }, safe(command)), ...parts),
      update: (row) => cells(row).forEach((text, index) => {
        const part = parts[index];
        if (part !== undefined) setText(part, text);
      }),
    };
  });
  const heads = [t('Command'), t('Answered'), t('Not known'), t('Left to git'), t('Time saved')].map((text) => element('th', { attributes: { scope: 'col' } }, text));
  const caption = t('Commands of git that were asked most');
  const table = scrolling(caption, element('table', { attributes: { id: 'git-commands' } }, element('caption', {}, caption), element('thead', {}, element('tr', {}, ...heads)), body));
  const node = section(t('Git Commands'), 'git-commands', hint, figures.node, table);
  return {
    node,
    show: ({ git, now }) => {
      node.hidden = git === undefined;
      if (git === undefined) return;
      const shown = gitCommandFigures(git, now);
      setText(hint, gitCommandsNote(git, now));
      figures.show(shown);
      figures.node.hidden = shown.length === 0;
      rows.show(shown.length === 0 ? [] : askedCommands(git).slice(0, MAX_ROWS));
      table.hidden = shown.length === 0;
    },
  };
}
