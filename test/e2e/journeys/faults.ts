import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { offersCommand } from '../harness/commands.ts';
import type { Journey } from '../harness/journeys.ts';
import type { Locator, Page } from '../harness/playwright.ts';

export const journey: Journey = {
  title: 'places that PYI cannot work in',
  versions: ['newest'],
  define(session) {
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
  },
};

async function openSideBar(page: Page): Promise<void> {
  await page.locator('.part.activitybar .action-item').filter({ has: page.locator('[aria-label^="PYI"]') }).first().click();
}

function welcome(page: Page, text: string): Locator {
  return page.locator('.welcome-view').filter({ hasText: text });
}
