import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Result } from '../../../protocol/registry.ts';
import { runCommand } from '../harness/commands.ts';
import { answerDialog } from '../harness/dialogs.ts';
import type { Journey } from '../harness/journeys.ts';
import type { Place } from '../harness/place.ts';
import type { Locator, Page } from '../harness/playwright.ts';
import { takePictures } from '../harness/themes.ts';
import { until } from '../harness/until.ts';

/** Icons and links would be drawn where a tree takes text for more than text. */
const HOSTILE = '<b>$(trash)<b> [x](command:workbench.action.quit)';

export const journey: Journey = {
  title: 'native trees',
  versions: ['newest', 'oldest'],
  define(session) {
    test('who prefers trees sees the same: attempts with their scores, those that ended if wanted, and every checkpoint', async () => {
      const { place, version } = session;
      const root = place.repository('native-trees');
      prepare(place, root);
      const page = await session.open({ open: root, settings: { 'pyi.views.style': 'tree' } });
      await runCommand(page, 'PYI: Show Superposition');
      await row(page, 'best').waitFor();
      assert.match(await textOf(row(page, 'best')), /★ best.*passed 0\.9.*1 file/);
      assert.match(await textOf(row(page, 'greeting')), /2 forks/);
      await row(page, HOSTILE).waitFor();
      assert.equal(await row(page, HOSTILE).locator('.codicon-trash, a, b').count(), 0);
      assert.match(await row(page, 'best').getAttribute('aria-label') ?? '', /best.*0\.9/);
      await takePictures(page, undefined, `superposition-tree-${version}`);

      // Discarded, it leaves; who wants to see it again does, also after a reload.
      await row(page, HOSTILE).click({ button: 'right' });
      await menuItem(page, 'Discard').click();
      await answerDialog(page, /Discard fork/, 'Discard');
      await row(page, HOSTILE).waitFor({ state: 'detached' });
      await titleAction(page, 'Show Ended Forks');
      await row(page, HOSTILE).waitFor();
      await runCommand(page, 'Developer: Reload Window');
      await page.locator('.statusbar-item').filter({ hasText: 'PYI: 2 forks' }).waitFor();
      await row(page, HOSTILE).filter({ hasText: 'discarded' }).waitFor();
      await titleAction(page, 'Hide Ended Forks');
      await row(page, HOSTILE).waitFor({ state: 'detached' });
      await row(page, 'best').waitFor();

      // Pinned by one entry of the menu, unpinned by the other.
      for (const [entry, pinned] of [['Pin Checkpoint', true], ['Unpin Checkpoint', false]] as const) {
        await row(page, 'best').click({ button: 'right' });
        await menuItem(page, entry).click();
        await until(`${entry} is done`, () => isPinned(place, root) === pinned || undefined);
      }

      await runCommand(page, 'PYI: Show Timeline');
      await row(page, 'Today').waitFor();
      await row(page, 'Better').waitFor();
      await takePictures(page, undefined, `timeline-tree-${version}`);
      await row(page, 'Better').click();
      await page.locator('.tab').filter({ hasText: 'Better' }).waitFor();
    });
  },
};

function prepare(place: Place, root: string): void {
  place.pyi(root, 'setup');
  for (const [name, message, score] of [['best', 'Better', '0.9'], [HOSTILE, 'Worse', '0.2']] as const) {
    const { dir, fork } = place.pyi<Result<'fork'>>(root, 'fork', name, '--agent', 'ada', '--task', 'greeting');
    writeFileSync(join(dir ?? '', 'first.txt'), `${message}\n`);
    place.pyi(dir ?? '', 'checkpoint', '-m', message);
    place.pyi(root, 'observe', fork, '--', 'sh', '-c', `echo "score: ${score}"`);
  }
}

function isPinned(place: Place, root: string): boolean {
  return place.pyi<Result<'superposition'>>(root, 'superposition').some(({ name, pinned }) => name === 'best' && pinned);
}

function row(page: Page, text: string): Locator {
  return page.locator('.sidebar .tree-explorer-viewlet-tree-view .monaco-list-row').filter({ hasText: text }).first();
}

async function textOf(on: Locator): Promise<string> {
  return (await on.innerText()).replace(/\s+/g, ' ');
}

function menuItem(page: Page, name: string): Locator {
  return page.locator('.monaco-menu .action-label').filter({ hasText: name }).first();
}

/** Buttons in the title of a view show while the pointer is on the view. */
async function titleAction(page: Page, name: string): Promise<void> {
  await row(page, 'best').hover();
  await page.locator(`.sidebar .action-label[aria-label^="${name}"]`).filter({ visible: true }).first().click();
}
