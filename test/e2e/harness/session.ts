import { Place } from './place.ts';
import { launchChromium } from './playwright.ts';
import type { Browser, BrowserContext, Page } from './playwright.ts';
import { endExtensionHosts } from './processes.ts';
import { Workbench } from './workbench.ts';
import type { Version, WindowOptions } from './workbench.ts';

/** For each thing that a test waits for: far more than it takes, on a machine that does other things too. */
const WAIT_MILLIS = 60_000;

/** What the journeys of one test file share: a workbench, a browser, and a place for repositories. */
export class Session {
  readonly place = new Place();
  readonly version: Version;
  readonly #tools: string;
  readonly #contexts: BrowserContext[] = [];
  #workbench: Workbench | undefined;
  #browser: Browser | undefined;

  constructor(tools: string, version: Version) {
    this.#tools = tools;
    this.version = version;
  }

  async start(): Promise<void> {
    this.#workbench = await Workbench.start({ tools: this.#tools, version: this.version, directory: this.place.make('workbench'), env: this.place.env });
    this.#browser = await launchChromium(this.#tools);
  }

  async stop(): Promise<void> {
    await this.#browser?.close();
    await this.#workbench?.stop();
    this.place.remove();
  }

  get workbench(): Workbench {
    if (this.#workbench === undefined) throw new Error('a session is there in tests only, not when they are defined');
    return this.#workbench;
  }

  /** A workbench of a test's own, with a package instead of the checkout. The test stops it. */
  async startPackaged(vsix: string): Promise<Workbench> {
    return Workbench.start({ tools: this.#tools, version: this.version, directory: this.place.make('packaged'), env: this.place.env, vsix });
  }

  /** A page that remembers nothing of others: the window of a person of its own. Closed after the test. */
  async newPage(): Promise<Page> {
    if (this.#browser === undefined) throw new Error('a session is there in tests only, not when they are defined');
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 800 } });
    this.#contexts.push(context);
    context.setDefaultTimeout(WAIT_MILLIS);
    const page = await context.newPage();
    // A function that is sent to a page may call what the TypeScript runner wraps around its inner functions.
    await page.addInitScript(() => void Reflect.set(globalThis, '__name', (named: unknown) => named));
    return page;
  }

  /** A new window of the workbench, with the extension. */
  async open(options: WindowOptions): Promise<Page> {
    const page = await this.newPage();
    await this.workbench.open(page, options);
    return page;
  }

  /** Closes every page, and ends their extension hosts. */
  async closePages(): Promise<void> {
    for (const context of this.#contexts.splice(0)) await context.close();
    if (this.#workbench !== undefined) await endExtensionHosts(this.#workbench.pid);
  }
}
