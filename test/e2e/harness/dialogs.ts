import assert from 'node:assert/strict';
import { runCommand } from './commands.ts';
import type { Locator, Page } from './playwright.ts';
import { until } from './until.ts';

/** Presses a button of a modal dialog that says what it should. */
export async function answerDialog(page: Page, expected: RegExp, button: string): Promise<void> {
  const dialog = page.locator('.monaco-dialog-box');
  await dialog.waitFor();
  assert.match(await dialog.innerText(), expected);
  await dialog.locator('.monaco-button').filter({ hasText: button }).click();
  await dialog.waitFor({ state: 'hidden' });
}

/** The texts of the rows of the quick pick that is open: as many as fit into the window. */
export async function pickRows(page: Page): Promise<string[]> {
  const rows = page.locator('.quick-input-list .monaco-list-row');
  await rows.first().waitFor();
  return rows.allInnerTexts();
}

/** Chooses the first row of a quick pick that has this text. */
export async function pick(page: Page, text: string | RegExp): Promise<void> {
  await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: text }).first().click();
}

/** Ticks rows of a quick pick for several, and accepts. Nothing else stays ticked. */
export async function pickSeveral(page: Page, texts: readonly (string | RegExp)[]): Promise<void> {
  const rows = page.locator('.quick-input-list .monaco-list-row');
  await rows.first().waitFor();
  for (let index = 0; index < await rows.count(); index++) {
    const shown = await rows.nth(index).innerText();
    const wanted = texts.some((text) => (typeof text === 'string' ? shown.includes(text) : text.test(shown)));
    const box = rows.nth(index).getByRole('checkbox');
    if (await box.getAttribute('aria-checked') !== String(wanted)) await rows.nth(index).locator('.label-name').click();
  }
  await page.keyboard.press('Enter');
}

/** For a box that a command asks with, before the command is run again. */
const BOX_MILLIS = 10_000;

/**
 * Runs a command that asks for a text first, and gives it. The palette takes a click in the moment in which it closes, and runs
 * nothing; a box closes unasked when a view that has just opened takes the focus. A person would do it again, and so does this.
 */
export async function runCommandWithText(page: Page, title: string, about: string, text: string): Promise<void> {
  await until(`"${title}" takes a text`, async () => {
    await runCommand(page, title);
    return enterText(page, about, text, BOX_MILLIS).then(() => true, () => undefined);
  }, 6 * BOX_MILLIS);
}

/** Types into the input box whose placeholder or prompt has this text, and accepts. */
export async function enterText(page: Page, about: string, text: string, timeout?: number): Promise<void> {
  const widget = page.locator('.quick-input-widget');
  const byPrompt = widget.filter({ has: page.locator('.quick-input-message').filter({ hasText: about }) }).locator('input');
  await widget.locator(`input[placeholder*="${about}"]`).or(byPrompt).filter({ visible: true }).first().fill(text, { timeout });
  await page.keyboard.press('Enter');
}

/** Chooses an entry, by its whole label, of the menu of a row of a list of VS Code's own. */
export async function chooseFromMenu(page: Page, row: Locator, entry: string): Promise<void> {
  const item = page.locator(`.monaco-menu .action-label[aria-label="${entry}"]`).first();
  let isClicked = false;
  // A menu takes no click in its first moments: it may be the end of the one that opened it. And it closes unasked when the window is
  // laid out anew, as after another theme. One that came before the entry was possible lies over the row.
  await until(`the menu takes "${entry}"`, async () => {
    if (await item.count() > 0) isClicked = await item.click({ timeout: 1000 }).then(() => true, () => isClicked);
    else if (isClicked) return true;
    else await row.click({ button: 'right', timeout: 2000 }).catch(() => page.keyboard.press('Escape'));
    return undefined;
  });
}

/** A notification that has this text; it may have buttons: `notification(page, 'Undo').getByRole('button', { name: 'Undo' })`. */
export function notification(page: Page, text: string | RegExp): Locator {
  return page.locator('.notifications-toasts .notification-toast').filter({ hasText: text });
}
