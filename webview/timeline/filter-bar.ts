import { safe } from '../../protocol/text.ts';
import { element, setText } from '../shared/dom.ts';
import { t } from '../shared/l10n.ts';
import { Dropdown, button, checkbox, iconButton, labelButton, textField } from '../shared/ui.ts';
import type { Choice } from '../shared/ui.ts';
import { KINDS } from './contract.ts';
import type { Filter, ForkName, Grouping } from './contract.ts';
import { icon } from './icons.ts';
import { kindWord } from './row-text.ts';

export interface FilterBarOptions {
  readonly filter: Filter;
  readonly panelShown: boolean;
  readonly onFilter: (filter: Filter) => void;
  readonly onGrouping: (by: Grouping) => void;
  readonly onPanel: (shown: boolean) => void;
}

/** Typing goes on for a while; who looks for a word wants what has all of it. */
const TYPING_MILLIS = 150;
const ALL = '';
const NO_TASK = '-';

/** Search and filters. What is set and not seen shows as a row of labels, each with a way to take it away. */
export class FilterBar {
  readonly node: HTMLElement;
  readonly #options: FilterBarOptions;
  readonly #search: HTMLElement & { value: string };
  readonly #by = new Dropdown(t('Group by'), (value) => this.#options.onGrouping(value as Grouping));
  readonly #toggle = iconButton({ picture: icon('filter'), label: t('Filters'), onClick: () => this.#showPanel(this.#panel.hidden) });
  readonly #panel = element('div', { class: 'panel', attributes: { role: 'group', 'aria-label': t('Filters') } });
  readonly #labels = element('div', { class: 'labels' });
  readonly #fork = new Dropdown(t('Fork'), (fork) => this.#change('fork', fork === ALL ? undefined : fork));
  readonly #agent = new Dropdown(t('Agent'), (agent) => this.#change('agent', agent === ALL ? undefined : agent));
  readonly #task = new Dropdown(t('Task'), (task) => this.#change('task', task === ALL ? undefined : task === NO_TASK ? null : task.slice(1)));
  readonly #kinds = element('div', { class: 'kinds', attributes: { role: 'group', 'aria-label': t('Kinds') } });
  #filter: Filter;
  #forks: readonly ForkName[] = [];
  #timer = 0;

  constructor(options: FilterBarOptions) {
    this.#options = options;
    this.#filter = options.filter;
    this.#search = textField({ label: t('Search messages, names and causes'), placeholder: t('Search'), value: options.filter.text ?? '', onInput: (text) => this.#onType(text) }) as HTMLElement & { value: string };
    this.#panel.append(
      field(t('Fork'), this.#fork.node), field(t('Agent'), this.#agent.node), field(t('Task'), this.#task.node), this.#kinds,
      button({ text: t('Clear'), label: t('Clear all filters'), secondary: true, onClick: () => this.clear() }));
    this.node = element('div', { class: 'filter-bar', attributes: { role: 'search' } },
      element('div', { class: 'toolbar' }, this.#search, this.#by.node, this.#toggle), this.#panel, this.#labels);
    this.#showPanel(options.panelShown);
  }

  get isFiltering(): boolean {
    return Object.values(this.#filter).some((value) => value !== undefined);
  }

  /** Takes over another filter, that of a wish or of another repository. */
  set(filter: Filter): void {
    this.#filter = filter;
    this.#search.value = filter.text ?? '';
    this.#draw();
  }

  showForks(forks: readonly ForkName[]): void {
    this.#forks = forks;
    this.#draw();
  }

  showGrouping(by: Grouping): void {
    this.#by.show([{ value: 'day', text: t('By day') }, { value: 'agent', text: t('By agent') }, { value: 'task', text: t('By task') }], by);
  }

  /** The history of a file has no groups, and no filters but the file. */
  showAlone(alone: boolean): void {
    this.node.hidden = alone;
  }

  clear(): void {
    this.#search.value = '';
    this.#set({});
  }

  #onType(text: string): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#change('text', text.trim() === '' ? undefined : text.trim()), TYPING_MILLIS);
  }

  #change<K extends keyof Filter>(name: K, value: Filter[K]): void {
    const others = Object.fromEntries(Object.entries(this.#filter).filter(([other]) => other !== name)) as Filter;
    this.#set(value === undefined ? others : { ...others, [name]: value });
  }

  #set(filter: Filter): void {
    clearTimeout(this.#timer);
    this.#filter = filter;
    this.#draw();
    this.#options.onFilter(filter);
  }

  #showPanel(shown: boolean): void {
    this.#panel.hidden = !shown;
    this.#toggle.setAttribute('aria-expanded', String(shown));
    this.#draw();
    this.#options.onPanel(shown);
  }

  #draw(): void {
    const { fork, agent, task, kinds = [] } = this.#filter;
    const set = this.#setFilters();
    this.#toggle.classList.toggle('on', set.length > 0);
    labelButton(this.#toggle, set.length === 0 ? t('Filters') : t('Filters: {0} set', set.length));
    this.#labels.hidden = set.length === 0 || !this.#panel.hidden;
    this.#labels.replaceChildren(...set.map(({ text, remove }) => this.#label(text, remove)));
    // Hundreds of options are made when they can be seen.
    if (this.#panel.hidden) return;
    const agents = [...new Set(this.#forks.map((known) => known.agent))].sort();
    const tasks = [...new Set(this.#forks.flatMap((known) => (known.task === null ? [] : [known.task])))].sort();
    this.#fork.show([{ value: ALL, text: t('All forks') }, ...this.#forks.map(forkChoice)], fork ?? ALL);
    this.#agent.show([{ value: ALL, text: t('All agents') }, ...agents.map((name) => ({ value: name, text: safe(name) }))], agent ?? ALL);
    this.#task.show([{ value: ALL, text: t('All tasks') }, { value: NO_TASK, text: t('No task') }, ...tasks.map((name) => ({ value: `=${name}`, text: safe(name) }))],
      task === undefined ? ALL : task === null ? NO_TASK : `=${task}`);
    if (this.#kinds.childElementCount === 0) this.#kinds.append(...KINDS.map((kind) => checkbox({ text: kindWord(kind), label: t('Show {0}', kindWord(kind)), checked: false, onChange: () => this.#readKinds() })));
    Array.from(this.#kinds.children).forEach((box, index) => {
      (box as HTMLElement & { checked: boolean }).checked = kinds.some((kind) => kind === KINDS[index]);
    });
  }

  #readKinds(): void {
    const boxes = Array.from(this.#kinds.children) as (HTMLElement & { checked: boolean })[];
    const kinds = KINDS.filter((_kind, index) => boxes[index]?.checked === true);
    this.#change('kinds', kinds.length === 0 ? undefined : kinds);
  }

  #setFilters(): { readonly text: string; readonly remove: () => void }[] {
    const { fork, agent, task, kinds } = this.#filter;
    return [
      ...(fork === undefined ? [] : [{ text: t('Fork {0}', safe(this.#forks.find((known) => known.fork === fork)?.name ?? fork.slice(0, 12))), remove: () => this.#change('fork', undefined) }]),
      ...(agent === undefined ? [] : [{ text: t('Agent {0}', safe(agent)), remove: () => this.#change('agent', undefined) }]),
      ...(task === undefined ? [] : [{ text: task === null ? t('No task') : t('Task {0}', safe(task)), remove: () => this.#change('task', undefined) }]),
      ...(kinds === undefined ? [] : [{ text: kinds.map(kindWord).join(', '), remove: () => this.#change('kinds', undefined) }]),
    ];
  }

  #label(text: string, remove: () => void): HTMLElement {
    const words = element('span', { class: 'label-text', attributes: { dir: 'auto' } });
    setText(words, text);
    const cross = element('button', { class: 'cross', attributes: { 'type': 'button', 'aria-label': t('Remove filter: {0}', text) }, onClick: remove }, '×');
    return element('span', { class: 'label' }, words, cross);
  }
}

function field(name: string, control: HTMLElement): HTMLElement {
  return element('div', { class: 'field' }, element('span', { class: 'field-name', attributes: { 'aria-hidden': 'true' } }, name), control);
}

function forkChoice({ fork, name, state }: ForkName): Choice {
  const text = safe(name);
  return { value: fork, text: state === 'live' ? text : state === 'merged' ? t('{0} (merged)', text) : t('{0} (discarded)', text) };
}
