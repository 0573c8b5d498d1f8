import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { PyiApi } from '../../../client/context.ts';
import type { Result } from '../../../protocol/registry.ts';
import type { Words } from './run.ts';

const HOSTILE = '<img src=x onerror="document.title=1"> \u202e $(trash)';

/** First steps with the extension, in the repository that is open. Each test stands on the ones before it. */
export function define({ suite, test, suiteSetup }: Words): void {
  suite('first steps', () => {
    const extension = vscode.extensions.getExtension<PyiApi>('pyi.pyi');
    const root = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    let api: PyiApi;
    const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' });
    // The command line beside the extension: what one does, the other must see.
    const pyi = <T>(...args: string[]): T => JSON.parse(execFileSync(process.execPath, [join(extension?.extensionPath ?? '', 'dist', 'cli.cjs'), ...args, '--json'],
      { cwd: root, encoding: 'utf8', env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' } })) as T;

    suiteSetup(async () => {
      assert.ok(extension, 'the extension is not installed');
      api = await extension.activate();
    });

    test('connects to a server of its own version', async () => {
      const client = await api.client();
      assert.equal(client.server?.version, (extension?.packageJSON as { version: string }).version);
    });

    test('registers every command that it contributes', async () => {
      const { contributes } = extension?.packageJSON as { contributes: { commands: { command: string }[] } };
      const registered = new Set(await vscode.commands.getCommands(true));
      assert.deepEqual(contributes.commands.map(({ command }) => command).filter((command) => !registered.has(command)), []);
    });

    test('writes nothing into a repository before it is set up', () => {
      assert.equal(existsSync(join(root, '.git', 'pyi')), false);
    });

    test('sets the repository up, and Git sees no change', async () => {
      const done = await vscode.commands.executeCommand<Result<'setup'>>('pyi.setup');
      assert.equal(done.created, true);
      assert.equal(done.files, Number(git('ls-files').trim().split('\n').length));
      assert.equal(git('status', '--porcelain'), '');
    });

    test('takes a checkpoint of what is in the directory', async () => {
      writeFileSync(join(root, 'first.txt'), 'one\ntwo\n');
      const taken = await vscode.commands.executeCommand<Result<'checkpoint'>>('pyi.checkpoint', { message: HOSTILE });
      assert.equal(taken.insight.filesChanged, 1);
      const [newest] = pyi<Result<'timeline'>>('timeline', '-n', '1');
      assert.deepEqual([newest?.checkpoint, newest?.message], [taken.checkpoint, HOSTILE]);
    });

    test('makes a fork with a directory that Git knows as a worktree', async () => {
      const made = await vscode.commands.executeCommand<Result<'fork'>>('pyi.newFork', { name: 'from-editor', task: 'greeting' });
      assert.equal(readFileSync(join(made.dir ?? '', 'first.txt'), 'utf8'), 'one\ntwo\n');
      assert.ok(git('worktree', 'list', '--porcelain').includes(made.dir ?? 'no directory'));
      const forks = pyi<Result<'forks'>>('forks', '--task', 'greeting');
      assert.deepEqual(forks.map(({ fork, name }) => [fork, name]), [[made.fork, 'from-editor']]);
    });

    test('undoes a rewind that the command line did', async () => {
      const [, before] = pyi<Result<'timeline'>>('timeline', '-n', '2');
      pyi('rewind', before?.checkpoint ?? '');
      assert.equal(readFileSync(join(root, 'first.txt'), 'utf8'), 'one\n');
      const undone = await vscode.commands.executeCommand<Result<'undo'>>('pyi.undo', { fork: before?.fork });
      assert.deepEqual(undone.written, ['first.txt']);
      assert.equal(readFileSync(join(root, 'first.txt'), 'utf8'), 'one\ntwo\n');
    });

    test('reconnects after the server was killed, with everything acknowledged still there', async () => {
      const client = await api.client();
      const pid = client.server?.pid ?? 0;
      const before = await client.call('timeline', { repository: root });
      process.kill(pid, 'SIGKILL');
      await client.closed;
      const again = await api.client();
      assert.notEqual(again.server?.pid, pid);
      assert.deepEqual(await again.call('timeline', { repository: root }), before);
    });

    test('opens one dashboard', async () => {
      const dashboards = (): vscode.Tab[] => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs)
        .filter(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith('pyi.dashboard'));
      const opened = new Promise<void>((resolve) => {
        vscode.window.tabGroups.onDidChangeTabs(() => {
          if (dashboards().length > 0) resolve();
        });
      });
      await vscode.commands.executeCommand('pyi.showDashboard');
      await opened;
      await vscode.commands.executeCommand('pyi.showDashboard');
      assert.equal(dashboards().length, 1);
    });
  });
}
