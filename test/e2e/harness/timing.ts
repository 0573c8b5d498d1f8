import type { Frame, Page } from './playwright.ts';
import { until } from './until.ts';

/** Times of events inside pages, in milliseconds since the epoch: all documents and this process share the clock. */

/** Makes every document of a page, webviews too, remember when it first painted a row of a view. Before the page is loaded. */
export async function watchFirstRows(page: Page): Promise<void> {
  await page.addInitScript(rememberFirstRow);
}

/** When a webview painted its first row. */
export async function firstRow(frame: Frame): Promise<number> {
  return until('the view has rows', async () => frame.evaluate(() => Reflect.get(globalThis, 'firstRowAt') as number | undefined));
}

/** When a webview paints a text that is not there yet. Resolves to a function that waits for that; begins to look at once. */
export async function watchText(frame: Frame, text: string): Promise<() => Promise<number>> {
  await frame.evaluate(rememberText, text);
  return () => until(`the view shows ${text}`, async () => frame.evaluate(() => Reflect.get(globalThis, 'textAt') as number | undefined));
}

/** When the person pressed Enter last, in the window. Begins to look at once. */
export async function watchEnter(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    window.addEventListener('keydown', ({ key }) => {
      if (key === 'Enter') Reflect.set(globalThis, 'enterAt', performance.timeOrigin + performance.now());
    }, { capture: true });
  });
  return async () => page.evaluate(() => Reflect.get(globalThis, 'enterAt') as number);
}

/**
 * Runs in every document. A webview's document is replaced while its window stays, which ends observers and frame requests but no timer;
 * the timer is what the moment is exact to.
 */
function rememberFirstRow(): void {
  if (window.top === window) return;
  const look = (): void => {
    if (document.querySelector('[role="treegrid"] .row:not(.head)') === null) setTimeout(look, 4);
    else requestAnimationFrame(() => Reflect.set(globalThis, 'firstRowAt', performance.timeOrigin + performance.now()));
  };
  look();
}

/** Runs in the frame. */
function rememberText(text: string): void {
  Reflect.set(globalThis, 'textAt', undefined);
  const observer = new MutationObserver(() => {
    if (!(document.body.textContent ?? '').includes(text)) return;
    observer.disconnect();
    requestAnimationFrame(() => Reflect.set(globalThis, 'textAt', performance.timeOrigin + performance.now()));
  });
  observer.observe(document.body, { childList: true, subtree: true, characterData: true });
}
