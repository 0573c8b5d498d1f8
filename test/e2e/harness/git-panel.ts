import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { join } from 'node:path';
import type { Result } from '../../../protocol/registry.ts';
import { runCommand } from './commands.ts';
import { PROJECT } from './place.ts';
import type { Place } from './place.ts';
import type { Locator, Page } from './playwright.ts';
import type { Session } from './session.ts';
import { doUntil, until } from './until.ts';

/** For a click on what may have been drawn anew since it was looked for. */
const CLICK_MILLIS = 3_000;

/** What PYI has answered, was asked by command, and has answered wrongly. */
interface Counts {
  readonly hits: number;
  readonly asked: ReadonlyMap<string, number>;
  readonly faults: Result<'git-compat'>['faults'];
}

/** VS Code's own Git panel, with PYI's front as its only git: without it, there would be no panel. */
export class GitPanel {
  readonly page: Page;
  readonly root: string;
  readonly #place: Place;
  /** What was counted when the window was opened: all windows have one server. */
  #before: Counts | undefined;
  #hits = 0;

  private constructor(page: Page, place: Place, root: string) {
    this.page = page;
    this.root = root;
    this.#place = place;
  }

  /** A window on a repository, with the panel in front and the graph of Git below it. */
  static async open(session: Session, root: string): Promise<GitPanel> {
    session.place.pyi(root, 'setup');
    const page = await session.open({
      open: root, machine: { 'git.path': [join(PROJECT, 'dist', 'bin', 'pyi')] },
      settings: { 'git.useEditorAsCommitInput': false, 'git.mergeEditor': false, 'git.blame.editorDecoration.enabled': true },
    });
    // Lists draw what fits into them, and PYI's own list of changes is above Git's.
    await page.setViewportSize({ width: 1280, height: 1200 });
    await page.locator('.statusbar-item').filter({ hasText: 'PYI: 1 fork' }).waitFor();
    const panel = new GitPanel(page, session.place, root);
    panel.#before = panel.#count();
    panel.#hits = panel.#before.hits;
    // Nobody chooses whose graph it is: PYI's provider, which has none, leaves it to Git's.
    await doUntil('the graph is there', async () => {
      if (!await page.locator('.scm-view').first().isVisible()) await page.keyboard.press('Control+Shift+G');
    }, async () => await page.locator('.scm-history-view .monaco-list-row').count() > 0);
    return panel;
  }

  /** What the real git says in the repository. It locks nothing: the panel's own commands would find the lock. */
  git(...args: string[]): string {
    return this.#place.git(this.root, '--no-optional-locks', ...args);
  }

  /**
   * Waits until the panel shows these rows below the box for the message, and git's status is this: what a person sees and what is so.
   * The button is a row, and groups are.
   */
  async shows(rows: readonly string[], status: string): Promise<void> {
    await shown('the Git panel', async () => this.page.evaluate(gitRows), rows);
    assert.equal(this.git('status', '--porcelain'), status);
  }

  /** Waits until the graph shows the commits that git's log has, in its order. Returns their subjects. */
  async showsGraph(): Promise<string[]> {
    const log = this.git('log', '--topo-order', '--format=%s, %an').trimEnd().split('\n');
    await shown('the graph', async () => this.page.evaluate(graphRows), log);
    return log.map((line) => line.slice(0, line.lastIndexOf(', ')));
  }

  /** Waits until the panel says that this branch is checked out. */
  async showsBranch(name: string): Promise<void> {
    await this.page.locator(`.scm-view .scm-status-bar-action [aria-label^="${name}, Checkout"]`).first().waitFor();
  }

  row(label: string): Locator {
    return this.page.locator(`.scm-view .monaco-list-row[aria-label^="${label}"]`).first();
  }

  /** Presses an action of a row until it has had its effect. Actions show while the pointer is on the row. */
  async act(label: string, action: string, isDone: () => boolean): Promise<void> {
    await doUntil(`${action} of ${label}`, async () => {
      await this.row(label).hover({ timeout: CLICK_MILLIS });
      await this.row(label).locator(`.action-label[aria-label^="${action}"]`).first().click({ timeout: CLICK_MILLIS });
    }, isDone);
  }

  /** Commits what is staged, by the panel's box for the message. */
  async commit(message: string): Promise<void> {
    await doUntil(`a commit "${message}"`, async () => {
      await this.#input().click({ timeout: CLICK_MILLIS });
      await this.page.keyboard.press('Control+A');
      await this.page.keyboard.type(message);
      await this.page.keyboard.press('Control+Enter');
    }, () => this.git('log', '-1', '--format=%s') === `${message}\n`);
  }

  /** Opens a file of the repository and puts the cursor at its beginning. */
  async openFile(name: string): Promise<void> {
    await doUntil(`${name} is open`, async () => {
      await this.page.keyboard.press('Control+P');
      await this.page.keyboard.type(name);
      await this.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: name }).first().click({ timeout: CLICK_MILLIS });
    }, async () => this.page.locator('.tab.active').filter({ hasText: name }).isVisible());
    await this.goToLine(0);
  }

  /** Puts the cursor at the beginning of a line of the editor, counted from 0. */
  async goToLine(line: number): Promise<void> {
    const editor = this.page.locator('.editor-instance .monaco-editor').first();
    await editor.locator('.view-line').first().click();
    await editor.and(this.page.locator('.focused')).waitFor();
    await this.page.keyboard.press('Control+Home');
    for (let i = 0; i < line; i++) await this.page.keyboard.press('ArrowDown');
  }

  /** Chooses a branch that a command offers, until it has had its effect. */
  async chooseBranch(command: string, branch: string, isDone: () => boolean): Promise<void> {
    await doUntil(`"${command}" with ${branch}`, async () => {
      await runCommand(this.page, command);
      await this.page.locator(`.quick-input-list .monaco-list-row[aria-label^="git-branch  ${branch},"]`).first().click({ timeout: CLICK_MILLIS });
    }, isDone);
  }

  /** Presses the panel's button until it has had its effect. */
  async press(button: string, isDone: () => boolean): Promise<void> {
    const found = this.page.locator('.scm-view .button-container .monaco-button').filter({ hasText: button }).first();
    await doUntil(`the button ${button}`, async () => found.click({ timeout: CLICK_MILLIS }), isDone);
  }

  /** Runs a command of the palette until it has had its effect. */
  async run(command: string, isDone: () => Promise<boolean> | boolean): Promise<void> {
    await doUntil(`"${command}"`, async () => runCommand(this.page, command), isDone);
  }

  /** Since this was asked last, PYI has answered the panel, and what it answered was what git says. */
  async assertAnswered(): Promise<void> {
    const { hits, faults } = await until('PYI answers the Git panel', async () => {
      const counted = this.#count();
      if (counted.hits > this.#hits) return counted;
      // Nothing happens in a window in which nobody does anything.
      await runCommand(this.page, 'Git: Refresh');
      return undefined;
    });
    this.#hits = hits;
    assert.deepEqual(faults, []);
  }

  /** Commands that the panel has asked PYI for. */
  asked(): string[] {
    return [...this.#count().asked].filter(([command, times]) => times > (this.#before?.asked.get(command) ?? 0)).map(([command]) => command);
  }

  #count(): Counts {
    const { commands, faults, checkEvery } = this.#place.pyi<Result<'git-compat'>>(this.root, 'git-compat');
    // Else no fault would mean that nobody has looked.
    assert.equal(checkEvery, 1);
    return {
      hits: commands.reduce((sum, { hits }) => sum + hits, 0), faults,
      asked: new Map(commands.map(({ command, hits, misses }) => [command, hits + misses])),
    };
  }

  #input(): Locator {
    return this.page.locator('.scm-view .monaco-editor[data-uri^="vscode-scm:git/"]').first();
  }
}

async function shown(what: string, look: () => Promise<string[]>, expected: readonly string[]): Promise<void> {
  let seen: string[] = [];
  try {
    await until(what, async () => {
      seen = await look();
      return isDeepStrictEqual(seen, expected) || undefined;
    });
  } catch (error) {
    throw new Error(`${what} shows ${JSON.stringify(seen)} and not ${JSON.stringify(expected)}`, { cause: error });
  }
}

/** Runs in the page: the labels of the rows that belong to Git, without its name and its box for a message. PYI's are above or below them. */
function gitRows(): string[] {
  const rows = Array.from(document.querySelectorAll('.scm-view:not(.scm-history-view) .monaco-list-row')).sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top);
  const labels = rows.map((row) => row.getAttribute('aria-label') ?? '');
  const git = labels.findIndex((label) => label.endsWith(' Git'));
  const next = rows.findIndex((row, index) => index > git && row.querySelector('.scm-provider') !== null);
  return git < 0 ? [] : labels.slice(git + 2, next < 0 ? undefined : next);
}

/** Runs in the page: subjects and authors from the top. */
function graphRows(): string[] {
  const rows = Array.from(document.querySelectorAll('.scm-history-view .monaco-list-row')).sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top);
  return rows.map((row) => row.getAttribute('aria-label') ?? '');
}
