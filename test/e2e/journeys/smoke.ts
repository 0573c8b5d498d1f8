import assert from 'node:assert/strict';
import { runCommand } from '../harness/commands.ts';
import type { Journey } from '../harness/journeys.ts';
import { watchProblems } from '../harness/problems.ts';
import { findWebview } from '../harness/webviews.ts';

/** Whether each view works at all where much of the interface is older; what is in them is looked at in the newest version. */
export const journey: Journey = {
  title: 'smoke',
  versions: ['oldest'],
  define(session, test) {
    test('sets a repository up and opens every view, without a complaint of the browser', async () => {
      const { place } = session;
      const root = place.repository('smoke');
      const page = await session.open({ open: root });
      const problems = watchProblems(page);
      await runCommand(page, 'PYI: Set Up Repository');
      await page.locator('.statusbar-item').filter({ hasText: 'PYI: 1 fork' }).waitFor();
      place.pyi(root, 'checkpoint', '-m', 'from a terminal');
      for (const [name, title] of [['superposition', 'PYI: Open Superposition in Editor'], ['timeline', 'PYI: Open Timeline in Editor']] as const) {
        await runCommand(page, title);
        const { content } = await findWebview(page, { name, place: 'editor' });
        await content.locator('[role="treegrid"] .row:not(.head)').first().waitFor();
      }
      const timeline = await findWebview(page, { name: 'timeline', place: 'editor' });
      await timeline.content.getByText('from a terminal').first().waitFor();
      await runCommand(page, 'PYI: Show Dashboard');
      const dashboard = await findWebview(page, { name: 'dashboard', place: 'editor' });
      await dashboard.content.locator('#operations tbody tr').first().waitFor();
      assert.deepEqual(problems.all, []);
    });
  },
};
