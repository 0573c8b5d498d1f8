import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from '../../../protocol/registry.ts';
import { runCommand } from '../harness/commands.ts';
import type { Journey } from '../harness/journeys.ts';
import type { Place } from '../harness/place.ts';
import type { FrameLocator, Locator } from '../harness/playwright.ts';
import { watchProblems } from '../harness/problems.ts';
import { takePictures } from '../harness/themes.ts';
import { findWebview } from '../harness/webviews.ts';

const HOSTILE = '<img src=x onerror="document.body.textContent=1"> $(trash)';

export const journey: Journey = {
  title: 'dashboard',
  versions: ['newest'],
  define(session, test) {
    test('a person reads how the agents do, live, and measures what a sweep would free', async () => {
      const { place } = session;
      const root = place.repository('dashboard');
      const page = await session.open({ open: root });
      const problems = watchProblems(page);
      const directory = prepare(place, root);
      await page.locator('.statusbar-item').filter({ hasText: 'PYI: 3 forks' }).waitFor({ timeout: 60_000 });
      await runCommand(page, 'PYI: Show Dashboard');
      const { content: view } = await findWebview(page, { name: 'dashboard', place: 'editor' });
      await row(view, 'operations', 'checkpoint').waitFor({ timeout: 60_000 });

      // What the server measured, with its units; what it did not measure is not there.
      assert.match((await view.locator('#operations thead th[scope=colgroup]').allInnerTexts()).join('; '), /^Last \d+ seconds; Last 5 minutes; Since \d\d:\d\d [AP]M$/);
      const cells = await row(view, 'operations', 'checkpoint').locator('td').allInnerTexts();
      assert.equal(cells[0], '3');
      for (const cell of cells.slice(2, 6)) assert.match(cell, /^\d+(\.\d)? (µs|ms|s)$/);
      assert.equal(await row(view, 'operations', 'rewind').count(), 0);
      await row(view, 'git', 'git worktree').waitFor();

      // Markup is text, and who was active a moment ago is at work.
      const agents = await view.locator('#agents tbody tr').allInnerTexts();
      assert.ok(agents.some((text) => text.includes(HOSTILE) && text.includes('at work')), agents.join('\n'));
      assert.equal(await view.locator('#root img').count(), 0);

      // What the command line does shows by itself.
      writeFileSync(join(directory, 'second.txt'), 'live\n');
      const newest = place.pyi<Result<'checkpoint'>>(directory, 'checkpoint', '-m', 'from a terminal');
      await row(view, 'operations', 'checkpoint').locator('td:text-is("4")').first().waitFor({ timeout: 20_000 });
      place.pyi(directory, 'rewind', newest.parents[0] ?? '');
      await row(view, 'operations', 'rewind').waitFor({ timeout: 20_000 });
      await view.locator('#operations .trend:not(.empty)').first().waitFor();

      await view.locator('.trends summary').click();
      await view.locator('.trends tbody tr').filter({ hasText: 'checkpoint' }).first().waitFor();
      await view.locator('.trends summary').click();

      // Only on demand: it reads much of the store.
      assert.match(await view.locator('.retention').innerText(), /Not measured/);
      await view.locator('.retention vscode-button').filter({ hasText: 'Measure' }).press('Enter');
      await view.locator('.retention').filter({ hasText: 'Measured less than a minute ago' }).waitFor({ timeout: 20_000 });
      await takePictures(page, view, 'dashboard');
      assert.deepEqual(problems.all, []);
    });
  },
};

/** Two agents with a fork each, one of them with markup for a name. Returns the directory of the other's fork. */
function prepare(place: Place, root: string): string {
  let directory = '';
  place.pyi(root, 'setup');
  for (const agent of [HOSTILE, 'ada']) {
    const { fork, dir } = place.pyi<Result<'fork'>>(root, 'fork', '--task', 'greeting', '--agent', agent);
    directory = dir ?? '';
    writeFileSync(join(directory, 'first.txt'), `one, by ${agent}\n`);
    place.pyi(root, 'checkpoint', '-m', 'Try', '--fork', fork);
  }
  place.pyi(root, 'checkpoint', '-m', 'Nothing changed here');
  return directory;
}

function row(view: FrameLocator, table: string, operation: string): Locator {
  return view.locator(`#${table} tbody tr:has(> th:text-is("${operation}"))`);
}
