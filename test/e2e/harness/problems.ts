import type { Page } from './playwright.ts';

/** What the browser has to say against the extension's pages: broken content policies, errors on the console, exceptions. */
export interface Problems {
  /** In the order in which they came. */
  readonly all: readonly string[];
}

/** Starts listening. Errors of the workbench itself are not the extension's, and left out. */
export function watchProblems(page: Page): Problems {
  const all: string[] = [];
  page.on('console', (message) => {
    const { url } = message.location();
    const isOurs = url.includes('/dist/webview/') || /violates the following Content Security Policy/.test(message.text()) || /\bpyi\.pyi\b/.test(message.text());
    if (message.type() === 'error' && isOurs) all.push(message.text());
  });
  page.on('pageerror', (error) => {
    if (!(error.stack ?? '').includes('/static/out/vs/')) all.push(error.stack ?? error.message);
  });
  return { all };
}
