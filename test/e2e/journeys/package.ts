import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../harness/commands.ts';
import type { Journey } from '../harness/journeys.ts';
import { PROJECT } from '../harness/place.ts';
import { watchProblems } from '../harness/problems.ts';
import { findWebview } from '../harness/webviews.ts';

/** The package that needs no network to be made; a person who installs it has nothing of the checkout. */
export const journey: Journey = {
  title: 'the package',
  versions: ['newest'],
  define(session, test) {
    test('installs, starts its own server and shows its views', async () => {
      const { place } = session;
      const out = place.make('vsix');
      const listed = execFileSync(process.execPath, ['--import', 'tsx', 'scripts/package.ts', 'neutral', '--out', out], { cwd: PROJECT, encoding: 'utf8' });
      assert.match(listed, /extension\/dist\/server\.cjs/);
      const [file = '', ...others] = readdirSync(out);
      assert.deepEqual(others, []);

      place.stopServer();
      const workbench = await session.startPackaged(join(out, file));
      try {
        const root = place.repository('packaged-work');
        const page = await session.newPage();
        const problems = watchProblems(page);
        await workbench.open(page, { open: root });
        await runCommand(page, 'PYI: Set Up Repository');
        await page.locator('.statusbar-item').filter({ hasText: /PYI: 1 fork/ }).waitFor();
        assert.ok(existsSync(join(root, '.git', 'pyi')));
        assert.match(place.serverCommand(), /packaged\/extensions\/pyi\.pyi-[^/]*\/dist\/server\.cjs/);
        await runCommand(page, 'PYI: Show Dashboard');
        const view = await findWebview(page, { name: 'dashboard' });
        await view.content.locator('h1').first().waitFor();
        assert.deepEqual(problems.all, []);
      } finally {
        await session.closePages();
        await workbench.stop();
        place.stopServer();
      }
    });
  },
};
