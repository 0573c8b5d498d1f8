import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Started } from '../../../cli/ccpm/start.ts';
import { CHECKOUT, LAYOUTS, task, writeTree } from '../../support/ccpm-project.ts';
import { runCommand } from '../harness/commands.ts';
import type { Journey } from '../harness/journeys.ts';
import type { Place } from '../harness/place.ts';
import type { Locator, Page } from '../harness/playwright.ts';
import { takePictures } from '../harness/themes.ts';
import { findWebview } from '../harness/webviews.ts';

export const journey: Journey = {
  title: 'epics of CCPM',
  versions: ['newest'],
  define(session, test) {
    test('epics, tasks and streams are shown with the state of their forks, and follow files and forks', async () => {
      const { place } = session;
      const root = place.repository('epics');
      const dirs = prepare(place, root);
      const page = await session.open({ open: root });
      await runCommand(page, 'PYI: Show Superposition');
      await paneHeader(page).waitFor();
      await row(page, '#12 Cart: lines and totals').waitFor();
      assert.match(await textOf(row(page, 'checkout')), /1 of 4 tasks closed/);
      assert.match(await textOf(row(page, '#13 Pages')), /after #12/);
      assert.match(await textOf(row(page, '#15 Plans')), /closed/);
      assert.equal(await row(page, '#15 Plans').getAttribute('aria-expanded'), 'false', 'what is closed is folded away');

      // An agent works: its stream tells.
      appendFileSync(join(dirs.get('checkout-12-A') ?? '', 'first.txt'), 'cart\n');
      place.pyi(dirs.get('checkout-12-A') ?? '', 'checkpoint', '-m', 'Issue #12: Tables');
      await row(page, 'A Part A').filter({ hasText: '~1' }).waitFor();
      place.pyi(root, 'observe', 'checkout-12-A', '--', 'sh', '-c', 'echo ok');
      await row(page, 'A Part A').filter({ hasText: 'validated' }).waitFor();
      assert.match(await row(page, 'A Part A').getAttribute('aria-label') ?? '', /Stream A, Part A, at work.*validated/);
      // Beside it, the superposition has the same forks.
      const { content } = await findWebview(page, { name: 'superposition', place: 'sidebar' });
      await content.getByText('checkout-14-A').first().waitFor();
      await takePictures(page, undefined, 'epics');

      // The task goes through the gate, and CCPM closes it.
      place.pyi(root, 'ccpm', 'close', 'checkout', '12', '--', 'sh', '-c', 'echo ok');
      await row(page, '#12 Cart: lines and totals').filter({ hasText: 'may be closed' }).waitFor();
      await row(page, '#13 Pages').filter({ hasText: 'at work' }).waitFor();
      writeFileSync(join(root, '.claude/epics/checkout/12.md'), task({ name: 'Cart', status: 'closed' }));
      await row(page, 'checkout').filter({ hasText: '2 of 4 tasks closed' }).waitFor();

      // A stream leads to its fork, a task to its file.
      await row(page, '#13 Pages').click();
      await page.locator('.tab').filter({ hasText: '13.md' }).waitFor();
    });

    test('without CCPM there is no such view, until it comes', async () => {
      const root = session.place.repository('no-epics');
      session.place.pyi(root, 'setup');
      const page = await session.open({ open: root });
      await runCommand(page, 'PYI: Show Superposition');
      await page.locator('.sidebar .pane-header[aria-label^="Timeline"]').waitFor();
      assert.equal(await paneHeader(page).count(), 0);
      writeTree(root, LAYOUTS.v1);
      await paneHeader(page).waitFor();
      await page.locator('.sidebar').getByText('CCPM is here, and has no epics yet.').waitFor();
      writeTree(root, CHECKOUT);
      await row(page, 'checkout').waitFor();
    });
  },
};

/** An epic with its forks; tells their directories. */
function prepare(place: Place, root: string): ReadonlyMap<string, string> {
  writeTree(root, { ...LAYOUTS.v1, ...CHECKOUT });
  mkdirSync(join(root, '.claude/epics/checkout/updates/12'), { recursive: true });
  writeFileSync(join(root, '.claude/epics/checkout/updates/12/stream-A.md'), task({ issue: '12', status: 'completed' }));
  place.git(root, 'add', '.');
  place.git(root, 'commit', '-q', '-m', 'Plan');
  place.pyi(root, 'setup');
  const { streams } = place.pyi<Started>(root, 'ccpm', 'start', 'checkout');
  return new Map(streams.map(({ name, dir }) => [name, dir ?? '']));
}

function paneHeader(page: Page): Locator {
  return page.locator('.sidebar .pane-header[aria-label^="Epics"]');
}

function row(page: Page, text: string): Locator {
  const pane = page.locator('.sidebar .pane').filter({ has: page.locator('.pane-header[aria-label^="Epics"]') });
  return pane.locator('.monaco-list-row').filter({ hasText: text }).first();
}

async function textOf(on: Locator): Promise<string> {
  return (await on.innerText()).replace(/\s+/g, ' ');
}
