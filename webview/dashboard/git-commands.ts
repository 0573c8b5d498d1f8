import { safe } from '../../protocol/text.ts';
import { KeyedRows, element, setText } from '../shared/dom.ts';
import { t } from '../shared/l10n.ts';
import type { GitCommands } from './contract.ts';
import { whole } from './figures.ts';
import { askedCommands, gitCommandFigures, gitCommandsNote, saved } from './git-figures.ts';
import type { Row } from './git-figures.ts';
import { scrolling } from './operation-table.ts';
import { figureList, section } from './panels.ts';
import type { Panel } from './panels.ts';

const MAX_ROWS = 10;

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
