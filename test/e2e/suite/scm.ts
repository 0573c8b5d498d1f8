import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { PyiApi } from '../../../client/context.ts';
import type { Result } from '../../../protocol/registry.ts';
import type { CheckpointInfo } from '../../../protocol/values.ts';
import type { Words } from './run.ts';

const POLL_MILLIS = 50;
/** Longer than a save takes on a busy machine. */
const DELAY_MILLIS = 1000;

/** What VS Code does that leads to checkpoints, and what the commands for files do. Each test stands on the ones before it. */
export function define({ suite, test, suiteSetup }: Words): void {
  suite('source control', () => {
    const root = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    const first = vscode.Uri.file(join(root, 'first.txt'));
    const settings = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration('pyi.automatic');
    const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' });
    let api: PyiApi;

    async function newest(): Promise<CheckpointInfo | undefined> {
      return (await (await api.client()).call('timeline', { repository: root, limit: 1 }))[0];
    }

    /** Waits for the checkpoint that something leads to. */
    async function next(before: CheckpointInfo | undefined): Promise<CheckpointInfo> {
      for (;;) {
        const now = await newest();
        if (now !== undefined && now.checkpoint !== before?.checkpoint) return now;
        await pause(POLL_MILLIS);
      }
    }

    /** The newest checkpoint, once nothing is under way any more. */
    async function quiet(): Promise<CheckpointInfo | undefined> {
      for (let last = await newest(); ;) {
        await pause(DELAY_MILLIS * 1.5);
        const now = await newest();
        if (now?.checkpoint === last?.checkpoint) return now;
        last = now;
      }
    }

    async function recorded(state: string, path: string): Promise<string> {
      const { base64 } = await (await api.client()).call('read', { repository: root, fork: state, path });
      return Buffer.from(base64, 'base64').toString('utf8');
    }

    async function type(uri: vscode.Uri, text: string): Promise<vscode.TextDocument> {
      const document = await vscode.workspace.openTextDocument(uri);
      const edit = new vscode.WorkspaceEdit();
      edit.replace(uri, new vscode.Range(0, 0, document.lineCount, 0), text);
      assert.ok(await vscode.workspace.applyEdit(edit));
      return document;
    }

    suiteSetup(async () => {
      const extension = vscode.extensions.getExtension<PyiApi>('pyi.pyi');
      assert.ok(extension, 'the extension is not installed');
      api = await extension.activate();
      // In a browser VS Code saves by itself.
      await vscode.workspace.getConfiguration('files').update('autoSave', 'off', vscode.ConfigurationTarget.Global);
      await settings().update('delay', DELAY_MILLIS, vscode.ConfigurationTarget.Global);
      await vscode.commands.executeCommand('pyi.setup');
    });

    test('a save leads to one automatic checkpoint', async () => {
      const before = await newest();
      // The folders learn of the store by its event, a moment after the command is done.
      const saved = await (async () => {
        for (let attempt = 0; ; attempt++) {
          await (await type(first, `saved ${attempt}\n`)).save();
          await pause(DELAY_MILLIS * 2);
          if ((await newest())?.checkpoint !== before?.checkpoint) return `saved ${attempt}\n`;
        }
      })();
      const taken = await next(before);
      assert.deepEqual([taken.kind, taken.cause, await recorded(taken.checkpoint, 'first.txt')], ['automatic', 'editor: save', saved]);
    });

    test('saves in quick succession lead to one, with the last state', async () => {
      const before = await quiet();
      for (const text of ['a\n', 'b\n', 'c\n']) await (await type(first, text)).save();
      const taken = await next(before);
      assert.deepEqual([taken.parents, await recorded(taken.checkpoint, 'first.txt')], [[before?.checkpoint], 'c\n']);
    });

    test('what is not saved is recorded when that is asked for, and the file stays as it is', async () => {
      await settings().update('unsavedBuffers', true, vscode.ConfigurationTarget.Global);
      const before = await quiet();
      const document = await type(first, 'not saved\n');
      const taken = await next(before);
      assert.deepEqual([taken.cause, await recorded(taken.checkpoint, 'first.txt')], ['editor: edit', 'not saved\n']);
      assert.deepEqual([document.isDirty, readFileSync(first.fsPath, 'utf8')], [true, 'c\n']);
      const manual = await vscode.commands.executeCommand<Result<'checkpoint'>>('pyi.checkpoint', { message: 'by hand' });
      assert.equal(await recorded(manual.checkpoint, 'first.txt'), 'not saved\n');
      await settings().update('unsavedBuffers', undefined, vscode.ConfigurationTarget.Global);
      const without = await vscode.commands.executeCommand<Result<'checkpoint'>>('pyi.checkpoint', { message: 'the disk alone' });
      assert.equal(await recorded(without.checkpoint, 'first.txt'), 'c\n');
      await vscode.commands.executeCommand('workbench.action.files.revert');
    });

    test('what Git does is recorded when it is done', async () => {
      const before = await newest();
      writeFileSync(join(root, 'second.txt'), 'by a tool\n');
      git('commit', '-q', '-am', 'By a tool');
      const taken = await next(before);
      assert.deepEqual([taken.kind, taken.cause.startsWith('git: '), await recorded(taken.checkpoint, 'second.txt')], ['automatic', true, 'by a tool\n']);
    });

    test('what Git throws away was recorded before', async () => {
      const before = await quiet();
      // The lock is held as long as it is in repositories that are large.
      writeFileSync(join(root, 'second.txt'), 'about to be lost\n');
      const lock = join(root, '.git', 'index.lock');
      writeFileSync(lock, '');
      const taken = await next(before);
      rmSync(lock);
      git('checkout', '-q', '--', 'second.txt');
      assert.deepEqual([taken.cause, await recorded(taken.checkpoint, 'second.txt')], ['git: before', 'about to be lost\n']);
      const after = await next(taken);
      assert.deepEqual([after.cause, await recorded(after.checkpoint, 'second.txt')], ['git: after', 'by a tool\n']);
    });

    test('a collapse, which runs Git itself, leads to no checkpoint but its own', async () => {
      const client = await api.client();
      await quiet();
      const fork = await client.call('fork', { repository: root, name: 'winner' });
      writeFileSync(join(fork.dir ?? '', 'first.txt'), 'better\n');
      await client.call('collapse', { repository: root, fork: fork.fork, message: 'Better' });
      await quiet();
      const kinds = (await client.call('timeline', { repository: root, fork: 'workspace', limit: 3 })).map(({ kind, cause }) => [kind, cause]);
      assert.equal(kinds[0]?.[0], 'collapse', JSON.stringify(kinds));
    });

    test('a file is ignored once, by an edit', async () => {
      writeFileSync(join(root, 'build[1].log'), 'x');
      for (let time = 0; time < 2; time++) await vscode.commands.executeCommand('pyi.ignoreFile', { repository: root, path: 'build[1].log' });
      assert.equal(readFileSync(join(root, '.gitignore'), 'utf8'), '/build\\[1].log\n');
      assert.equal(git('status', '--porcelain'), '?? .gitignore\n');
    });

    test('a file opens as it is on the disk, a deleted one as it was recorded', async () => {
      await vscode.commands.executeCommand('pyi.openFile', { repository: root, path: 'first.txt' });
      assert.equal(vscode.window.activeTextEditor?.document.uri.toString(), first.toString());
      const { checkpoint } = await vscode.commands.executeCommand<Result<'checkpoint'>>('pyi.checkpoint', { message: 'with both files' });
      rmSync(join(root, 'second.txt'));
      await vscode.commands.executeCommand('pyi.openFile', { repository: root, path: 'second.txt', checkpoint });
      const { uri } = vscode.window.activeTextEditor?.document ?? {};
      assert.deepEqual([uri?.scheme, vscode.window.activeTextEditor?.document.getText()], ['pyi', 'by a tool\n']);
      git('checkout', '-q', '--', 'second.txt');
    });
  });
}
