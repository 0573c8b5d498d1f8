import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectAgent } from '../harness/agent.ts';
import { runCommand } from '../harness/commands.ts';
import { answerDialog, enterText, notification } from '../harness/dialogs.ts';
import type { Journey } from '../harness/journeys.ts';
import { findWebview } from '../harness/webviews.ts';

export const journey: Journey = {
  title: 'from the first look to the first collapse',
  versions: ['newest'],
  define(session, test) {
    test('a newcomer sets up, sees what an agent did, and takes it; what was being worked on is untouched', async () => {
      const { place } = session;
      const root = place.repository('newcomer');
      writeFileSync(join(root, 'second.txt'), 'staged\n');
      place.git(root, 'add', 'second.txt');
      writeFileSync(join(root, 'notes.txt'), 'untracked\n');
      const status = place.git(root, 'status', '--porcelain');
      const page = await session.open({ open: root });

      await page.locator('.part.activitybar .action-item').filter({ has: page.locator('[aria-label^="PYI"]') }).first().click();
      await page.locator('.welcome-view').filter({ hasText: 'PYI is not set up in this repository.' }).waitFor();
      await page.locator('.welcome-view .monaco-button').filter({ hasText: 'Set Up Repository' }).click();
      await page.locator('.statusbar-item').filter({ hasText: 'PYI: 1 fork' }).waitFor();
      const view = await findWebview(page, { name: 'superposition', place: 'sidebar' });

      const agent = await connectAgent(place, 'ada');
      try {
        const head = place.git(root, 'rev-parse', 'HEAD').trim();
        const { fork } = await agent.call('fork', { repository: root, name: 'greeting', agent: 'ada', task: 'greeting', dir: false });
        await agent.call('write', { repository: root, fork, path: 'first.txt', content: { text: 'hello\n' } });
        await agent.call('checkpoint', { repository: root, fork, message: 'Greet' });
        assert.equal(place.git(root, 'rev-parse', 'HEAD').trim(), head);
      } finally {
        agent.close();
      }
      const row = view.content.locator('.row.fork').filter({ has: view.content.locator('.name').getByText('greeting', { exact: true }) });
      await row.click();
      await page.keyboard.press('Enter');
      await page.locator('.part.editor .tab').first().waitFor();
      await page.locator('.part.editor').getByText('hello').first().waitFor();

      await runCommand(page, 'PYI: Collapse Fork to Git Commit…');
      await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'greeting' }).first().click();
      await enterText(page, 'Message (empty: one is made up)', 'Greet the world');
      await answerDialog(page, /Collapse fork "greeting"\?[^]*Commit on main: "Greet the world"[^]*first\.txt/, 'Collapse');
      await notification(page, 'Collapsed to "greeting"').waitFor();

      assert.equal(place.git(root, 'log', '--format=%s'), 'Greet the world\nStart\n');
      assert.match(place.git(root, 'show', '--format=', '--name-only', 'HEAD'), /^first\.txt$/m);
      assert.equal(readFileSync(join(root, 'first.txt'), 'utf8'), 'hello\n');
      assert.equal(readFileSync(join(root, 'notes.txt'), 'utf8'), 'untracked\n');
      assert.equal(place.git(root, 'status', '--porcelain'), status);
    });
  },
};
