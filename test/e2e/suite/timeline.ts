import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { PyiApi } from '../../../client/context.ts';
import type { Result } from '../../../protocol/registry.ts';
import type { Words } from './run.ts';

const HOSTILE = '<img src=x onerror="document.title=1"> \u202e $(trash) [Undo](command:workbench.action.quit)';

/** What the commands of the timeline do, without anybody to ask. Each test stands on the ones before it. */
export function define({ suite, test, suiteSetup }: Words): void {
  suite('timeline', () => {
    const root = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    let api: PyiApi;
    let first = '';
    let second = '';

    suiteSetup(async () => {
      const extension = vscode.extensions.getExtension<PyiApi>('pyi.pyi');
      assert.ok(extension, 'the extension is not installed');
      api = await extension.activate();
      await vscode.commands.executeCommand('pyi.setup');
      const take = async (text: string, message: string): Promise<string> => {
        writeFileSync(join(root, 'first.txt'), text);
        return (await vscode.commands.executeCommand<Result<'checkpoint'>>('pyi.checkpoint', { message })).checkpoint;
      };
      first = await take('one\ntwo\n', 'First step');
      second = await take('one\ntwo\nthree\n', HOSTILE);
    });

    async function known(checkpoint: string): Promise<Result<'timeline'>[number] | undefined> {
      return (await (await api.client()).call('timeline', { repository: root, checkpoints: [checkpoint] }))[0];
    }

    test('pins all that were chosen, and lets them go again', async () => {
      const targets = [first, second].map((checkpoint) => ({ repository: root, checkpoint }));
      await vscode.commands.executeCommand('pyi.pin', targets[0], targets);
      assert.deepEqual([(await known(first))?.pinned, (await known(second))?.pinned], [true, true]);
      await vscode.commands.executeCommand('pyi.unpin', targets[1]);
      assert.deepEqual([(await known(first))?.pinned, (await known(second))?.pinned], [true, false]);
    });

    test('names a checkpoint, whatever the name, and takes the name away', async () => {
      await vscode.commands.executeCommand('pyi.nameCheckpoint', { repository: root, checkpoint: first, name: HOSTILE });
      assert.equal((await known(first))?.name, HOSTILE);
      await vscode.commands.executeCommand('pyi.nameCheckpoint', { repository: root, checkpoint: first, name: ' ' });
      assert.equal((await known(first))?.name, null);
    });

    test('refuses a name that is too long, and changes nothing', async () => {
      assert.equal(await vscode.commands.executeCommand('pyi.nameCheckpoint', { repository: root, checkpoint: first, name: 'x'.repeat(201) }), undefined);
      assert.equal((await known(first))?.name, null);
    });

    test('copies ids, of checkpoints and of forks', async () => {
      const fork = (await known(first))?.fork ?? '';
      await vscode.commands.executeCommand('pyi.copyId', { checkpoint: first, fork }, [{ checkpoint: first, fork }, { fork }]);
      assert.equal(await vscode.env.clipboard.readText(), `${first}\n${fork}`);
    });

    test('makes a fork of an old state', async () => {
      const made = await vscode.commands.executeCommand<Result<'fork'>>('pyi.forkFromHere', { repository: root, checkpoint: first, name: 'from-first' });
      assert.equal(made.base, first);
      assert.equal(readFileSync(join(made.dir ?? '', 'first.txt'), 'utf8'), 'one\ntwo\n');
    });

    test('writes a checkpoint into an empty folder without a question', async () => {
      const out = mkdtempSync(join(tmpdir(), 'pyi-out-'));
      try {
        const done = await vscode.commands.executeCommand<Result<'materialize'>>('pyi.materialize', { repository: root, checkpoint: first, path: out });
        assert.deepEqual(done.removed, []);
        assert.equal(readFileSync(join(out, 'first.txt'), 'utf8'), 'one\ntwo\n');
      } finally {
        rmSync(out, { recursive: true, force: true });
      }
    });

    test('finds the history of a file of the explorer and of a recorded state, and says when there is none', async () => {
      assert.equal(await vscode.commands.executeCommand('pyi.fileHistory', vscode.Uri.file(join(root, 'first.txt'))), 'first.txt');
      assert.equal(await vscode.commands.executeCommand('pyi.fileHistory', { repository: root, path: 'src/a.ts' }), 'src/a.ts');
      assert.equal(await vscode.commands.executeCommand('pyi.fileHistory', vscode.Uri.file('/nowhere/else.txt')), undefined);
    });

    test('opens one timeline in an editor', async () => {
      const timelines = (): vscode.Tab[] => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs)
        .filter(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith('pyi.timeline'));
      const opened = new Promise<void>((resolve) => {
        vscode.window.tabGroups.onDidChangeTabs(() => {
          if (timelines().length > 0) resolve();
        });
      });
      await vscode.commands.executeCommand('pyi.showTimelineInEditor');
      await opened;
      await vscode.commands.executeCommand('pyi.showTimelineInEditor');
      assert.equal(timelines().length, 1);
    });
  });
}
