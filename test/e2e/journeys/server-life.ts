import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from '../../../protocol/registry.ts';
import { runCommand } from '../harness/commands.ts';
import { notification, runCommandWithText } from '../harness/dialogs.ts';
import type { Journey } from '../harness/journeys.ts';
import type { Place } from '../harness/place.ts';
import type { Page } from '../harness/playwright.ts';
import { until } from '../harness/until.ts';
import { findWebview } from '../harness/webviews.ts';
import type { Webview } from '../harness/webviews.ts';

export const journey: Journey = {
  title: 'the life of the server',
  versions: ['newest', 'oldest'],
  define(session, test) {
    test('it is killed while a view is open: one message, and the view goes on with all that was acknowledged', async () => {
      const { place } = session;
      const root = prepare(place, 'killed');
      const page = await session.open({ open: root });
      const view = await openTimeline(page);
      await shows(view, 'First');
      const acknowledged = record(place, root, 'Acknowledged');
      await shows(view, 'Acknowledged');

      const before = place.serverPid();
      place.killServer();
      await notification(page, 'The PYI server ended unexpectedly and was started again. It has kept everything that it acknowledged.').waitFor();
      const after = place.serverPid();
      assert.notEqual(after, before);
      await statusItem(page, 'PYI: 1 fork').waitFor();
      assert.ok(place.pyi<Result<'timeline'>>(root, 'timeline').some(({ checkpoint }) => checkpoint === acknowledged));

      record(place, root, 'Afterwards');
      await shows(view, 'Afterwards');
      // The one message may have left by itself; a second one has not come.
      assert.ok(await page.locator('.notifications-toasts .notification-toast').count() <= 1);
      await showsWhatTheStoreHas(place, root, view);
      assert.equal(place.serverPid(), after);
    });

    test('two windows see what either does; one that closes leaves the server to the other', async () => {
      const { place } = session;
      const root = prepare(place, 'two-windows');
      const [one, other] = [await session.open({ open: root }), await session.open({ open: root })];
      const views = [await openTimeline(one), await openTimeline(other)];
      for (const view of views) await shows(view, 'First');
      const server = place.serverPid();

      writeFileSync(join(root, 'first.txt'), 'by the first window\n');
      await commitInWindow(one, 'From the first window');
      for (const view of views) await shows(view, 'From the first window');
      writeFileSync(join(root, 'first.txt'), 'by the other window\n');
      await commitInWindow(other, 'From the other window');
      for (const view of views) await shows(view, 'From the other window');

      await one.close();
      writeFileSync(join(root, 'first.txt'), 'alone\n');
      await commitInWindow(other, 'Alone');
      const [, left] = views;
      assert.ok(left !== undefined);
      await shows(left, 'Alone');
      await showsWhatTheStoreHas(place, root, left);
      assert.equal(place.serverPid(), server);
    });
  },
};

function prepare(place: Place, name: string): string {
  const root = place.repository(name);
  place.pyi(root, 'setup');
  record(place, root, 'First');
  return root;
}

/** From outside of the window; resolves when the server has acknowledged it. */
function record(place: Place, root: string, message: string): string {
  writeFileSync(join(root, 'first.txt'), `${message}\n`);
  return place.pyi<Result<'checkpoint'>>(root, 'checkpoint', '-m', message).checkpoint;
}

async function openTimeline(page: Page): Promise<Webview> {
  await runCommand(page, 'PYI: Open Timeline in Editor');
  return findWebview(page, { name: 'timeline', place: 'editor' });
}

async function shows({ content }: Webview, message: string): Promise<void> {
  await content.locator('.row .title').filter({ hasText: message }).waitFor();
}

/** The rows are the checkpoints of the store: nothing is missing, nothing is there twice. */
async function showsWhatTheStoreHas(place: Place, root: string, { content }: Webview): Promise<void> {
  const recorded = place.pyi<Result<'timeline'>>(root, 'timeline').map(({ message }) => message).sort();
  await until(`the timeline has ${recorded.join(', ')}`, async () => {
    const shown = await content.locator('.row:not([hidden]) .title').allInnerTexts();
    return shown.sort().join() === recorded.join() || undefined;
  });
}

function statusItem(page: Page, text: string): ReturnType<Page['locator']> {
  return page.locator('.statusbar-item').filter({ hasText: text });
}

async function commitInWindow(page: Page, message: string): Promise<void> {
  await runCommandWithText(page, 'PYI: Take Checkpoint', 'Message (may be empty)', message);
}
