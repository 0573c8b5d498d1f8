import type { Locator, Page } from './playwright.ts';
import { until } from './until.ts';

/** For a command that is not there, or no longer: a palette that has shown its rows for so long shows no more. */
const ABSENT_MILLIS = 3_000;
/** What a command needs may come late: its extension starts, its server answers. */
const LIMIT_MILLIS = 60_000;

/** Runs a command from the palette by its whole title, such as `PYI: Undo`, as soon as the palette offers it. */
export async function runCommand(page: Page, title: string): Promise<void> {
  await until(`"${title}" is run`, async () => {
    await typeCommand(page, title);
    // A view that has come to the front meanwhile closes the palette.
    return row(page, title).click({ timeout: ABSENT_MILLIS }).then(() => true, () => undefined);
  }, LIMIT_MILLIS);
}

/** Types a command into the palette until that offers it: `Enter` would run it. */
export async function typeCommand(page: Page, title: string): Promise<void> {
  await until(`the palette offers "${title}"`, async () => {
    await typeIntoPalette(page, title);
    // A palette that is open does not show what has become possible since.
    if (await isOffered(page, title)) return true;
    await page.keyboard.press('Escape');
    return undefined;
  }, LIMIT_MILLIS);
}

/** Whether the palette offers a command: it is contributed and its `when` clause holds. */
export async function offersCommand(page: Page, title: string): Promise<boolean> {
  await typeIntoPalette(page, title);
  const offered = await isOffered(page, title);
  await page.keyboard.press('Escape');
  return offered;
}

async function typeIntoPalette(page: Page, text: string): Promise<void> {
  await page.keyboard.press('F1');
  await page.locator('.quick-input-widget input').first().waitFor();
  await page.keyboard.type(text);
}

async function isOffered(page: Page, title: string): Promise<boolean> {
  return row(page, title).waitFor({ timeout: ABSENT_MILLIS }).then(() => true, () => false);
}

/** The palette fills up with similar commands, and "Show Timeline" is the start of others. */
function row(page: Page, title: string): Locator {
  const exact = new RegExp(`^${title.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`);
  return page.locator('.quick-input-list .monaco-list-row').filter({ has: page.locator('.label-name').filter({ hasText: exact }) }).first();
}
