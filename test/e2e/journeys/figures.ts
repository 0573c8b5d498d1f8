import { join } from 'node:path';
import { bundleSizes, describeSizes } from '../../../scripts/bundle-sizes.mjs';
import { connectAgent } from '../harness/agent.ts';
import { runCommand, typeCommand } from '../harness/commands.ts';
import { assertFigures, percentile, reportFigure } from '../harness/figures.ts';
import { fillHistory } from '../harness/histories.ts';
import type { Journey } from '../harness/journeys.ts';
import { PROJECT } from '../harness/place.ts';
import type { Page } from '../harness/playwright.ts';
import { extensionHost, processorTime } from '../harness/processes.ts';
import type { Session } from '../harness/session.ts';
import { measureScroll } from '../harness/smoothness.ts';
import { firstRow, watchEnter, watchFirstRows, watchText } from '../harness/timing.ts';
import { until } from '../harness/until.ts';
import { findWebview } from '../harness/webviews.ts';
import type { Webview } from '../harness/webviews.ts';
import type { Workbench } from '../harness/workbench.ts';

const OPENINGS = 10;
const NEWS = 12;
const REST_MILLIS = 10_000;
const RESTS = 3;
const STILL_MILLIS = 20;
/** VS Code's search for ports that programs open takes more time at rest than all else in the extension host. */
const QUIET = { 'remote.autoForwardPorts': false, 'remote.autoForwardPortsSource': 'output' };
const SETTLE_LIMIT_MILLIS = 90_000;

/** What VS Code itself takes to open a page: no view can be faster. */
const BARE = { name: 'bare', title: 'Bare Webview: Open' } as const;
const VIEWS = [{ name: 'timeline', title: 'PYI: Open Timeline in Editor' }, { name: 'superposition', title: 'PYI: Open Superposition in Editor' }] as const;

/** The figures of the issue, in a store as large as it says. A figure over its limit is printed as MISSED; the run fails where it is far over. */
export const journey: Journey = {
  title: 'figures',
  versions: ['newest'],
  define(session, test) {
    for (const [checkpoints, limit] of [[10_000, 300], [200_000, 500]] as const) {
      test(`views with ${checkpoints} checkpoints`, async () => {
        const { place, workbench } = session;
        const root = place.repository(`figures-${checkpoints}`);
        place.pyi(root, 'setup');
        await fillHistory(place, root, checkpoints);
        // The catalog is rebuilt once, in the background, when it is missing; the figures are about opening a view.
        place.pyi(root, 'timeline', '-n', '1');
        const page = await session.newPage();
        await watchFirstRows(page);
        await workbench.open(page, { open: root, settings: QUIET });
        const pressed = await watchEnter(page);
        const gross: string[] = [];
        // The first page of a window waits for what VS Code prepares once for all of them.
        await timeOpening(page, BARE, pressed);
        const bare = await timeOpenings(page, BARE, pressed);
        console.log(`figure: a page that shows nothing but one row opens, in the same window: p50 ${percentile(bare, 0.5).toFixed(1)}, p95 ${percentile(bare, 0.95).toFixed(1)} ms of ${bare.length}`);
        for (const { name, title } of VIEWS) {
          const openings = await timeOpenings(page, { name, title }, pressed);
          const own = openings.map((opening) => opening - percentile(bare, 0.5));
          console.log(`figure: ${name}, beyond that page, with ${checkpoints} checkpoints: p50 ${percentile(own, 0.5).toFixed(1)}, p95 ${percentile(own, 0.95).toFixed(1)} ms`);
          if (reportFigure(`${name} opens with ${checkpoints} checkpoints`, 'ms', openings, { limit })) gross.push(`${name} opens`);
          const view = await openView(page, name, title);
          await firstRow(view.frame);
          // While the top of the list is on the screen: the newest stand there.
          if (name === 'timeline' && await measureNews(session, root, view, checkpoints)) gross.push('news appear');
          const { worstFramesPerSecond } = await measureScroll(page, view.frame, { x: 800, y: 400, distance: 12_000, pixelsPerSecond: 4000 });
          if (reportFigure(`${name} scrolls with ${checkpoints} checkpoints`, 'frames/s in the worst half second', [worstFramesPerSecond], { limit: 50, atLeast: true })) gross.push(`${name} scrolls`);
          await runCommand(page, 'View: Close All Editors');
        }
        assertFigures(gross);
      });
    }

    test('activation, rest and size', async () => {
      const { place, workbench } = session;
      const root = place.repository('figures-rest');
      place.pyi(root, 'setup');
      const gross: string[] = [];
      // What the extension host of VS Code does by itself, in the same window without PYI.
      await session.open({ open: root, settings: QUIET, disabled: ['pyi.pyi'] });
      const alone = await atRest(workbench.pid);
      console.log(`figure: extension host at rest, without PYI: ${alone.toFixed(1)} ms of processor time in ${REST_MILLIS / 1000} s`);
      await session.closePages();
      const page = await session.open({ open: root, settings: QUIET });
      if (reportFigure('activation', 'ms of the extension host', [await activation(page, workbench)], { limit: 100 })) gross.push('activation');
      await openView(page, 'superposition', 'PYI: Open Superposition in Editor');
      const rest = await atRest(workbench.pid);
      console.log(`figure: extension host at rest, with a view open: ${rest.toFixed(1)} ms of processor time in ${REST_MILLIS / 1000} s`);
      // Nothing is what is wanted; two windows of VS Code without PYI differ by as much as the limit.
      if (reportFigure('extension host at rest, with a view open, beyond that', `ms of processor time in ${REST_MILLIS / 1000} s`, [Math.max(0, rest - alone)], { limit: 25 })) gross.push('rest');
      console.log(`figure: bundles\n${describeSizes(bundleSizes(join(PROJECT, 'dist')))}`);
      assertFigures(gross);
    });
  },
};

/** Milliseconds from Enter to the first row, of each opening; nothing is open before and after. */
async function timeOpenings(page: Page, view: { readonly name: string; readonly title: string }, pressed: () => Promise<number>): Promise<number[]> {
  const openings: number[] = [];
  for (let round = 0; round < OPENINGS; round++) openings.push(await timeOpening(page, view, pressed));
  return openings;
}

async function timeOpening(page: Page, { name, title }: { readonly name: string; readonly title: string }, pressed: () => Promise<number>): Promise<number> {
  const view = await openView(page, name, title);
  const millis = await firstRow(view.frame) - await pressed();
  await runCommand(page, 'View: Close All Editors');
  return millis;
}

/** Chosen in the palette with Enter, so that the moment is known. */
async function openView(page: Page, name: string, title: string): Promise<Webview> {
  await typeCommand(page, title);
  await page.keyboard.press('Enter');
  return findWebview(page, { name, place: 'editor' });
}

/** From the call of a checkpoint, by another program, to its row on the screen. */
async function measureNews({ place }: Session, root: string, view: Webview, checkpoints: number): Promise<boolean> {
  const client = await connectAgent(place, 'figures');
  try {
    const { fork } = await client.call('fork', { repository: root, name: 'news', dir: false });
    const delays: number[] = [];
    for (let round = 0; round < NEWS; round++) {
      const message = `News ${round} of ${checkpoints}`;
      const shown = await watchText(view.frame, message);
      await client.call('write', { repository: root, fork, path: 'news.txt', content: { text: message } });
      const called = performance.timeOrigin + performance.now();
      await client.call('checkpoint', { repository: root, fork, message });
      delays.push(await shown() - called);
    }
    return reportFigure(`a new checkpoint appears among ${checkpoints}`, 'ms', delays, { limit: 100 });
  } finally {
    client.close();
  }
}

/** As the extension itself says it, in its output channel. */
async function activation(page: Page, workbench: Workbench): Promise<number> {
  await runCommand(page, 'PYI: Show Diagnostics');
  const [, value = '', unit = ''] = await until('the diagnostics tell the time of activation', () => /activation: +([\d.]+) (µs|ms|s)\b/.exec(workbench.output('PYI')) ?? undefined);
  return Number(value) * ({ s: 1000, ms: 1 }[unit] ?? 0.001);
}

async function atRest(workbench: number): Promise<number> {
  const host = await extensionHost(workbench);
  // What a window does when it starts is over when a second went by with nothing.
  await until('the window has started', async () => await processorTime(host, 1000) < STILL_MILLIS || undefined, SETTLE_LIMIT_MILLIS);
  // The least of some: what VS Code does now and then is not rest, and what would run all the time is in each.
  const rests: number[] = [];
  for (let round = 0; round < RESTS; round++) rests.push(await processorTime(host, REST_MILLIS));
  return Math.min(...rests);
}
