import { shortId } from '../../protocol/ids.ts';
import { micros, safe, safeLines } from '../../protocol/text.ts';
import { element } from '../shared/dom.ts';
import { t } from '../shared/l10n.ts';
import { button } from '../shared/ui.ts';
import type { ForkDetails, SuperpositionCommand } from './contract.ts';
import type { ForkNode } from './forest.ts';
import * as texts from './texts.ts';
import { ago } from '../shared/ago.ts';

/** The pane beside the tree: everything about the fork that has the focus. */
export class DetailsPane {
  readonly node = element('aside', { class: 'details', attributes: { 'aria-label': t('Details') } });
  readonly #run: (command: SuperpositionCommand) => void;
  #shown = '';

  constructor(run: (command: SuperpositionCommand) => void) {
    this.#run = run;
  }

  /** `details` is undefined while they are on their way. */
  show(node: ForkNode | undefined, details: ForkDetails | undefined, names: ReadonlyMap<string, string>, now: number): void {
    const wanted = JSON.stringify([node?.fork, node?.best, details, Math.floor(now / 15_000)]);
    // What a person reads, or copies from, must not be replaced by the same.
    if (wanted === this.#shown) return;
    const isSame = node?.fork.fork === this.#fork;
    const scrollTop = isSame ? this.node.scrollTop : 0;
    const focused = isSame ? this.#focusedButton() : undefined;
    this.#shown = wanted;
    this.#fork = node?.fork.fork;
    this.node.replaceChildren(...(node === undefined ? [element('p', { class: 'hint' }, t('Choose a fork to see what is known of it.'))] : this.#content(node, details, names, now)));
    this.node.scrollTop = scrollTop;
    if (focused !== undefined) this.node.querySelector<HTMLElement>(`[data-command="${focused}"]`)?.focus();
  }

  #fork: string | undefined;

  #focusedButton(): string | undefined {
    const { activeElement } = document;
    return activeElement instanceof HTMLElement && this.node.contains(activeElement) ? activeElement.dataset['command'] : undefined;
  }

  #content(node: ForkNode, details: ForkDetails | undefined, names: ReadonlyMap<string, string>, now: number): Node[] {
    const { fork } = node;
    return [
      element('h2', { attributes: { dir: 'auto' } }, texts.nameText(fork)),
      element('p', { class: 'lead' }, leadText(node, now)),
      element('div', { class: 'buttons' }, ...this.#buttons(node)),
      ...section(t('Observations'), details === undefined ? [] : observations(details, now)),
      ...section(t('Overlap'), details === undefined ? [] : overlaps(node, details)),
      ...section(t('Entangled'), entanglements(node, names)),
      facts(node, details, now),
    ];
  }

  #buttons({ fork, base }: ForkNode): HTMLElement[] {
    const live = fork.state === 'live';
    const commands: [SuperpositionCommand, string, boolean][] = [
      ['compareWithBase', t('Changes'), true], ['collapse', t('Collapse…'), live && !base], ['observe', t('Observe…'), live], ['integrate', t('Merge into…'), live],
      ['entangle', t('Entangle…'), live && !base], ['timeline', t('Timeline'), true], ['openState', t('Open as Folder'), true], ['openForkDirectory', t('Open Directory'), fork.directory],
      fork.pinned ? ['unpin', t('Unpin'), true] : ['pin', t('Pin'), true], ['discard', t('Discard…'), live && !base],
    ];
    return commands.filter(([, , shown]) => shown).map(([command, text], index) => {
      const made = button({ text, secondary: index > 0, onClick: () => this.#run(command) });
      made.dataset['command'] = command;
      return made;
    });
  }
}

type Node = HTMLElement;

function leadText(node: ForkNode, now: number): string {
  const { fork, base, best } = node;
  const score = texts.scoreText(fork);
  return [
    base ? t('work tree') : texts.verdictText(fork), score === '' ? '' : t('score {0}', score), best ? t('leads its task') : '', fork.state === 'live' ? '' : texts.stateText(fork),
    texts.isWorking(fork, now) ? t('at work now') : '',
  ].filter((part) => part !== '').join(' · ');
}

function section(title: string, content: readonly Node[]): Node[] {
  return content.length === 0 ? [] : [element('h3', {}, title), ...content];
}

function observations({ observations: told, earlier }: ForkDetails, now: number): Node[] {
  const items = told.map(({ ok, exit, score, command, evidence, millis, time, current }) => {
    const facts = [
      score === null ? '' : t('score {0}', texts.numberText(score)), exit === null ? '' : t('exit code {0}', exit), micros(millis * 1000), ago(time, now, t), current ? '' : t('before the last change'),
    ];
    return element('li', { class: ok ? 'passed' : 'failed' },
      element('p', { class: 'observed' }, element('strong', {}, ok ? t('✓ passed') : t('✗ failed')), ` ${facts.filter((fact) => fact !== '').join(' · ')}`),
      ...(command.length === 0 ? [] : [element('code', {}, safe(command.join(' ')))]),
      ...(evidence.trim() === '' ? [] : [element('pre', { attributes: { tabindex: '0', 'aria-label': t('Evidence') } }, safeLines(evidence.trimEnd()))]));
  });
  if (items.length === 0) return [];
  return [element('ul', { class: 'observations' }, ...items), ...(earlier === 0 ? [] : [element('p', { class: 'hint' }, t('{0} earlier ones', earlier))])];
}

function overlaps({ fork }: ForkNode, { overlaps: worst }: ForkDetails): Node[] {
  if (fork.overlaps.paths === 0) return [];
  return [
    element('p', {}, `⚠ ${texts.overlapText(fork)}`),
    element('ul', {}, ...worst.map(({ name, paths }) => element('li', {}, paths === 1 ? t('1 file with “{0}”', safe(name)) : t('{0} files with “{1}”', paths, safe(name))))),
  ];
}

function entanglements({ fork }: ForkNode, names: ReadonlyMap<string, string>): Node[] {
  const sentences = texts.entanglementSentences(fork, names);
  return sentences.length === 0 ? [] : [element('ul', {}, ...sentences.map((sentence) => element('li', {}, sentence)))];
}

function facts({ fork, base }: ForkNode, details: ForkDetails | undefined, now: number): Node {
  const pairs: [name: string, value: string, id?: boolean][] = [
    [t('Task'), safe(fork.task ?? '')], [t('Agent'), texts.agentText(fork)], [t('Changes'), [texts.filesText(fork), texts.bytesText(fork)].filter((part) => part !== '').join(' · ')],
    [t('Probability'), base ? '' : texts.probabilityText(fork)], [t('Checkpoints'), String(fork.checkpoints)], [t('Made'), ago(fork.created, now, t)],
    [t('Last active'), ago(fork.lastActive, now, t)], [t('Expires'), texts.expiresText(fork, now)], [t('Directory'), safe(details?.dir ?? '')],
    [t('Base'), details === undefined ? '' : shortId(details.base), true], [t('Head'), details === undefined ? '' : shortId(details.head), true], [t('Fork'), shortId(fork.fork), true],
  ];
  return element('dl', {}, ...pairs.filter(([, value]) => value !== '').flatMap(([name, value, id]) => [element('dt', {}, name), element('dd', { class: id === true ? 'id' : '', attributes: { dir: 'auto' } }, value)]));
}
