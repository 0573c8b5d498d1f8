import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from '../../../protocol/registry.ts';
import type { Journey } from '../harness/journeys.ts';

const DIRECTORIES = 1000;
const FILES_OF_EACH = 100;
/** Taking a tree in, the first time, is the one thing that follows its size. */
const LOAD = { timeout: 180_000 };

export const journey: Journey = {
  title: `a repository of ${DIRECTORIES * FILES_OF_EACH} files`,
  versions: ['newest'],
  define(session, test) {
    test('a person sees the one file that changed, and records it', async () => {
      const { place } = session;
      const root = place.repository('large');
      for (let directory = 0; directory < DIRECTORIES; directory++) {
        mkdirSync(join(root, `part-${directory}`));
        for (let file = 0; file < FILES_OF_EACH; file++) writeFileSync(join(root, `part-${directory}`, `file-${file}.txt`), `${directory}/${file}\n`);
      }
      place.git(root, 'add', '.');
      place.git(root, 'commit', '-q', '-m', 'Large');
      assert.equal(place.pyi<Result<'setup'>>(root, 'setup').files, DIRECTORIES * FILES_OF_EACH + 2);

      const page = await session.open({ open: root, settings: { 'git.enabled': false } });
      await page.locator('.statusbar-item').filter({ hasText: 'PYI: 1 fork' }).waitFor(LOAD);
      writeFileSync(join(root, 'part-500', 'file-50.txt'), 'changed\n');
      await page.keyboard.press('Control+Shift+G');
      const row = page.locator('.scm-view .monaco-list-row').filter({ hasText: 'file-50.txt' }).first();
      await row.waitFor(LOAD);
      await page.locator('.scm-view .scm-editor').first().click();
      await page.keyboard.type('One of many');
      await page.keyboard.press('Control+Enter');
      await row.waitFor({ ...LOAD, state: 'detached' });
      const [newest] = place.pyi<Result<'timeline'>>(root, 'timeline', '-n', '1');
      assert.deepEqual([newest?.message, newest?.insight.filesChanged, newest?.insight.filesAdded], ['One of many', 1, 0]);
    });
  },
};
