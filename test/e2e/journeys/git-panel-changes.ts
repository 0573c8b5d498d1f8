import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommandWithText } from '../harness/dialogs.ts';
import { GitPanel } from '../harness/git-panel.ts';
import type { Journey } from '../harness/journeys.ts';
import type { Page } from '../harness/playwright.ts';
import { doUntil, until } from '../harness/until.ts';

const COMMIT = '$(check) Commit';
const PUBLISH = '$(cloud-upload) Publish Branch';

export const journey: Journey = {
  title: 'the Git panel: changes',
  versions: ['newest'],
  define(session, test) {
    test('with PYI as Git: a person edits, stages a file and a range, commits, sees who wrote a line, and puts changes aside', async () => {
      const { place } = session;
      const root = place.repository('git-panel-changes');
      const story = join(root, 'story.txt');
      writeFileSync(story, Array.from({ length: 20 }, (_, i) => `line ${i + 1}\n`).join(''));
      place.git(root, 'add', '.');
      place.git(root, 'commit', '-q', '-m', 'A story');
      const panel = await GitPanel.open(session, root);
      const { page } = panel;
      await panel.shows([PUBLISH], '');
      assert.deepEqual(await panel.showsGraph(), ['A story', 'Start']);

      // Edit: two places of a file in the editor, and another file.
      await panel.openFile('story.txt');
      await page.keyboard.type('Once ');
      await page.keyboard.press('Control+End');
      await page.keyboard.type('The end\n');
      await saved(page, story, 'The end\n');
      await panel.openFile('second.txt');
      await page.keyboard.type('number ');
      await saved(page, join(root, 'second.txt'), 'number two\n');
      await panel.shows([COMMIT, 'Changes', 'second.txt, Modified', 'story.txt, Modified'], ' M second.txt\n M story.txt\n');
      await panel.assertAnswered();

      // Stage a file.
      await panel.act('second.txt, Modified', 'Stage Changes', () => panel.git('diff', '--cached', '--name-only') === 'second.txt\n');
      await panel.shows([COMMIT, 'Staged Changes', 'second.txt, Index Modified', 'Changes', 'story.txt, Modified'], 'M  second.txt\n M story.txt\n');

      // Stage a range: the first line of what changed in the other.
      await panel.openFile('story.txt');
      await page.keyboard.press('Shift+ArrowDown');
      await panel.run('Git: Stage Selected Ranges', () => panel.git('diff', '--cached', '--name-only') === 'second.txt\nstory.txt\n');
      await panel.shows(
        [COMMIT, 'Staged Changes', 'second.txt, Index Modified', 'story.txt, Index Modified', 'Changes', 'story.txt, Modified'], 'M  second.txt\nMM story.txt\n',
      );
      assert.deepEqual(changedLines(panel.git('diff', '--cached', 'story.txt')), ['-line 1', '+Once line 1']);
      assert.deepEqual(changedLines(panel.git('diff')), ['+The end']);
      await panel.assertAnswered();

      // Commit: what is staged, not the rest.
      await panel.commit('From the panel');
      await panel.shows([COMMIT, 'Changes', 'story.txt, Modified'], ' M story.txt\n');
      assert.deepEqual(await panel.showsGraph(), ['From the panel', 'A story', 'Start']);
      assert.equal(panel.git('show', 'HEAD:story.txt'), readFileSync(story, 'utf8').replace('The end\n', ''));
      await panel.assertAnswered();

      // Blame: who wrote the line of the cursor, beside it and below.
      for (const [line, subject] of [[0, 'From the panel'], [1, 'A story']] as const) {
        await panel.goToLine(line);
        await until(`line ${line + 1} is said to be of "${subject}"`, async () => (await page.evaluate(decorations)).some((text) => text.startsWith(`"${subject}, Ada (`)) || undefined);
        assert.match(panel.git('blame', '-s', `-L${line + 1},${line + 1}`, 'story.txt'), new RegExp(`^\\^?${panel.git('log', '-1', '--format=%h', `:/${subject}`).trim()}`));
        await page.locator('.statusbar-item').filter({ hasText: /Ada \(/ }).first().waitFor();
      }
      await panel.assertAnswered();

      // Stash, and back.
      await doUntil('a stash', async () => runCommandWithText(page, 'Git: Stash', 'stash message', 'For later'), () => panel.git('stash', 'list').includes('For later'));
      await panel.shows([PUBLISH], '');
      assert.doesNotMatch(readFileSync(story, 'utf8'), /The end/);
      await panel.run('Git: Pop Latest Stash', () => panel.git('for-each-ref', 'refs/stash') === '');
      await panel.shows([COMMIT, 'Changes', 'story.txt, Modified'], ' M story.txt\n');
      await panel.assertAnswered();

      const asked = panel.asked();
      for (const command of ['status', 'for-each-ref', 'config', 'log', 'show', 'ls-files', 'blame']) assert.ok(asked.includes(command), `${command} is not among ${asked.join()}`);
    });
  },
};

/** Saves what is in the editor, until the file ends like this. */
async function saved(page: Page, file: string, end: string): Promise<void> {
  await doUntil(`${file} is saved`, async () => page.keyboard.press('Control+S'), () => readFileSync(file, 'utf8').endsWith(end));
}

/** Lines of a patch that were taken away and put in. */
function changedLines(patch: string): string[] {
  return patch.split('\n').filter((line) => /^[+-](?![+-])/.test(line));
}

/** Runs in the page: what stands beside lines of the editor without being in the file. */
function decorations(): string[] {
  return Array.from(document.querySelectorAll('.editor-instance .view-line [class*="ced-"]')).map((node) => getComputedStyle(node, '::after').content);
}
