import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { offersCommand, runCommand } from '../harness/commands.ts';
import type { Journey } from '../harness/journeys.ts';
import type { Locator, Page } from '../harness/playwright.ts';
import { until } from '../harness/until.ts';
import { mountReadOnly, unmount } from '../../support/read-only-mount.ts';

export const journey: Journey = {
  title: 'places that PYI cannot work in',
  versions: ['newest'],
  define(session, test) {
    test('a folder that is no repository: it is said, and what can be done', async () => {
      const root = session.place.make('plain-folder');
      writeFileSync(join(root, 'first.txt'), 'one\n');
      const page = await session.open({ open: root });
      await openSideBar(page);
      await welcome(page, 'This folder is not a Git repository.').waitFor();
      await welcome(page, 'Set Up without Git').waitFor();
      assert.ok(!existsSync(join(root, '.pyi')));
    });

    test('a window that is not trusted: no server is started, and the side bar says why', async () => {
      const { place } = session;
      const root = place.repository('untrusted');
      place.stopServer();
      const page = await session.open({ open: root, untrusted: true });
      await openSideBar(page);
      await welcome(page, 'PYI does nothing in a workspace that is not trusted').waitFor();
      await page.locator('.statusbar-item').filter({ hasText: 'PYI: restricted' }).waitFor();
      assert.equal(await offersCommand(page, 'PYI: Set Up Repository'), false);
      assert.ok(!existsSync(join(place.directory, 'run', 'server.json')));
    });

    test('a store on a disk that is read-only: it is said, nothing is changed, and repair is offered', async (context) => {
      const { place } = session;
      const root = place.repository('read-only');
      place.pyi(root, 'setup');
      place.stopServer();
      const store = join(root, '.git', 'pyi');
      if (!mountReadOnly(store)) return context.skip('only root may mount a directory read-only');
      try {
        const page = await session.open({ open: root });
        await openSideBar(page);
        await welcome(page, 'The store of this repository cannot be used now.').waitFor();
        await page.locator('.statusbar-item').filter({ hasText: 'PYI: problem' }).waitFor();
        await runCommand(page, 'PYI: Show Diagnostics');
        await until('the diagnostics say what is wrong and what to do', () => /read-only[^]*Mount it writable/.test(session.workbench.output('PYI')) || undefined);
        assert.equal(await offersCommand(page, 'PYI: Check and Repair Store'), true);
        assert.equal(await offersCommand(page, 'PYI: Take Checkpoint'), false);

        unmount(store);
        await page.locator('.welcome-view-content').getByRole('button', { name: 'Try Again' }).click();
        await page.locator('.statusbar-item').filter({ hasText: 'PYI: 1 fork' }).waitFor();
      } finally {
        unmount(store);
      }
    });
  },
};

async function openSideBar(page: Page): Promise<void> {
  await page.locator('.part.activitybar .action-item').filter({ has: page.locator('[aria-label^="PYI"]') }).first().click();
}

function welcome(page: Page, text: string): Locator {
  return page.locator('.welcome-view').filter({ hasText: text });
}
