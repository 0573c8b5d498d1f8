import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from '../../../protocol/registry.ts';
import { runCommand } from '../harness/commands.ts';
import { answerDialog, enterText, notification } from '../harness/dialogs.ts';
import type { Journey } from '../harness/journeys.ts';
import type { Locator, Page } from '../harness/playwright.ts';
import { until } from '../harness/until.ts';

export const journey: Journey = {
  title: 'the Git panel',
  versions: ['newest'],
  define(session, test) {
    test('VS Code uses PYI as Git with consent: the panel works, PYI answers, and the setting goes back to what it was', async () => {
      const { place } = session;
      const root = place.repository('git-panel');
      place.pyi(root, 'setup');
      const page = await session.open({ open: root, settings: { 'git.useEditorAsCommitInput': false } });
      await page.locator('.statusbar-item').filter({ hasText: 'PYI: 1 fork' }).waitFor();
      await runCommand(page, 'PYI: Use PYI as Git');
      await answerDialog(page, /Before: not set[^]*After: \[".*\/bin\/git","git"\]/, 'Use PYI');
      await notification(page, 'once the window is reloaded').waitFor();
      await page.reload();

      await page.locator('.statusbar-item').filter({ hasText: 'PYI: 1 fork' }).waitFor();
      await page.keyboard.press('Control+Shift+G');
      writeFileSync(join(root, 'first.txt'), 'one\nand more\n');
      await gitRow(page, 'first.txt').waitFor();
      await until('PYI has answered the Git panel', async () => {
        await runCommand(page, 'Git: Refresh');
        return hits(place.pyi<Result<'git-compat'>>(root, 'git-compat')) > 0 || undefined;
      });

      await runCommand(page, 'Git: Stage All Changes');
      await until('the change is staged', () => place.git(root, 'diff', '--cached', '--name-only').includes('first.txt') || undefined);
      writeFileSync(join(root, 'second.txt'), 'two\nand more\n');
      await runCommand(page, 'Git: Commit Staged');
      await enterText(page, 'Message', 'From the panel');
      await until('the commit is there', () => place.git(root, 'log', '-1', '--format=%s').includes('From the panel') || undefined);
      await gitRow(page, 'second.txt').waitFor();
      assert.equal(place.git(root, 'status', '--porcelain'), ' M second.txt\n');

      await runCommand(page, 'PYI: Stop Using PYI as Git');
      await notification(page, 'is what it was before (not set)').waitFor();
      assert.equal(gitPath(session.workbench.userSettings()), undefined);
    });
  },
};

function hits({ commands }: Result<'git-compat'>): number {
  return commands.reduce((sum, command) => sum + command.hits, 0);
}

function gitRow(page: Page, text: string): Locator {
  return page.locator('.scm-view .monaco-list-row').filter({ hasText: text }).first();
}

function gitPath(files: readonly string[]): unknown {
  return files.map((file) => (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>)['git.path']).find((value) => value !== undefined);
}
