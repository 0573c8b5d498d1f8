import { createRequire } from 'node:module';
import { join } from 'node:path';

/** The part of playwright-core that the tests use: it is installed with the other tools, not with the project. */

export interface Locator {
  locator(selector: string): Locator;
  first(): Locator;
  filter(options: { hasText: string }): Locator;
  click(): Promise<void>;
  focus(): Promise<void>;
  fill(text: string): Promise<void>;
  press(key: string): Promise<void>;
  waitFor(options?: { state?: 'visible' | 'hidden' | 'attached' | 'detached'; timeout?: number }): Promise<void>;
  count(): Promise<number>;
  innerText(): Promise<string>;
  allInnerTexts(): Promise<string[]>;
  getAttribute(name: string): Promise<string | null>;
  evaluate<T>(work: (node: Element) => T): Promise<T>;
  frameLocator(selector: string): FrameLocator;
}

export interface FrameLocator {
  locator(selector: string): Locator;
  frameLocator(selector: string): FrameLocator;
}

export interface Page extends Locator {
  goto(url: string): Promise<unknown>;
  keyboard: { press(key: string): Promise<void>; type(text: string): Promise<void> };
  screenshot(options: { path: string }): Promise<unknown>;
  /** Runs a function in every document before its own scripts. It must stand alone: it is sent as text. */
  addInitScript(script: () => void): Promise<unknown>;
  exposeFunction(name: string, callback: (...args: never[]) => unknown): Promise<unknown>;
  on(event: 'console', listener: (message: { type(): string; text(): string }) => void): unknown;
}

export interface BrowserContext {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

export interface Browser {
  newContext(options: { viewport: { width: number; height: number } }): Promise<BrowserContext>;
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
