import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from '../../../protocol/registry.ts';
import { runCommand } from '../harness/commands.ts';
import type { Journey } from '../harness/journeys.ts';
import { PROJECT } from '../harness/place.ts';
import type { Place } from '../harness/place.ts';
import type { Locator, Page } from '../harness/playwright.ts';
import { PICTURES } from '../harness/themes.ts';
import { until } from '../harness/until.ts';

const HOSTILE = '$(trash) <img src=x onerror=alert(1)>.md';
const LOAD = { timeout: 60_000 };

export const journey: Journey = {
  title: 'forks as folders',
  versions: ['newest', 'oldest'],
  define(session, test) {
    test('a person opens a fork as a folder, follows it, searches it and compares it', async () => {
      const { place, version } = session;
      const root = prepare(place);
      const page = await session.open({ open: root });
      mkdirSync(PICTURES, { recursive: true });
      const picture = async (name: string): Promise<void> => {
        await page.screenshot({ path: join(PICTURES, `file-system-${name}-${version}.png`) });
      };

      await runCommand(page, 'PYI: Open Fork or Checkpoint as Virtual Folder…');
      await choice(page, 'try-a').click(LOAD);
      await choice(page, 'Add to This Workspace').click(LOAD);
      // A second folder makes it another workspace, which VS Code loads anew.
      const folder = file(page, 'fork try-a (PYI)');
      await until('the window is loaded anew', () => page.url().includes('workspace=') || undefined);
      // Now and then VS Code, and not PYI, takes the new workspace for an empty one when it reads its file too early.
      await folder.waitFor({ timeout: 15_000 }).catch(async () => {
        await page.reload();
        await folder.waitFor(LOAD);
      });
      await page.locator('.statusbar-item').filter({ hasText: 'PYI: 2 forks' }).waitFor(LOAD);
      if (await folder.getAttribute('aria-expanded') !== 'true') await folder.click();
      await page.locator('.explorer-folders-view .monaco-list-row').filter({ hasText: HOSTILE }).nth(1).waitFor(LOAD);
      assert.equal(await page.locator('.explorer-folders-view img').count(), 0);
      await page.locator('.explorer-folders-view .monaco-list-row').filter({ hasText: 'second.txt' }).last().click();
      await editor(page).filter({ hasText: 'two' }).waitFor(LOAD);
      await editor(page).click();
      await page.keyboard.type('x');
      await page.locator('.monaco-editor-overlaymessage').filter({ hasText: 'recorded state' }).waitFor(LOAD);
      await picture('folder');

      // What an agent does shows by itself, in the editor and in the explorer.
      write(place, root, 'second.txt', 'TWO\n');
      write(place, root, 'appeared.txt', 'new\n');
      place.pyi(root, 'checkpoint', '-m', 'Louder', '--fork', 'try-a');
      await editor(page).filter({ hasText: 'TWO' }).waitFor(LOAD);
      await file(page, 'appeared.txt').waitFor(LOAD);

      process.kill(place.pyi<Result<'about'>>(root, 'about').pid, 'SIGKILL');
      await file(page, 'appeared.txt').click();
      await editor(page).filter({ hasText: 'new' }).waitFor(LOAD);

      await runCommand(page, 'PYI: Compare States…');
      await choice(page, 'Setup').click(LOAD);
      await page.locator('.quick-input-widget input[placeholder*="↔"]').waitFor(LOAD);
      await choice(page, 'try-a').click(LOAD);
      const entries = page.locator('.multiDiffEntry');
      await entries.filter({ hasText: 'parser.ts' }).first().waitFor(LOAD);
      const named = await entries.filter({ hasText: 'parser.ts' }).first().locator('.label-name').allInnerTexts();
      assert.deepEqual(named.filter((name) => name === 'parser.ts').length, 1, 'a changed file is not told as renamed');
      await picture('compare');

      // What is searched is the fork that the editor shows.
      await file(page, 'appeared.txt').click();
      await editor(page).filter({ hasText: 'new' }).waitFor(LOAD);
      await runCommand(page, 'PYI: Search in Fork or Checkpoint…');
      await page.locator('.quick-input-title').filter({ hasText: 'PYI: Search in fork try-a' }).waitFor(LOAD);
      await page.keyboard.type('NEED.E');
      await choice(page, 'No results').waitFor(LOAD);
      await page.locator('.quick-input-titlebar .action-label').nth(1).click();
      await choice(page, '2: return 7; // needle').waitFor(LOAD);
      await picture('search');
      await page.locator('.quick-input-titlebar .action-label').first().click();
      await page.locator('.quick-input-title').filter({ hasText: 'match case · regular expression' }).waitFor(LOAD);
      await choice(page, 'No results').waitFor(LOAD);
      await page.locator('.quick-input-titlebar .action-label').first().click();
      await choice(page, '2: return 7; // needle').click(LOAD);
      await page.locator('.tab.active').filter({ hasText: 'parser.ts' }).waitFor(LOAD);
      await page.locator('.statusbar-item').filter({ hasText: 'Ln 2, Col' }).waitFor(LOAD);

      // VS Code's own search in an editor works as in any.
      await editor(page).click();
      await page.keyboard.press('Control+F');
      await page.keyboard.type('function');
      await page.locator('.find-widget .matchesCount').filter({ hasText: '1 of 1' }).waitFor(LOAD);
    });
  },
};

/** A repository with a fork without directory, in which one file changed. */
function prepare(place: Place): string {
  const root = place.repository('file-system');
  mkdirSync(join(root, 'src'));
  writeFileSync(join(root, 'src', 'parser.ts'), 'export function parse() {\n  return "needle";\n}\n');
  writeFileSync(join(root, HOSTILE), 'hostile\n');
  place.git(root, 'add', '-A');
  place.git(root, 'commit', '-q', '-m', 'More');
  place.pyi(root, 'setup');
  place.pyi(root, 'fork', 'try-a', '--task', 'parser', '--agent', 'ada', '--no-dir');
  write(place, root, 'src/parser.ts', 'export function parse() {\n  return 7; // needle\n}\n');
  place.pyi(root, 'checkpoint', '-m', 'Parse numbers', '--fork', 'try-a');
  return root;
}

function write(place: Place, root: string, path: string, text: string): void {
  execFileSync(process.execPath, [join(PROJECT, 'dist', 'cli.cjs'), 'write', 'try-a', path], { cwd: root, env: place.env, input: text });
}

function choice(page: Page, text: string): Locator {
  return page.locator('.quick-input-list .monaco-list-row').filter({ hasText: text }).first();
}

function file(page: Page, name: string): Locator {
  return page.locator('.explorer-folders-view .monaco-list-row').filter({ hasText: name }).first();
}

function editor(page: Page): Locator {
  return page.locator('.editor-group-container .editor-instance .view-lines').first();
}
