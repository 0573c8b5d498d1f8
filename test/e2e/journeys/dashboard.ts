import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Result } from '../../../protocol/registry.ts';
import { runCommand } from '../harness/commands.ts';
import { answerDialog, enterText, pick } from '../harness/dialogs.ts';
import type { Journey } from '../harness/journeys.ts';
import { PROJECT } from '../harness/place.ts';
import type { Place } from '../harness/place.ts';
import type { FrameLocator, Page } from '../harness/playwright.ts';

const HOSTILE = '<img src=x onerror="document.body.textContent=1"> & \u202e';
const SCREENSHOTS = join(PROJECT, 'test-results');

export const journey: Journey = {
  title: 'dashboard',
  versions: ['newest'],
  define(session) {
    test('a person sees the attempts, collapses the best and takes it back', async () => {
      const { place } = session;
      const root = place.repository('dashboard');
      const goodDirectory = prepare(place, root);
      const page = await session.open({ open: root });
      const problems: string[] = [];
      page.on('console', (message) => {
        if (/Content Security Policy/.test(message.text())) problems.push(message.text());
      });
      await page.locator('.statusbar-item').filter({ hasText: 'PYI: 4 forks' }).waitFor({ timeout: 30_000 });
      await runCommand(page, 'PYI: Show Dashboard');
      const view = dashboard(page);
      await view.locator('#forks tbody tr').first().waitFor({ timeout: 20_000 });

      // The best leads, below the work tree itself.
      const names = await view.locator('#forks tbody th').allInnerTexts();
      assert.deepEqual(names.map((name) => name.trim()), ['workspace (work tree)', 'best', 'good', '<b>bad<b>']);
      // Markup is text, and a bidirectional override is spelt out.
      const messages = await view.locator('#checkpoints tbody th').allInnerTexts();
      assert.ok(messages.some((text) => text.includes('<img src=x onerror=') && text.includes('\\u{202e}')), messages.join('\n'));
      assert.equal(await view.locator('#root img').count(), 0);

      // What the command line does shows by itself.
      writeFileSync(join(goodDirectory, 'second.txt'), 'live\n');
      place.pyi(goodDirectory, 'checkpoint', '-m', 'from a terminal');
      await view.locator('#checkpoints tbody th').filter({ hasText: 'from a terminal' }).waitFor({ timeout: 10_000 });
      await takePictures(page, view);

      await view.locator('#checkpoints tbody tr').filter({ hasText: '<img' }).locator('vscode-button').click();
      await answerDialog(page, /Rewind fork "good" to .*<img[^]*write {2}second\.txt/, 'Rewind');
      await view.locator('#forks tbody tr').filter({ hasText: 'good' }).filter({ hasText: '~1' }).waitFor({ timeout: 15_000 });
      assert.equal(readFileSync(join(goodDirectory, 'second.txt'), 'utf8'), 'two\n');

      await view.locator('#forks vscode-button[aria-label="Collapse fork best"]').press('Enter');
      await enterText(page, 'Message', 'Take the best');
      await answerDialog(page, /2 forks will be discarded: <b>bad<b>, good/, 'Collapse');
      await view.locator('#forks tbody th').filter({ hasText: 'good' }).waitFor({ state: 'detached', timeout: 15_000 });
      assert.match(place.git(root, 'log', '-1', '--format=%s'), /^Take the best$/m);

      await runCommand(page, 'PYI: Undo');
      await pick(page, 'best');
      await view.locator('#forks tbody th').filter({ hasText: 'good' }).waitFor({ timeout: 15_000 });
      assert.match(place.git(root, 'log', '-1', '--format=%s'), /^Start$/m);

      // The window comes back as it was, with the filter of the dashboard.
      await view.locator('vscode-text-field input').fill('best');
      await view.locator('#forks tbody th').filter({ hasText: 'good' }).waitFor({ state: 'detached' });
      await page.locator('body').evaluate((body) => body.classList.add('before-reload'));
      await runCommand(page, 'Developer: Reload Window');
      await page.locator('body:not(.before-reload) .statusbar-item').filter({ hasText: 'PYI: 4 forks' }).waitFor({ timeout: 30_000 });
      await view.locator('#forks tbody th').filter({ hasText: 'best' }).waitFor({ timeout: 30_000 });
      assert.deepEqual(await view.locator('#forks tbody th').allInnerTexts(), ['best']);
      assert.deepEqual(problems, []);
    });
  },
};

async function takePictures(page: Page, view: FrameLocator): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  for (const [name, theme] of [['light', 'Light Modern'], ['high-contrast', 'Dark High Contrast'], ['dark', 'Dark Modern']] as const) {
    await runCommand(page, 'Preferences: Color Theme');
    await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'Dark Modern' }).first().waitFor();
    await page.keyboard.type(theme);
    await page.keyboard.press('Enter');
    await view.locator(`body.vscode-${name}`).waitFor({ state: 'attached', timeout: 10_000 });
    await page.screenshot({ path: join(SCREENSHOTS, `dashboard-${name}.png`) });
  }
}

/** Three attempts at a task, two of which pass; one has markup for a name, one checkpoint for a message. Returns the directory of the second best. */
function prepare(place: Place, root: string): string {
  let good = '';
  place.pyi(root, 'setup');
  for (const [name, score] of [['<b>bad<b>', undefined], ['best', '0.92'], ['good', '0.75']] as const) {
    const { fork, dir } = place.pyi<Result<'fork'>>(root, 'fork', name, '--task', 'greeting', '--agent', `agent-${score ?? 'x'}`);
    writeFileSync(join(dir ?? '', 'first.txt'), `one, by ${name}\n`);
    if (name === 'good') good = dir ?? '';
    place.pyi(root, 'checkpoint', '-m', name === 'good' ? HOSTILE : `Try ${name}`, '--fork', fork);
    if (score === undefined) place.pyi(root, 'observe', fork, '--', 'false');
    else place.pyi(root, 'observe', fork, '--score', score, '--', 'true');
  }
  return good;
}

function dashboard(page: Page): FrameLocator {
  return page.frameLocator('iframe.webview').frameLocator('#active-frame');
}
