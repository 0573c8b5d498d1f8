import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './commands.ts';
import { PROJECT } from './place.ts';
import type { Page, Scope } from './playwright.ts';

/** The themes that a view is looked at in: the class of its body, and what VS Code calls the theme. */
export const THEMES = {
  'light': { body: 'vscode-light', label: 'Light Modern' },
  'dark': { body: 'vscode-dark', label: 'Dark Modern' },
  'high-contrast-dark': { body: 'vscode-high-contrast:not(.vscode-high-contrast-light)', label: 'Dark High Contrast' },
  'high-contrast-light': { body: 'vscode-high-contrast-light', label: 'Light High Contrast' },
} as const;

export type Theme = keyof typeof THEMES;

/** Where pictures for people go; not a part of the repository. */
export const PICTURES = join(PROJECT, 'test-results');

/** Chooses a colour theme as a person does, and waits until `view` has it, if a webview is looked at. */
export async function useTheme(page: Page, view: Scope | undefined, theme: Theme): Promise<void> {
  const { body, label } = THEMES[theme];
  await runCommand(page, 'Preferences: Color Theme');
  await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'Dark Modern' }).first().waitFor();
  await page.keyboard.type(label);
  await page.locator('.quick-input-list .monaco-list-row.focused').filter({ hasText: label }).waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
  await view?.locator(`body.${body}`).waitFor({ state: 'attached' });
}

/** Writes `test-results/<name>-<theme>.png` for each theme and leaves the last one on. `check` runs in each theme, before its picture. */
export async function takePictures(page: Page, view: Scope | undefined, name: string, check?: (theme: Theme) => Promise<void>): Promise<void> {
  mkdirSync(PICTURES, { recursive: true });
  for (const theme of Object.keys(THEMES) as Theme[]) {
    await useTheme(page, view, theme);
    await check?.(theme);
    await page.screenshot({ path: join(PICTURES, `${name}-${theme}.png`) });
  }
}
