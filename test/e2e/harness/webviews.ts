import type { Frame, FrameLocator, Page } from './playwright.ts';
import { until } from './until.ts';

/** A webview of the extension, among those that are open at once. */
export interface Webview {
  /** What is in it; found again when the page is written anew, but not after the view was closed or the window reloaded. */
  readonly content: FrameLocator;
  /** Its document, to run scripts in. */
  readonly frame: Frame;
}

export interface WebviewName {
  /** The folder in `webview/`. */
  readonly name: string;
  /** Where it is, for views that may be in both. */
  readonly place?: 'sidebar' | 'editor';
}

/** Waits until a webview is open and has its page. */
export async function findWebview(page: Page, { name, place }: WebviewName): Promise<Webview> {
  return until(`the webview ${name} is open`, async () => {
    for (const frame of page.frames()) {
      // The workbench nests two frames: the outer one is named by an id, the inner one has the page.
      const outer = frame.parentFrame();
      if (outer === null || outer.parentFrame() === null) continue;
      // A frame may go while it is asked.
      if (!await outer.evaluate(isLoaded).catch(() => false) || !await frame.evaluate(isPageOf, { name, place: place ?? null }).catch(() => false)) continue;
      return { content: page.frameLocator(`iframe.webview[name="${outer.name()}"]`).frameLocator('#active-frame'), frame };
    }
    return undefined;
  });
}

/** Runs in the outer frame: the page that is shown is there, and none is on its way to take its place. Older versions do not let the page itself see that. */
function isLoaded(): boolean {
  return document.getElementById('active-frame') !== null && document.getElementById('pending-frame') === null;
}

/** Runs in the inner frame. */
function isPageOf({ name, place }: { name: string; place: string | null }): boolean {
  const isHere = Array.from(document.scripts).some(({ src }) => src.endsWith(`/dist/webview/${name}.js`));
  return isHere && (place === null || document.body.dataset['place'] === place);
}
