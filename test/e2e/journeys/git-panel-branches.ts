import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { notification, runCommandWithText } from '../harness/dialogs.ts';
import { GitPanel } from '../harness/git-panel.ts';
import type { Journey } from '../harness/journeys.ts';
import type { Place } from '../harness/place.ts';
import { doUntil } from '../harness/until.ts';

export const journey: Journey = {
  title: 'the Git panel: branches',
  versions: ['newest'],
  define(session, test) {
    test('with PYI as Git: a person makes branches and switches, resolves a merge, rebases', async () => {
      const { place } = session;
      const root = place.repository('git-panel-branches');
      const panel = await GitPanel.open(session, root);
      const { page } = panel;
      const git = (...args: string[]): string => panel.git(...args);
      const branch = (): string => git('branch', '--show-current').trim();

      // A branch, by the panel; its commit and the one on main change the same line.
      await doUntil('the branch topic', async () => runCommandWithText(page, 'Git: Create Branch...', 'Branch name', 'topic'), () => branch() === 'topic');
      await panel.showsBranch('topic');
      commit(place, root, 'first.txt', 'on topic\n');
      await panel.showsGraph();
      await panel.chooseBranch('Git: Checkout to...', 'main', () => branch() === 'main');
      await panel.showsBranch('main');
      assert.equal(readFileSync(join(root, 'first.txt'), 'utf8'), 'one\n');
      commit(place, root, 'first.txt', 'on main\n');
      assert.deepEqual(await panel.showsGraph(), ['on main', 'Start']);
      await panel.assertAnswered();

      // A merge that conflicts: the panel says so, and goes on once the file is resolved in the editor and staged.
      await panel.chooseBranch('Git: Merge...', 'topic', () => git('status', '--porcelain') === 'UU first.txt\n');
      await notification(page, 'There are merge conflicts').waitFor();
      await panel.shows(['$(check) Continue', 'Merge Changes', 'first.txt, Conflict: Both Modified', 'Changes'], 'UU first.txt\n');
      await panel.openFile('first.txt');
      await panel.run('Merge Conflict: Accept All Both', async () => !(await page.locator('.editor-instance .view-lines').first().innerText()).includes('<<<<'));
      await doUntil('the file is resolved', async () => page.keyboard.press('Control+S'), () => readFileSync(join(root, 'first.txt'), 'utf8') === 'on main\non topic\n');
      await panel.act('first.txt, Conflict', 'Stage Changes', () => git('status', '--porcelain') === 'M  first.txt\n');
      await panel.shows(['$(check) Continue', 'Staged Changes', 'first.txt, Index Modified', 'Changes'], 'M  first.txt\n');
      await panel.press('Continue', () => git('log', '-1', '--format=%s') === 'Merge branch \'topic\'\n');
      await panel.shows(['$(cloud-upload) Publish Branch'], '');
      assert.deepEqual(new Set(await panel.showsGraph()), new Set(['Merge branch \'topic\'', 'on topic', 'on main', 'Start']));
      assert.equal(git('rev-list', '--parents', '-1', 'HEAD').split(' ').length, 3);
      await panel.assertAnswered();

      // A rebase: what was begun before the merge comes after it.
      git('switch', '-q', '-c', 'side', 'HEAD~1');
      commit(place, root, 'side.txt', 'on side\n');
      await panel.showsBranch('side');
      await panel.showsGraph();
      await panel.chooseBranch('Git: Rebase Branch...', 'main', () => git('rev-parse', 'side~1') === git('rev-parse', 'main'));
      assert.equal((await panel.showsGraph())[0], 'on side');
      await panel.shows(['$(cloud-upload) Publish Branch'], '');
      assert.equal(branch(), 'side');
      await panel.assertAnswered();
    });

    test('with PYI as Git: a person pushes, and pulls what another pushed', async () => {
      const { place } = session;
      const origin = join(place.directory, 'git-panel-origin');
      const other = join(place.directory, 'git-panel-other');
      const root = place.repository('git-panel-remote');
      place.git(root, 'clone', '-q', '--bare', root, origin);
      place.git(root, 'clone', '-q', origin, other);
      place.git(root, 'remote', 'add', 'origin', origin);
      place.git(root, 'fetch', '-q');
      place.git(root, 'branch', '-q', '-u', 'origin/main');
      const panel = await GitPanel.open(session, root);
      const tip = (where: string): string => place.git(where, 'rev-parse', 'main');

      commit(place, root, 'first.txt', 'mine\n');
      await panel.shows(['$(sync) Sync Changes 1$(arrow-up)'], '');
      await panel.run('Git: Push', () => tip(origin) === tip(root));
      await panel.shows(['$(check) Commit'], '');
      assert.deepEqual(await panel.showsGraph(), ['mine', 'Start']);
      await panel.assertAnswered();

      place.git(other, 'pull', '-q');
      commit(place, other, 'second.txt', 'theirs\n');
      place.git(other, 'push', '-q');
      await panel.run('Git: Fetch', () => place.git(root, 'rev-parse', 'origin/main') === tip(origin));
      await panel.shows(['$(sync) Sync Changes 1$(arrow-down)'], '');
      await panel.run('Git: Pull', () => tip(root) === tip(other));
      await panel.shows(['$(check) Commit'], '');
      assert.deepEqual(await panel.showsGraph(), ['theirs', 'mine', 'Start']);
      assert.equal(readFileSync(join(root, 'second.txt'), 'utf8'), 'theirs\n');
      await panel.assertAnswered();
    });
  },
};

/** A commit of one file, with its text as the subject. */
function commit(place: Place, root: string, file: string, text: string): void {
  writeFileSync(join(root, file), text);
  place.git(root, 'add', file);
  place.git(root, 'commit', '-q', '-m', text.trimEnd());
}
