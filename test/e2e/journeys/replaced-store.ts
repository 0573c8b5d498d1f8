import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../harness/commands.ts';
import type { Journey } from '../harness/journeys.ts';
import { until } from '../harness/until.ts';
import { findWebview } from '../harness/webviews.ts';

export const journey: Journey = {
  title: 'a store that is removed and made anew',
  versions: ['newest'],
  define(session, test) {
    test('a person sees that it is gone, sets it up again, and sees nothing of the old one', async () => {
      const { place } = session;
      const root = place.repository('replaced');
      place.pyi(root, 'setup');
      place.pyi(root, 'checkpoint', '-m', 'Of the old store');
      const page = await session.open({ open: root });
      await runCommand(page, 'PYI: Open Timeline in Editor');
      const view = await findWebview(page, { name: 'timeline', place: 'editor' });
      await view.content.locator('.row .title').filter({ hasText: 'Of the old store' }).waitFor();

      rmSync(join(root, '.git', 'pyi'), { recursive: true });
      await runCommand(page, 'PYI: Refresh');
      await page.locator('.statusbar-item').filter({ hasText: 'PYI: not set up' }).waitFor();
      await view.content.locator('.blank').filter({ hasText: 'PYI is not set up in this repository yet.' }).waitFor();
      await view.content.getByRole('button', { name: 'Set Up Repository' }).click();
      await page.locator('.statusbar-item').filter({ hasText: 'PYI: 1 fork' }).waitFor();

      place.pyi(root, 'checkpoint', '-m', 'Of the new store');
      await view.content.locator('.row .title').filter({ hasText: 'Of the new store' }).waitFor();
      // What the catalog has is what is shown: nothing of before, nothing that is still on its way.
      const titles = (): Promise<string[]> => view.content.locator('.row:not([hidden]) .title').allInnerTexts();
      await until('every row has come', async () => (await titles()).every((title) => title !== '') || undefined);
      assert.equal((await titles()).length, place.pyi<unknown[]>(root, 'timeline').length);
      assert.ok(!(await titles()).includes('Of the old store'));
    });
  },
};
