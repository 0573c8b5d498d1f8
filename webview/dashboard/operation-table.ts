import { micros } from '../../protocol/text.ts';
import { KeyedRows, element, setText } from '../shared/dom.ts';
import { t } from '../shared/l10n.ts';
import type { Sample, TrendPoint } from './contract.ts';
import { rate, recentCells, totalCells } from './figures.ts';
import { operationName } from './operations.ts';
import { latencyTrend, rateTrend } from './trend.ts';

export interface TableOptions {
  readonly id: string;
  readonly caption: string;
  /** False where the text beside the table says the same. */
  readonly captionShown: boolean;
  /** What its rows are about. */
  readonly subject: string;
}

export interface OperationTable {
  readonly node: HTMLElement;
  /** Shows the operations `names`, in this order. */
  show(names: readonly string[], sample: Sample, trends: Readonly<Record<string, readonly TrendPoint[]>>, opened: string): void;
}

const PERCENTILES = ['p50', 'p95', 'p99'] as const;

/** Latencies of operations: of the last seconds, since the store was opened, and how they went. */
export function operationTable({ id, caption, captionShown, subject }: TableOptions): OperationTable {
  const recentHead = head('', { scope: 'colgroup', colspan: '6' });
  const totalHead = head('', { scope: 'colgroup', colspan: '5' });
  const body = element('tbody');
  let current: { sample: Sample; trends: Readonly<Record<string, readonly TrendPoint[]>> } | undefined;
  const rows = new KeyedRows<string>(body, (name) => name, (name) => {
    const recent = Array.from({ length: 6 }, (_, index) => element('td', { class: index === 0 ? 'first' : '' }));
    const total = Array.from({ length: 5 }, (_, index) => element('td', { class: index === 0 ? 'first' : '' }));
    const latencies = latencyTrend();
    const rates = rateTrend();
    return {
      node: element('tr', {}, element('th', { attributes: { scope: 'row' } }, operationName(name)), ...recent,
        element('td', { class: 'first picture' }, latencies.node), element('td', { class: 'picture' }, rates.node), ...total),
      update: () => {
        if (current === undefined) return;
        const { sample, trends } = current;
        setCells(recent, recentCells(sample.recent.latencies[name], sample.recent.seconds));
        setCells(total, totalCells(sample.latencies[name]));
        latencies.show(trends[name] ?? [], sample.time);
        rates.show(trends[name] ?? [], sample.time);
      },
    };
  });
  const table = element('table', { class: 'operations', attributes: { id } },
    element('caption', captionShown ? {} : { class: 'unseen' }, caption),
    element('thead', {},
      element('tr', {}, head(subject, { scope: 'col', rowspan: '2' }), recentHead, head(t('Last 5 minutes'), { scope: 'colgroup', colspan: '2' }), totalHead),
      element('tr', {},
        head(t('Count'), { scope: 'col' }, 'first'), head(t('Per second'), { scope: 'col' }), ...PERCENTILES.map((name) => head(name, { scope: 'col' })), head(t('Max'), { scope: 'col' }),
        head(t('p50, p95 (dashed)'), { scope: 'col' }, 'first picture'), head(t('Per second'), { scope: 'col' }, 'picture'),
        head(t('Count'), { scope: 'col' }, 'first'), ...PERCENTILES.map((name) => head(name, { scope: 'col' })), head(t('Max'), { scope: 'col' }))),
    body);
  return {
    node: scrolling(caption, table),
    show: (names, sample, trends, opened) => {
      current = { sample, trends };
      setText(recentHead, t('Last {0} seconds', Math.round(sample.recent.seconds)));
      setText(totalHead, t('Since {0}', opened));
      rows.show(names);
    },
  };
}

/** The figures behind the lines, for those who cannot see them. Made only while it is open. */
export class TrendTable {
  readonly node: HTMLDetailsElement;
  readonly #rows: KeyedRows<TrendRow>;
  #shown: () => void = () => undefined;

  constructor() {
    const body = element('tbody');
    this.#rows = new KeyedRows<TrendRow>(body, ({ key }) => key, ({ cells }) => {
      const [time = '', ...rest] = cells;
      return { node: element('tr', {}, element('th', { attributes: { scope: 'row' } }, time), ...rest.map((text) => element('td', {}, text))), update: () => undefined };
    });
    const caption = t('The last 5 minutes as a table');
    const heads = [t('Time'), t('Operation'), t('Per second'), 'p50', 'p95'].map((name) => head(name, { scope: 'col' }));
    this.node = element('details', { class: 'trends' }, element('summary', {}, caption),
      scrolling(caption, element('table', {}, element('caption', { class: 'unseen' }, caption), element('thead', {}, element('tr', {}, ...heads)), body)));
    this.node.addEventListener('toggle', () => this.#shown());
  }

  show(names: readonly string[], trends: Readonly<Record<string, readonly TrendPoint[]>>): void {
    this.#shown = () => this.#rows.show(this.node.open ? trendRows(names, trends) : []);
    this.#shown();
  }
}

interface TrendRow {
  readonly key: string;
  readonly cells: readonly string[];
}

/** Youngest first. */
function trendRows(names: readonly string[], trends: Readonly<Record<string, readonly TrendPoint[]>>): TrendRow[] {
  return names.flatMap((name) => (trends[name] ?? []).map((point) => ({ name, point }))).sort((a, b) => b.point.time - a.point.time).map(({ name, point }) => ({
    key: `${point.time} ${name}`,
    cells: [new Date(point.time).toLocaleTimeString(), operationName(name), point.perSecond === null ? '' : rate(point.perSecond), ...[point.p50, point.p95].map((value) => (value === null ? '' : micros(value)))],
  }));
}

/** A region of its own, so that the keyboard can scroll what is too wide or too long. */
export function scrolling(label: string, ...content: HTMLElement[]): HTMLElement {
  return element('div', { class: 'scrolling', attributes: { role: 'region', 'aria-label': label, tabindex: '0' } }, ...content);
}

function head(text: string, attributes: Readonly<Record<string, string>>, className?: string): HTMLElement {
  return element('th', { attributes, ...(className === undefined ? {} : { class: className }) }, text);
}

function setCells(cells: readonly HTMLElement[], texts: readonly string[]): void {
  cells.forEach((cell, index) => setText(cell, texts[index] ?? ''));
}
