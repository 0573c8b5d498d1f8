import * as vscode from 'vscode';
import type { Result } from '../../protocol/registry.ts';
import { safe } from '../../protocol/text.ts';
import { systemAfter } from '../../server/transport/timers.ts';
import { noIcons } from '../choices.ts';
import { errorText } from '../error-text.ts';
import { byFile, searchDocument } from '../fs/search-results.ts';
import type { Match, Search } from '../fs/search-results.ts';
import { SCHEME, parseStateUri, stateUri } from '../fs/uri.ts';
import { t } from '../l10n.ts';
import type { Command, Services } from '../services.ts';
import type { Target } from '../target.ts';
import { chooseRepository } from './choose-repository.ts';
import { showError } from './dialogs.ts';
import { stateNamed } from './named-states.ts';
import { labelOf, pickState } from './pick-state.ts';

/** A state to search. */
interface Place {
  readonly repository: string;
  readonly state: string;
  readonly label: string;
}

interface Row extends vscode.QuickPickItem {
  readonly match?: Match;
}

const REST_MILLIS = 200;
const PREVIEW_MILLIS = 60;
const LIMIT = 1000;

/** `PYI: Search in Fork or Checkpoint…`: VS Code searches no files of other file systems, so PYI does. */
export const find: Command = async (services, target) => {
  const place = await placeOf(services, target);
  if (place === undefined) return undefined;
  const search = new SearchPick(services, place);
  return search.run(target.message ?? '');
};

/** What is named; else the state in the active editor, the one that a folder of this window shows, or what the user picks. */
async function placeOf({ server, roots }: Services, target: Target): Promise<Place | undefined> {
  const client = await server.client();
  const reference = target.checkpoint ?? target.fork;
  if (reference === undefined) {
    const shown = shownStates();
    const [only] = shown;
    if (only !== undefined && shown.length === 1) return { ...only, label: labelOf(await stateNamed(client, only.repository, only.state)) };
  }
  const repository = await chooseRepository(roots, target.repository);
  if (repository === undefined) return undefined;
  const state = reference === undefined ? await pickState({ client, repository, title: t('PYI: Search'), placeholder: t('Where to search') }) : await stateNamed(client, repository, reference);
  if (state === undefined || (state.kind !== 'fork' && state.kind !== 'checkpoint')) return undefined;
  return { repository, state: state.kind === 'fork' ? state.fork.fork : state.checkpoint.checkpoint, label: labelOf(state) };
}

function shownStates(): { readonly repository: string; readonly state: string }[] {
  const active = vscode.window.activeTextEditor?.document.uri;
  const uris = active?.scheme === SCHEME ? [active] : (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri);
  return uris.map(parseStateUri).filter((at) => at !== undefined);
}

/** A quick pick with the matches of what is typed. */
class SearchPick {
  readonly #services: Services;
  readonly #place: Place;
  readonly #pick = vscode.window.createQuickPick<Row>();
  #abort = new AbortController();
  #cancelRest = (): void => undefined;
  #cancelPreview = (): void => undefined;
  #regex = false;
  #matchCase = false;
  #found: { readonly search: Search; readonly result: Result<'find'> } | undefined;

  constructor(services: Services, place: Place) {
    this.#services = services;
    this.#place = place;
  }

  /** Resolves to the match that was opened. */
  async run(text: string): Promise<Match | undefined> {
    const pick = this.#pick;
    pick.placeholder = t('Text to search for');
    pick.ignoreFocusOut = true;
    pick.value = text;
    this.#draw();
    pick.onDidChangeValue(() => {
      this.#cancelRest();
      this.#abort.abort();
      this.#cancelRest = systemAfter(REST_MILLIS, () => void this.#load());
    });
    pick.onDidChangeActive(([row]) => {
      this.#cancelPreview();
      const match = row?.match;
      if (match !== undefined) this.#cancelPreview = systemAfter(PREVIEW_MILLIS, () => void this.#open(match, true));
    });
    pick.onDidTriggerButton((button) => this.#press(button));
    if (text !== '') void this.#load();
    pick.show();
    try {
      const chosen = await new Promise<Match | undefined>((resolve) => {
        pick.onDidAccept(() => {
          const match = pick.selectedItems[0]?.match;
          if (match !== undefined) resolve(match);
        });
        pick.onDidHide(() => resolve(undefined));
      });
      this.#cancelPreview();
      if (chosen !== undefined) await this.#open(chosen, false);
      return chosen;
    } finally {
      this.#cancelRest();
      this.#cancelPreview();
      this.#abort.abort();
      pick.dispose();
    }
  }

  /** The title tells the state of the buttons, which look the same pressed and not. */
  #draw(): void {
    const flags = [this.#matchCase ? t('match case') : '', this.#regex ? t('regular expression') : ''].filter((flag) => flag !== '');
    const title = t('PYI: Search in {0}', this.#place.label);
    this.#pick.title = flags.length === 0 ? title : `${title} · ${flags.join(' · ')}`;
    this.#pick.buttons = [
      { iconPath: new vscode.ThemeIcon('case-sensitive'), tooltip: this.#matchCase ? t('Match Case: on') : t('Match Case: off') },
      { iconPath: new vscode.ThemeIcon('regex'), tooltip: this.#regex ? t('Regular Expression: on') : t('Regular Expression: off') },
      { iconPath: new vscode.ThemeIcon('go-to-search'), tooltip: t('Open All Results in an Editor') },
    ];
  }

  #press(button: vscode.QuickInputButton): void {
    const index = this.#pick.buttons.indexOf(button);
    if (index === 2) {
      void this.#openAll().then(undefined, showError);
      return;
    }
    if (index === 0) this.#matchCase = !this.#matchCase;
    else this.#regex = !this.#regex;
    this.#draw();
    void this.#load();
  }

  async #load(): Promise<void> {
    this.#cancelRest();
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const search = { text: this.#pick.value, regex: this.#regex, matchCase: this.#matchCase };
    const { repository, state } = this.#place;
    this.#found = undefined;
    if (search.text === '') {
      this.#pick.busy = false;
      this.#pick.items = [];
      return;
    }
    this.#pick.busy = true;
    try {
      const client = await this.#services.server.client();
      const result = await client.call('find', { repository, fork: state, ...search, limit: LIMIT }, { signal });
      if (signal.aborted) return;
      this.#found = { search, result };
      this.#pick.items = rowsOf(result);
    } catch (error) {
      if (signal.aborted) return;
      // Half a regular expression is not worth a message box.
      this.#pick.items = [notice(errorText(error))];
    }
    this.#pick.busy = false;
  }

  async #open({ path, line, column, length }: Match, isPreview: boolean): Promise<void> {
    const { repository, state } = this.#place;
    const start = new vscode.Position(line - 1, column - 1);
    try {
      await vscode.window.showTextDocument(stateUri(repository, state, path), { selection: new vscode.Range(start, start.translate(0, length)), preview: true, preserveFocus: isPreview });
    } catch (error) {
      // VS Code itself tells why an editor does not open.
      this.#services.output.warn(`${path} does not open: ${String(error)}`);
    }
  }

  async #openAll(): Promise<void> {
    if (this.#found === undefined) return;
    const { search, result } = this.#found;
    const folders = vscode.workspace.workspaceFolders ?? [];
    const folder = folders.find(({ uri }) => uri.toString() === stateUri(this.#place.repository, this.#place.state).toString());
    const content = searchDocument(search, result, t('Searched: {0}', this.#place.label), folders.length > 1 ? folder?.name : undefined);
    const languages = await vscode.languages.getLanguages();
    const document = await vscode.workspace.openTextDocument({ content, ...(languages.includes('search-result') ? { language: 'search-result' } : {}) });
    this.#pick.hide();
    await vscode.window.showTextDocument(document, { preview: false });
  }
}

/**
 * Rows for matches, below a row for their file. Their labels are empty, because VS Code sorts and groups by how well a label matches what was
 * typed, and would tear the files apart; descriptions it leaves alone.
 */
function rowsOf({ matches, complete }: Result<'find'>): Row[] {
  if (matches.length === 0) return [notice(t('No results'))];
  const rows = byFile(matches).flatMap(({ path, matches }): Row[] => [
    { label: '', description: noIcons(`${safe(path)} (${matches.length})`), iconPath: new vscode.ThemeIcon('file'), alwaysShow: true, ...(matches[0] === undefined ? {} : { match: matches[0] }) },
    ...matches.map((match): Row => ({ label: '', description: noIcons(`\u2003\u2003${match.line}: ${safe(match.preview.trim())}`), alwaysShow: true, match })),
  ]);
  return complete ? rows : [...rows, notice(t('There are more matches: narrow the search.'))];
}

function notice(text: string): Row {
  return { label: '', description: noIcons(safe(text)), alwaysShow: true };
}
