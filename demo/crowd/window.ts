import { runCommand } from '../../test/e2e/harness/commands.ts';
import type { Place } from '../../test/e2e/harness/place.ts';
import { launchChromium } from '../../test/e2e/harness/playwright.ts';
import type { Browser, Page } from '../../test/e2e/harness/playwright.ts';
import { prepareTools } from '../../test/e2e/harness/tools.mjs';
import { findWebview } from '../../test/e2e/harness/webviews.ts';
import { Workbench } from '../../test/e2e/harness/workbench.ts';

const WAIT_MILLIS = 120_000;
const TRIES = 3;

/** VS Code in a browser with the superposition open, for a person to look at and to take pictures of. */
export class SuperpositionWindow {
  /** Where a person can open the same. */
  readonly url: string;
  readonly #workbench: Workbench;
  readonly #browser: Browser;
  readonly #page: Page;

  private constructor(workbench: Workbench, browser: Browser, page: Page) {
    this.#workbench = workbench;
    this.#browser = browser;
    this.#page = page;
    this.url = page.url();
  }

  /** Opens it; resolves to why not where there is no browser workbench. */
  static async open(place: Place, root: string): Promise<SuperpositionWindow | string> {
    const tools = prepareTools();
    if (!('directory' in tools)) return tools.reason;
    const workbench = await Workbench.start({ tools: tools.directory, version: 'newest', directory: place.make('workbench'), env: place.env });
    const browser = await launchChromium(tools.directory);
    try {
      const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
      context.setDefaultTimeout(WAIT_MILLIS);
      const page = await context.newPage();
      // A function that is sent to a page may call what the TypeScript runner wraps around its inner functions.
      await page.addInitScript(() => void Reflect.set(globalThis, '__name', (named: unknown) => named));
      await workbench.open(page, { open: root });
      await openSuperposition(page);
      return new SuperpositionWindow(workbench, browser, page);
    } catch (error) {
      await browser.close();
      await workbench.stop();
      throw error;
    }
  }

  /** A picture of it, once it shows forks. */
  async picture(path: string): Promise<void> {
    const { content } = await findWebview(this.#page, { name: 'superposition', place: 'editor' });
    await content.locator('[role="treegrid"] .row:not(.head)').nth(5).waitFor();
    await this.#page.screenshot({ path });
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.#workbench.stop();
  }
}

/** On a busy machine the extension may need longer to start than one try waits for its command. */
async function openSuperposition(page: Page): Promise<void> {
  for (let tries = TRIES; ; tries--) {
    try {
      await runCommand(page, 'PYI: Open Superposition in Editor');
      return;
    } catch (error) {
      if (tries === 1) throw error;
    }
  }
}
