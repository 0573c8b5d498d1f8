import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from '../../../protocol/registry.ts';
import { assertAccessible } from '../harness/axe.ts';
import { runCommand } from '../harness/commands.ts';
import { answerDialog, notification, pickSeveral } from '../harness/dialogs.ts';
import { fillHistory } from '../harness/histories.ts';
import type { Journey } from '../harness/journeys.ts';
import type { Place } from '../harness/place.ts';
import { watchProblems } from '../harness/problems.ts';
import { takePictures } from '../harness/themes.ts';
import { until } from '../harness/until.ts';
import { findWebview } from '../harness/webviews.ts';
import type { Webview } from '../harness/webviews.ts';

const HOSTILE = '<img src=x onerror="document.body.textContent=1"> & \u202e';
const EDITOR = { name: 'timeline', place: 'editor' } as const;

export const journey: Journey = {
  title: 'timeline',
  versions: ['newest', 'oldest'],
  define(session, test) {
    test('a person follows the timeline, rewinds one file of two and takes it back', async () => {
      const { place } = session;
      const root = place.repository('timeline');
      prepare(place, root);
      const page = await session.open({ open: root });
      const problems = watchProblems(page);
      await runCommand(page, 'PYI: Open Timeline in Editor');
      let view = await findWebview(page, EDITOR);
      await view.content.locator('.row .title').filter({ hasText: 'Both files' }).first().waitFor();

      // Markup is text, and a bidirectional override is spelt out.
      const titles = await view.content.locator('.row .title').allInnerTexts();
      assert.ok(titles.some((text) => text.includes('<img src=x onerror=') && text.includes('\\u{202e}')), titles.join('\n'));
      assert.equal(await view.content.locator('#root img').count(), 0);

      // What the command line does shows by itself, at the top.
      writeFileSync(join(root, 'second.txt'), 'live\n');
      place.pyi(root, 'checkpoint', '-m', 'From a terminal');
      await until('the new checkpoint is the first', async () => ((await titlesOf(view))[0] === 'From a terminal' ? true : undefined));
      await takePictures(page, view.content, 'timeline', async (theme) => assertAccessible(view, `the timeline, ${theme}`));

      // Keys alone: to a row, and back to its state, of one file of the two.
      const grid = view.content.locator('.grid');
      await grid.focus();
      await until('the keys reach the row', async () => {
        if ((await activeTitle(view)) === 'Start here') return true;
        await grid.press('ArrowDown');
        return undefined;
      });
      await grid.press('r');
      await pickSeveral(page, ['first.txt']);
      await answerDialog(page, /Rewind 1 file of fork "workspace"[^]*write +first\.txt/, 'Rewind');
      await until('the file is back', () => (readFileSync(join(root, 'first.txt'), 'utf8') === 'start\n' ? true : undefined));
      assert.equal(readFileSync(join(root, 'second.txt'), 'utf8'), 'live\n');
      await notification(page, 'Rewound fork').getByRole('button', { name: 'Undo' }).click();
      await until('the file is as it was', () => (readFileSync(join(root, 'first.txt'), 'utf8') === 'both\n' ? true : undefined));

      // Text is searched by the server; the search survives a reload.
      await view.content.locator('.toolbar vscode-text-field input').fill('terminal');
      await until('only what matches is left', async () => ((await titlesOf(view)).join() === 'From a terminal' ? true : undefined));
      await page.locator('body').evaluate((body) => body.classList.add('before-reload'));
      await runCommand(page, 'Developer: Reload Window');
      await page.locator('body:not(.before-reload) .statusbar-item').filter({ hasText: 'PYI: 1 fork' }).waitFor({ timeout: 60_000 });
      view = await findWebview(page, EDITOR);
      await until('the search is as it was', async () => ((await titlesOf(view)).join() === 'From a terminal' ? true : undefined));
      assert.deepEqual(problems.all, []);
    });

    test('far down in a long history, a reload leads back to the same place; the header at the edge has no menu', async () => {
      const { place } = session;
      const root = place.repository('timeline-long');
      place.pyi(root, 'setup');
      await fillHistory(place, root, 2000);
      const page = await session.open({ open: root });
      await runCommand(page, 'PYI: Open Timeline in Editor');
      let view = await findWebview(page, EDITOR);
      await view.content.locator('.row .title').filter({ hasText: 'Step 1999' }).first().waitFor();
      await view.frame.evaluate(() => document.querySelector('.grid')?.scrollTo({ top: 20_005 }));
      await until('rows far down are shown', async () => ((await titleHalfWay(view))?.startsWith('Step 1') ? true : undefined));

      // The first row is partly under the header. The list gets the focus by this very click, and must not move under the pointer.
      const seen = await titleHalfWay(view);
      assert.ok(seen);
      await view.content.locator('.list > .group').click({ button: 'right' });
      await view.content.locator('.row .title').filter({ hasText: seen }).first().click({ button: 'right' });
      await page.locator('.monaco-menu .action-label').filter({ hasText: 'Rewind' }).first().waitFor();
      assert.equal(await page.locator('.monaco-menu').count(), 1);
      assert.equal(await titleHalfWay(view), seen);
      assert.equal(await activeTitle(view), seen);
      await page.keyboard.press('Escape');

      const before = await titlesOf(view);
      await page.locator('body').evaluate((body) => body.classList.add('before-reload'));
      await runCommand(page, 'Developer: Reload Window');
      await page.locator('body:not(.before-reload) .statusbar-item').filter({ hasText: 'PYI: 41 forks' }).waitFor({ timeout: 60_000 });
      view = await findWebview(page, EDITOR);
      await until('the rows are those that were there', async () => ((await titlesOf(view)).slice(2, 6).join() === before.slice(2, 6).join() ? true : undefined));
    });
  },
};

/** Of the rows that are drawn, from the top. */
async function titlesOf({ frame }: Webview): Promise<string[]> {
  return frame.evaluate(() => Array.from(document.querySelectorAll<HTMLElement>('.row:not([hidden])'))
    .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
    .map((row) => row.querySelector('.title')?.textContent ?? ''));
}

/** Of the row half way down the view: nothing has to be scrolled for a click on it. */
async function titleHalfWay({ frame }: Webview): Promise<string | undefined> {
  return frame.evaluate(() => document.elementsFromPoint(innerWidth / 2, innerHeight / 2).map((node) => node.closest('.row')?.querySelector('.title')?.textContent).find((title) => title));
}

/** What a screen reader is told to stand on. */
async function activeTitle({ frame }: Webview): Promise<string | undefined> {
  return frame.evaluate(() => document.getElementById(document.querySelector('.grid')?.getAttribute('aria-activedescendant') ?? '')?.querySelector('.title')?.textContent ?? undefined);
}

function prepare(place: Place, root: string): void {
  place.pyi<Result<'setup'>>(root, 'setup');
  for (const [text, message] of [['start\n', 'Start here'], ['hostile\n', HOSTILE], ['both\n', 'Both files']] as const) {
    writeFileSync(join(root, 'first.txt'), text);
    writeFileSync(join(root, 'second.txt'), text);
    place.pyi(root, 'checkpoint', '-m', message);
  }
}
