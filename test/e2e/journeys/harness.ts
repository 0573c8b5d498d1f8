import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { assertAccessible, findViolations } from '../harness/axe.ts';
import { offersCommand, runCommand } from '../harness/commands.ts';
import type { Journey } from '../harness/journeys.ts';
import { watchProblems } from '../harness/problems.ts';
import { extensionHost, processTree, processorTime } from '../harness/processes.ts';
import { measureScroll, smoothness } from '../harness/smoothness.ts';
import { PICTURES, THEMES, takePictures } from '../harness/themes.ts';
import { until } from '../harness/until.ts';
import { findWebview } from '../harness/webviews.ts';

/** The helpers find what is there, and what is wrong: a check that cannot fail would hold for any view. */
export const journey: Journey = {
  title: 'the harness itself',
  versions: ['newest'],
  define(session, test) {
    test('sees barriers, broken policies, exceptions and stalls of a webview', async () => {
      const { place, workbench } = session;
      const root = place.repository('harness');
      place.pyi(root, 'setup');
      const page = await session.open({ open: root });
      const problems = watchProblems(page);
      await runCommand(page, 'PYI: Show Dashboard');
      const view = await findWebview(page, { name: 'dashboard', place: 'editor' });
      await view.content.locator('h1').first().waitFor();

      await takePictures(page, view.content, 'harness', (theme) => assertAccessible(view, `the dashboard in ${theme}`));
      for (const theme of Object.keys(THEMES)) assert.ok(statSync(join(PICTURES, `harness-${theme}.png`)).size > 10_000, theme);
      await view.frame.evaluate(() => document.body.append(document.createElement('img')));
      assert.deepEqual((await findViolations(view)).map(({ id }) => id).filter((id) => id === 'image-alt'), ['image-alt']);

      assert.deepEqual(problems.all, []);
      await view.frame.evaluate(() => {
        document.head.append(Object.assign(document.createElement('style'), { textContent: 'a {}' }));
        setTimeout(() => { throw new Error('thrown in a webview'); });
      });
      await until('a broken policy and an exception are reported', () => problems.all.length >= 2 || undefined);
      assert.match(problems.all.join('\n'), /Content Security Policy[^]*thrown in a webview/);

      await view.frame.evaluate(() => {
        const tall = document.createElement('div');
        tall.style.height = '50000px';
        document.body.append(tall);
      });
      const scroll = { x: 800, y: 400, distance: 6000, pixelsPerSecond: 3000 };
      const smooth = await measureScroll(page, view.frame, scroll);
      assert.equal(await view.frame.evaluate(() => Math.round(window.scrollY)), 6000);
      await view.frame.evaluate(() => {
        window.addEventListener('scroll', () => {
          const end = performance.now() + 100;
          while (performance.now() < end);
        });
      });
      const stalled = await measureScroll(page, view.frame, scroll);
      assert.ok(smooth.frames > 20 && stalled.longestMillis >= 100 && stalled.worstFramesPerSecond < 15, JSON.stringify({ smooth, stalled }));

      const host = await extensionHost(workbench.pid);
      assert.ok(processTree(workbench.pid).includes(host));
      assert.match(readFileSync(`/proc/${host}/cmdline`, 'utf8'), /extensionHost/);
    });

    test('opens several folders without trust and without Git, and an empty window', async () => {
      const { place } = session;
      const folders = [place.repository('harness-one'), place.repository('harness-two')];
      const page = await session.open({ open: place.workspace('harness-both', folders), untrusted: true, disabled: ['vscode.git'], settings: { 'editor.fontSize': 17 } });
      for (const name of ['harness-one', 'harness-two']) await page.locator('.explorer-folders-view .monaco-list-row').filter({ hasText: name }).first().waitFor();
      assert.equal(await offersCommand(page, 'PYI: Set Up Repository'), false);
      assert.equal(await offersCommand(page, 'Git: Fetch'), false);
      assert.equal(await offersCommand(page, 'PYI: Show Output'), true);
      await page.locator('.explorer-folders-view .monaco-list-row').filter({ hasText: 'first.txt' }).first().dblclick();
      assert.equal(await page.locator('.editor-instance .view-lines').evaluate((lines) => getComputedStyle(lines).fontSize), '17px');

      const empty = await session.open({});
      assert.equal(await offersCommand(empty, 'PYI: Set Up Repository'), false);
      assert.equal(await empty.locator('.explorer-folders-view .monaco-list-row').count(), 0);
    });

    test('measures', async () => {
      const steady = smoothness(Array.from({ length: 121 }, (_, index) => index * 1000 / 60));
      assert.deepEqual([steady.frames, Math.round(steady.framesPerSecond), Math.round(steady.worstFramesPerSecond), Math.round(steady.longestMillis)], [121, 60, 60, 17]);
      const gap = smoothness([...Array.from({ length: 61 }, (_, index) => index * 1000 / 60), ...Array.from({ length: 60 }, (_, index) => 1400 + index * 1000 / 60)]);
      assert.deepEqual([Math.round(gap.longestMillis), gap.worstFramesPerSecond < 20], [400, true]);

      const spin = setInterval(() => {
        const end = performance.now() + 20;
        while (performance.now() < end);
      }, 30);
      const before = process.cpuUsage();
      const measured = await processorTime(process.pid, 1000);
      const { user, system } = process.cpuUsage(before);
      clearInterval(spin);
      const asked = (user + system) / 1000;
      assert.ok(measured > 20 && Math.abs(measured - asked) < 20 + asked / 5, `${measured} ms by /proc, ${asked} ms by Node`);
    });

    test('ends the server of PYI, and only that', () => {
      const { place } = session;
      const pid = place.serverPid();
      assert.equal(place.serverPid(), pid);
      place.killServer();
      assert.notEqual(place.serverPid(), pid);
    });
  },
};
