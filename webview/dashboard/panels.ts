import { bytes, micros, safe } from '../../protocol/text.ts';
import type { Phase } from '../../protocol/values.ts';
import { ago } from '../shared/ago.ts';
import { KeyedRows, element, setText } from '../shared/dom.ts';
import { t } from '../shared/l10n.ts';
import { PHASES, phaseNote, phaseText } from '../shared/phases.ts';
import { button } from '../shared/ui.ts';
import type { AgentRow, DashboardCommand, Retention, Sample, ServerView } from './contract.ts';
import { agentCells, clock, isAtWork, retentionTexts } from './figures.ts';
import type { Figure } from './figures.ts';
import { scrolling } from './operation-table.ts';

/** The parts of the dashboard that are no latencies. Each follows what it is shown. */

/** Runs a command of the dashboard. */
export type Run = (command: DashboardCommand) => void;

/** A part of the page with a heading. */
export function section(title: string, className: string, ...content: (Node | string)[]): HTMLElement {
  return element('section', { class: className, attributes: { 'aria-label': title } }, element('h2', {}, title), ...content);
}

export interface Panel<T> {
  readonly node: HTMLElement;
  show(value: T): void;
}

/** Figures side by side, each with its unit and window below. */
export function figureList(): Panel<readonly Figure[]> {
  const node = element('dl', { class: 'figures' });
  const rows = new KeyedRows<Figure>(node, ({ name }) => name, ({ name }) => {
    const value = element('dd', { class: 'value' });
    const note = element('dd', { class: 'hint' });
    return {
      node: element('div', {}, element('dt', {}, name), value, note),
      update: (figure) => {
        setText(value, figure.value);
        setText(note, figure.note);
      },
    };
  });
  return { node, show: (figures) => rows.show(figures) };
}

/** What is wrong, with what can be done about it. */
export function problemPanel(run: Run): Panel<readonly string[]> {
  const list = element('ul');
  const rows = new KeyedRows<string>(list, (text) => text, (text) => ({ node: element('li', { attributes: { dir: 'auto' } }, safe(text)), update: () => undefined }));
  const node = section(t('Problems'), 'problems', list, element('div', { class: 'buttons' },
    button({ text: t('Check and Repair…'), onClick: () => run('repair') }),
    button({ text: t('Sweep…'), label: t('Sweep the store: give back what nothing keeps'), secondary: true, onClick: () => run('sweep') }),
    button({ text: t('Show Output'), secondary: true, onClick: () => run('output') })));
  return {
    node,
    show: (problems) => {
      rows.show(problems);
      node.hidden = problems.length === 0;
    },
  };
}

export function agentPanel(run: Run): Panel<{ readonly agents: readonly AgentRow[]; readonly more: number; readonly now: number }> {
  const summary = element('p', { class: 'hint' });
  const body = element('tbody');
  let now = 0;
  const rows = new KeyedRows<AgentRow>(body, ({ agent }) => agent, ({ agent }) => {
    const name = element('th', { attributes: { scope: 'row', dir: 'auto', title: safe(agent) } });
    const cells = [name, ...Array.from({ length: 5 }, () => element('td'))];
    return {
      node: element('tr', {}, ...cells),
      update: (item) => {
        const texts = agentCells(item, now);
        cells.forEach((cell, index) => setText(cell, texts[index] ?? ''));
        cells[1]?.classList.toggle('working', isAtWork(item, now));
      },
    };
  });
  const heads = [t('Agent'), t('Last active'), t('Live forks'), t('Checkpoints'), t('Merged'), t('Discarded')].map((text) => element('th', { attributes: { scope: 'col' } }, text));
  const table = scrolling(t('Table of agents'), element('table', { attributes: { id: 'agents' } }, element('caption', { class: 'unseen' }, t('Agents')), element('thead', {}, element('tr', {}, ...heads)), body));
  const node = section(t('Agents'), 'agents', summary, table, element('div', { class: 'buttons' }, button({ text: t('Show Agents…'), secondary: true, onClick: () => run('showAgents') })));
  return {
    node,
    show: ({ agents, more, now: time }) => {
      now = time;
      rows.show(agents);
      table.hidden = agents.length === 0;
      const working = agents.filter((agent) => isAtWork(agent, now)).length;
      const all = agents.length + more;
      setText(summary, all === 0 ? t('No agent yet: forks and checkpoints make one known.')
        : `${t('{0} of {1} at work: active within the last 30 seconds.', working, all)}${more === 0 ? '' : ` ${t('The {0} that were active last are shown.', agents.length)}`}`);
    },
  };
}

export interface RetentionActions {
  readonly measure: () => void;
  readonly run: Run;
}

export function retentionPanel({ measure, run }: RetentionActions): Panel<{ readonly retention: Retention; readonly now: number }> {
  const hint = element('p', { class: 'hint', attributes: { role: 'status' } });
  const list = element('ul', { class: 'facts' });
  const measureButton = button({ text: t('Measure'), label: t('Measure what the retention rules will free'), secondary: true, onClick: measure });
  const sweep = button({ text: t('Sweep…'), label: t('Sweep the store: give back what nothing keeps'), secondary: true, onClick: () => run('sweep') });
  const node = section(t('What Retention Will Free'), 'retention', list, hint, element('div', { class: 'buttons' }, measureButton, sweep));
  return {
    node,
    show: ({ retention, now }) => {
      const texts = retention.kind === 'measured' ? retentionTexts(retention) : [];
      list.replaceChildren(...texts.map((text) => element('li', {}, text)));
      list.hidden = texts.length === 0;
      measureButton.toggleAttribute('disabled', retention.kind === 'measuring');
      setText(hint, retentionHint(retention, now));
    },
  };
}

function retentionHint(retention: Retention, now: number): string {
  switch (retention.kind) {
    case 'unknown':
      return t('Not measured: it means to look at everything that is kept, and nothing is removed.');
    case 'measuring':
      return t('Measuring…');
    case 'failed':
      return safe(retention.message);
    case 'measured':
      return t('Measured {0}, in {1}.', ago(retention.time, now, t), micros(retention.millis * 1000));
  }
}

export function phasePanel(run: Run): Panel<Phase> {
  const items = PHASES.map((phase) => {
    const { name, meaning } = phaseText(phase, t);
    return { phase, node: element('li', {}, element('strong', {}, name), element('span', {}, meaning)) };
  });
  const node = section(t('Phase'), 'phase', element('ol', {}, ...items.map((item) => item.node)), element('p', { class: 'hint' }, phaseNote(t)),
    element('div', { class: 'buttons' }, button({ text: t('Change Phase…'), secondary: true, onClick: () => run('setPhase') })));
  return {
    node,
    show: (current) => {
      for (const { phase, node: item } of items) {
        if (phase === current) item.setAttribute('aria-current', 'step');
        else item.removeAttribute('aria-current');
      }
    },
  };
}

export function serverPanel(): Panel<{ readonly facts: ServerView['facts']; readonly memory: Sample['memory'] | undefined; readonly now: number }> {
  const list = element('dl', { class: 'pairs' });
  const rows = new KeyedRows<readonly [name: string, value: string]>(list, ([name]) => name, ([name]) => {
    const value = element('dd');
    return { node: element('div', {}, element('dt', {}, name), value), update: ([, text]) => setText(value, text) };
  });
  const node = section(t('Server'), 'server', list);
  return {
    node,
    show: ({ facts, memory, now }) => {
      node.hidden = facts === undefined;
      if (facts === undefined) return;
      rows.show([
        [t('Version'), safe(facts.version)],
        [t('Process'), String(facts.pid)],
        [t('Running since'), clock(facts.started, now)],
        ...(memory === undefined ? [] : [[t('Memory'), t('{0} (heap: {1})', bytes(memory.rss), bytes(memory.heapUsed))] as const]),
        [t('Runs on'), t('Node {0}', safe(facts.node))],
        [t('Git'), safe(facts.git ?? t('not found'))],
      ]);
    },
  };
}
