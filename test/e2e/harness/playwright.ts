import { createRequire } from 'node:module';
import { join } from 'node:path';

/** The part of playwright-core that the tests use: it is installed with the other tools, not with the project. */

type Text = string | RegExp;

interface Timeout {
  readonly timeout?: number;
}

export interface ClickOptions extends Timeout {
  readonly button?: 'left' | 'right';
  readonly modifiers?: readonly ('Control' | 'Shift' | 'Alt')[];
  readonly position?: { readonly x: number; readonly y: number };
}

/** What has elements: a page, a frame, an element. */
export interface Scope {
  locator(selector: string): Locator;
  getByRole(role: string, options?: { readonly name?: Text; readonly exact?: boolean; readonly expanded?: boolean; readonly selected?: boolean }): Locator;
  getByText(text: Text, options?: { readonly exact?: boolean }): Locator;
  frameLocator(selector: string): FrameLocator;
}

/** Names elements, and looks for them when it is used. Actions wait until there is exactly one and it can be acted on. */
export interface Locator extends Scope {
  first(): Locator;
  last(): Locator;
  nth(index: number): Locator;
  filter(options: { readonly hasText?: Text; readonly hasNotText?: Text; readonly has?: Locator; readonly hasNot?: Locator; readonly visible?: boolean }): Locator;
  or(other: Locator): Locator;
  and(other: Locator): Locator;
  click(options?: ClickOptions): Promise<void>;
  dblclick(options?: ClickOptions): Promise<void>;
  hover(options?: Timeout): Promise<void>;
  focus(): Promise<void>;
  fill(text: string, options?: { timeout?: number | undefined }): Promise<void>;
  press(key: string): Promise<void>;
  waitFor(options?: { readonly state?: 'visible' | 'hidden' | 'attached' | 'detached' } & Timeout): Promise<void>;
  count(): Promise<number>;
  isVisible(): Promise<boolean>;
  isEnabled(): Promise<boolean>;
  innerText(): Promise<string>;
  textContent(): Promise<string | null>;
  allInnerTexts(): Promise<string[]>;
  inputValue(): Promise<string>;
  getAttribute(name: string): Promise<string | null>;
  boundingBox(): Promise<{ readonly x: number; readonly y: number; readonly width: number; readonly height: number } | null>;
  scrollIntoViewIfNeeded(): Promise<void>;
  screenshot(options: { readonly path: string }): Promise<unknown>;
  evaluate<T, A = undefined>(work: (node: Element, argument: A) => T | Promise<T>, argument?: A): Promise<T>;
}

export type FrameLocator = Scope;

export interface Frame extends Scope {
  url(): string;
  name(): string;
  parentFrame(): Frame | null;
  isDetached(): boolean;
  /** Runs a function, or a text as a script, in the document. A function must stand alone: it is sent as text. */
  evaluate<T, A = undefined>(work: string | ((argument: A) => T | Promise<T>), argument?: A): Promise<T>;
}

export interface ConsoleMessage {
  type(): string;
  text(): string;
  location(): { readonly url: string; readonly lineNumber: number };
}

export interface Page extends Scope {
  goto(url: string, options?: { readonly waitUntil: 'commit' | 'load' }): Promise<unknown>;
  url(): string;
  reload(): Promise<unknown>;
  close(): Promise<void>;
  frames(): Frame[];
  context(): BrowserContext;
  readonly keyboard: { press(key: string): Promise<void>; type(text: string): Promise<void>; down(key: string): Promise<void>; up(key: string): Promise<void> };
  readonly mouse: { move(x: number, y: number): Promise<void>; click(x: number, y: number): Promise<void>; wheel(x: number, y: number): Promise<void> };
  setViewportSize(size: { readonly width: number; readonly height: number }): Promise<void>;
  screenshot(options: { readonly path: string; readonly clip?: { readonly x: number; readonly y: number; readonly width: number; readonly height: number } }): Promise<unknown>;
  evaluate<T, A = undefined>(work: string | ((argument: A) => T | Promise<T>), argument?: A): Promise<T>;
  /** Runs a function in every document before its own scripts. */
  addInitScript(script: () => void): Promise<unknown>;
  exposeFunction(name: string, callback: (...args: never[]) => unknown): Promise<unknown>;
  on(event: 'console', listener: (message: ConsoleMessage) => void): unknown;
  on(event: 'pageerror', listener: (error: Error) => void): unknown;
}

/** A connection of the Chrome DevTools Protocol. */
export interface DevTools {
  send<T>(method: string, params?: object): Promise<T>;
  detach(): Promise<void>;
}

export interface BrowserContext {
  newPage(): Promise<Page>;
  newCDPSession(page: Page): Promise<DevTools>;
  browser(): Browser | null;
  setDefaultTimeout(millis: number): void;
  close(): Promise<void>;
}

export interface Browser {
  newContext(options: { readonly viewport: { readonly width: number; readonly height: number }; readonly reducedMotion?: 'reduce' | 'no-preference' }): Promise<BrowserContext>;
  /** Records what Chromium does until `stopTracing` gives it as JSON. */
  startTracing(page: Page, options: { readonly categories: readonly string[] }): Promise<void>;
  stopTracing(): Promise<Buffer>;
  close(): Promise<void>;
}

/** Starts Debian's Chromium. */
export async function launchChromium(tools: string): Promise<Browser> {
  const require = createRequire(join(tools, 'playwright', 'package.json'));
  const { chromium } = require('playwright-core') as { chromium: { launch(options: object): Promise<Browser> } };
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}
