import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from '../../../protocol/registry.ts';
import { connectAgent } from '../harness/agent.ts';
import { assertAccessible } from '../harness/axe.ts';
import { runCommand } from '../harness/commands.ts';
import { answerDialog, enterText, notification } from '../harness/dialogs.ts';
import type { Journey } from '../harness/journeys.ts';
import type { Place } from '../harness/place.ts';
import type { Locator } from '../harness/playwright.ts';
import { watchProblems } from '../harness/problems.ts';
import { PICTURES, takePictures } from '../harness/themes.ts';
import { until } from '../harness/until.ts';
import { findWebview } from '../harness/webviews.ts';
import type { Webview } from '../harness/webviews.ts';

/** As much as a name may hold; messages may hold more. */
const HOSTILE = '<img src=x onerror=alert(1)> שלום 🦊';
const HOSTILE_AGENT = '<b>$(trash)<b> [x](y)';
const MANY = 500;

export const journey: Journey = {
  title: 'superposition',
  versions: ['newest', 'oldest'],
  define(session, test) {
    test('a person compares attempts, has one judged, collapses to the best and takes it back', async () => {
      const { place } = session;
      const root = place.repository('superposition');
      prepare(place, root);
      const page = await session.open({ open: root });
      const problems = watchProblems(page);
      await runCommand(page, 'PYI: Open Superposition in Editor');
      const view = await findWebview(page, { name: 'superposition', place: 'editor' });
      await rowOf(view, 'best').waitFor();

      // Whatever forks and agents are called is text.
      const names = await namesOf(view);
      assert.ok(names.includes(HOSTILE), names.join('\n'));
      await rowOf(view, '<img').filter({ hasText: HOSTILE_AGENT }).waitFor();
      assert.equal(await view.content.locator('#root img').count(), 0);
      await takePictures(page, view.content, 'superposition', async (theme) => assertAccessible(view, `the superposition, ${theme}`));

      // The best first; keys alone fold a task and go to a fork.
      assert.ok(names.indexOf('best') < names.indexOf('third'), names.join('\n'));
      await view.content.locator('.row.task').first().click();
      await page.keyboard.press('ArrowLeft');
      await until('the task is folded', async () => !(await namesOf(view)).includes('best') || undefined);
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('ArrowDown');
      await until('the first fork of the task is the active one', async () => (await view.content.locator('.row.active .name').innerText()) === 'best' || undefined);

      await press(rowOf(view, 'third'), 'Observe: run the validator');
      await enterText(page, 'Such as npm test', 'grep -q third first.txt && echo "score: 0.75"');
      await rowOf(view, 'third').filter({ hasText: '0.75' }).waitFor();

      await press(rowOf(view, 'best'), 'Collapse to a Git commit');
      await enterText(page, 'Message (empty', 'Greet the world');
      await answerDialog(page, /Collapse fork "best"\?[^]*Commit on main: "Greet the world"[^]*Observed: ok, score 0\.9[^]*write +first\.txt[^]*2 forks will be discarded/, 'Collapse');
      await until('the commit is there', () => subject(place, root) === 'Greet the world' || undefined);
      await notification(page, 'Collapsed to "best"').getByRole('button', { name: 'Undo' }).click();
      await until('the commit is taken back', () => subject(place, root) === 'Start' || undefined);
      await until('all attempts are back', async () => ['best', 'third'].every((name) => names.includes(name)) && (await namesOf(view)).includes('third') || undefined);
      assert.deepEqual(problems.all, []);
    });

    test('five hundred attempts are told apart', async () => {
      const { place } = session;
      const root = place.repository('superposition-many');
      place.pyi(root, 'setup');
      const client = await connectAgent(place, 'many');
      for (let n = 0; n < MANY; n++) {
        const { fork } = await client.call('fork', { repository: root, name: `try-${n}`, task: `task-${n % 5}`, agent: `agent-${n % 20}`, dir: false });
        await client.call('write', { repository: root, fork, path: `part-${n % 50}.txt`, content: { text: `${n}\n` } });
        await client.call('checkpoint', { repository: root, fork, message: `Step of ${n}` });
      }
      client.close();
      const page = await session.open({ open: root });
      await runCommand(page, 'PYI: Open Superposition in Editor');
      const view = await findWebview(page, { name: 'superposition', place: 'editor' });
      await view.content.locator('.tally').filter({ hasText: `${MANY} forks` }).waitFor();
      await page.screenshot({ path: join(PICTURES, `superposition-${MANY}.png`) });
      // Few of them are in the document; the last is reached by a key.
      assert.ok((await namesOf(view)).length < 100);
      await view.content.locator('.row.task').first().click();
      await page.keyboard.press('End');
      const last = await until('the last row is the active one', async () => await view.content.locator('.row.active:not(.task) .name').first().innerText().catch(() => undefined));
      assert.match(last, /^try-\d+$/);
      await view.content.locator('.toolbar vscode-text-field input').fill('try-321');
      await view.content.locator('.tally').filter({ hasText: `1 of ${MANY} forks` }).waitFor();
      await rowOf(view, 'try-321').waitFor();
    });
  },
};

function prepare(place: Place, root: string): void {
  place.pyi(root, 'setup');
  for (const [name, agent, text, score] of [['best', 'ada', 'best', '0.9'], [HOSTILE, HOSTILE_AGENT, 'hostile', '0.3'], ['third', 'grace', 'third', undefined]] as const) {
    const { dir, fork } = place.pyi<Result<'fork'>>(root, 'fork', name, '--agent', agent, '--task', 'greeting');
    writeFileSync(join(dir ?? '', 'first.txt'), `${text}\n`);
    place.pyi(dir ?? '', 'checkpoint', '-m', `Try ${HOSTILE} [x](command:workbench.action.quit) \u202e`);
    if (score !== undefined) place.pyi(root, 'observe', fork, '--', 'sh', '-c', `echo "score: ${score}"`);
  }
}

/** The row of a fork, by the beginning of its name. */
function rowOf({ content }: Webview, name: string): Locator {
  return content.locator('.row.fork').filter({ hasText: name }).first();
}

/** Buttons of a row are there while it is pointed at. */
async function press(row: Locator, title: string): Promise<void> {
  await row.hover();
  await row.getByRole('button', { name: title }).click();
}

/** Names of the forks that are drawn, from the top. */
async function namesOf({ frame }: Webview): Promise<string[]> {
  return frame.evaluate(() => Array.from(document.querySelectorAll<HTMLElement>('.row.fork'))
    .filter((row) => row.offsetParent !== null || row.getClientRects().length > 0)
    .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
    .map((row) => row.querySelector('.name')?.textContent ?? ''));
}

function subject(place: Place, root: string): string {
  return place.git(root, 'log', '-1', '--format=%s').trim();
}
