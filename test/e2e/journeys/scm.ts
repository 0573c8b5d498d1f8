import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from '../../../protocol/registry.ts';
import { runCommand } from '../harness/commands.ts';
import { answerDialog, pick } from '../harness/dialogs.ts';
import type { Journey } from '../harness/journeys.ts';
import type { Locator, Page } from '../harness/playwright.ts';
import { takePictures } from '../harness/themes.ts';

const HOSTILE = '<img src=x onerror=alert(1)> \u202etxt.exe';
const LOAD = { timeout: 40_000 };

export const journey: Journey = {
  title: 'source control',
  versions: ['newest'],
  define(session, test) {
    test('a person sees what changed, takes one file back and records the rest', async () => {
      const { place, version } = session;
      const root = place.repository('scm');
      place.pyi(root, 'setup');
      const { dir } = place.pyi<Result<'fork'>>(root, 'fork', 'try', '--agent', 'ada');
      writeFileSync(join(dir ?? '', 'first.txt'), 'by ada\n');
      place.pyi(dir ?? '', 'checkpoint', '-m', 'Tried');
      writeFileSync(join(root, 'first.txt'), 'one\nand more\n');
      writeFileSync(join(root, HOSTILE), 'x');
      rmSync(join(root, 'second.txt'));

      // Without Git, what the gutter and the list show is PYI's.
      const page = await session.open({ open: root, settings: { 'git.enabled': false } });
      await page.locator('.statusbar-item').filter({ hasText: 'PYI: 2 forks' }).waitFor(LOAD);
      await page.keyboard.press('Control+Shift+G');
      await row(page, 'first.txt').waitFor(LOAD);
      assert.equal(await page.locator('.scm-view .monaco-list-row img').count(), 0);
      for (const text of ['<img src=x onerror=alert(1)> \\u{202e}txt.exe', 'second.txt', 'Changes since the last checkpoint', 'Forks that changed what you are editing', 'try (ada) changed it']) await row(page, text).waitFor(LOAD);
      await takePictures(page, undefined, `scm-${version}`);

      await row(page, 'first.txt').click();
      await page.locator('.tab').filter({ hasText: 'working file' }).waitFor(LOAD);
      await action(row(page, 'first.txt'), 'Open File');
      await page.locator('.editor-instance .dirty-diff-glyph').first().waitFor({ ...LOAD, state: 'attached' });

      await action(row(page, 'second.txt'), 'Rewind File');
      await answerDialog(page, /Rewind "second\.txt" to checkpoint [0-9a-f]{12}\?[^]*write {2}second\.txt/, 'Rewind');
      await row(page, 'second.txt').waitFor({ ...LOAD, state: 'detached' });
      assert.equal(readFileSync(join(root, 'second.txt'), 'utf8'), 'two\n');
      await row(page, 'first.txt').waitFor();

      // The list tells of changes since the last deliberate checkpoint, until the setting says otherwise.
      place.pyi(root, 'checkpoint', '--kind', 'automatic');
      mkdirSync(join(root, '.vscode'));
      writeFileSync(join(root, '.vscode/settings.json'), '{ "pyi.changes.since": "any" }');
      await row(page, 'settings.json').waitFor(LOAD);
      await row(page, 'first.txt').waitFor({ ...LOAD, state: 'detached' });
      writeFileSync(join(root, '.vscode/settings.json'), '{}');
      await row(page, 'first.txt').waitFor(LOAD);

      await page.locator('.scm-view .scm-editor').first().click();
      await page.keyboard.type('Say more in the first file');
      await page.keyboard.press('Control+Enter');
      await row(page, 'first.txt').waitFor({ ...LOAD, state: 'detached' });
      const [newest] = place.pyi<Result<'timeline'>>(root, 'timeline', '-n', '1', '--fork', 'workspace');
      assert.deepEqual([newest?.message, newest?.kind], ['Say more in the first file', 'manual']);
      await page.locator('.editor-instance .dirty-diff-glyph').first().waitFor({ ...LOAD, state: 'detached' });
      assert.equal((await page.locator('.scm-view .scm-editor .view-lines').first().innerText()).trim(), '');

      await runCommand(page, 'PYI: Use Earlier Message…');
      await pick(page, 'Say more in the first file');
      await page.locator('.scm-view .scm-editor .view-lines').filter({ hasText: 'first' }).first().waitFor(LOAD);
    });
  },
};

function row(page: Page, text: string): Locator {
  return page.locator('.scm-view .monaco-list-row').filter({ hasText: text }).first();
}

/** Actions of a row show while the pointer is on it. */
async function action(on: Locator, name: string): Promise<void> {
  await on.click();
  await on.locator(`.action-label[aria-label^="${name}"]`).first().click();
}
