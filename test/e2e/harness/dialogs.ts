import assert from 'node:assert/strict';
import type { Page } from './playwright.ts';

/** Presses a button of a modal dialog that says what it should. */
export async function answerDialog(page: Page, expected: RegExp, button: string): Promise<void> {
  const dialog = page.locator('.monaco-dialog-box');
  await dialog.waitFor();
  assert.match(await dialog.innerText(), expected);
  await dialog.locator('.monaco-button').filter({ hasText: button }).click();
  await dialog.waitFor({ state: 'hidden' });
}

/** Chooses the first row of a quick pick that has this text. */
export async function pick(page: Page, text: string): Promise<void> {
  await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: text }).first().click();
}

/** Types into the input box whose placeholder starts so, and accepts. */
export async function enterText(page: Page, placeholder: string, text: string): Promise<void> {
  await page.locator(`.quick-input-widget input[placeholder^="${placeholder}"]`).waitFor();
  await page.keyboard.type(text);
  await page.keyboard.press('Enter');
}
