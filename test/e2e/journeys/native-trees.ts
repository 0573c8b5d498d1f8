import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from '../../../protocol/registry.ts';
import { runCommand } from '../harness/commands.ts';
import { answerDialog, chooseFromMenu } from '../harness/dialogs.ts';
import type { Journey } from '../harness/journeys.ts';
import type { Place } from '../harness/place.ts';
import type { Locator, Page } from '../harness/playwright.ts';
import { takePictures } from '../harness/themes.ts';
import { until } from '../harness/until.ts';

/** Icons and links would be drawn where a tree takes text for more than text. */
const HOSTILE = '<b>$(trash)<b> [x](y)';

export const journey: Journey = {
  title: 'native trees',
  versions: ['newest'],
  define(session, test) {
    test('who prefers trees sees the same: attempts with their scores, those that ended if wanted, and every checkpoint', async () => {
      const { place } = session;
      const root = place.repository('native-trees');
      prepare(place, root);
      const page = await session.open({ open: root, settings: { 'pyi.views.style': 'tree' } });
      const row = rows(page, 'Superposition');
      await runCommand(page, 'PYI: Show Superposition');
      await row('best').waitFor();
      assert.match(await textOf(row('best')), /★ best.*✓ passed 0\.9.*~1/);
      assert.match(await textOf(row('greeting')), /2 live · 2 passed/);
      await row(HOSTILE).waitFor();
      assert.equal(await row(HOSTILE).locator('.label-name .codicon, .label-name b, .label-name a').count(), 0);
      assert.match(await row('best').getAttribute('aria-label') ?? '', /best.*0\.9/);
      await takePictures(page, undefined, 'superposition-tree');

      // Discarded, it leaves; who wants to see it again does, also after a reload.
      await chooseFromMenu(page, row(HOSTILE), 'Discard Forks…');
      await answerDialog(page, /Discard fork/, 'Discard');
      await row(HOSTILE).waitFor({ state: 'detached' });
      await titleAction(page, 'Show Ended Forks');
      await row(HOSTILE).waitFor();
      await runCommand(page, 'Developer: Reload Window');
      await page.locator('.statusbar-item').filter({ hasText: 'PYI: 2 forks' }).waitFor();
      await row(HOSTILE).filter({ hasText: 'discarded' }).waitFor();
      await titleAction(page, 'Hide Ended Forks');
      await row(HOSTILE).waitFor({ state: 'detached' });
      await row('best').waitFor();

      // Pinned by one entry of the menu, unpinned by the other.
      for (const [entry, pinned] of [['Pin Checkpoint', true], ['Unpin Checkpoint', false]] as const) {
        await chooseFromMenu(page, row('best'), entry);
        await until(`${entry} is done`, () => isPinned(place, root) === pinned || undefined);
      }

      await runCommand(page, 'PYI: Show Timeline');
      const checkpoint = rows(page, 'Timeline');
      await checkpoint('Today').waitFor();
      await checkpoint('Better').waitFor();
      await takePictures(page, undefined, 'timeline-tree');
      await checkpoint('Better').click();
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

/** A row of one of the trees, by the title of its view. */
function rows(page: Page, view: 'Superposition' | 'Timeline'): (text: string) => Locator {
  const pane = page.locator('.sidebar .pane').filter({ has: page.locator(`.pane-header[aria-label^="${view}"]`) });
  return (text) => pane.locator('.monaco-list-row').filter({ hasText: text }).first();
}

async function textOf(on: Locator): Promise<string> {
  return (await on.innerText()).replace(/\s+/g, ' ');
}

/** Buttons in the title of a view show while the pointer is on the view. */
async function titleAction(page: Page, name: string): Promise<void> {
  await rows(page, 'Superposition')('best').hover();
  await page.locator(`.sidebar .action-label[aria-label^="${name}"]`).filter({ visible: true }).first().click();
}
