import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { PyiApi } from '../../../client/context.ts';
import type { Result } from '../../../protocol/registry.ts';
import type { Words } from './run.ts';

/** The upkeep of a store by commands, as far as they ask nothing. Each test stands on the ones before it. */
export function define({ suite, test, suiteSetup }: Words): void {
  suite('upkeep', () => {
    const extension = vscode.extensions.getExtension<PyiApi>('pyi.pyi');
    const root = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    let api: PyiApi;
    const phase = async (): Promise<string> => (await (await api.client()).call('phase', { repository: root })).phase;

    suiteSetup(async () => {
      assert.ok(extension, 'the extension is not installed');
      api = await extension.activate();
      await vscode.commands.executeCommand('pyi.setup');
    });

    test('a phase is set one step at a time, and an unknown one is refused', async () => {
      assert.equal(await phase(), 'hybrid');
      assert.deepEqual(await vscode.commands.executeCommand('pyi.setPhase', { name: 'machine' }), { phase: 'machine', previous: 'hybrid' });
      assert.equal(await phase(), 'machine');
      assert.equal(await vscode.commands.executeCommand('pyi.setPhase', { name: 'quantum' }), undefined);
      assert.equal(await phase(), 'machine');
      await vscode.commands.executeCommand('pyi.setPhase', { name: 'hybrid' });
      assert.equal(await phase(), 'hybrid');
    });

    test('a whole store is found whole', async () => {
      writeFileSync(join(root, 'first.txt'), 'verified\n');
      await vscode.commands.executeCommand('pyi.checkpoint', { message: 'to be verified' });
      const found = await vscode.commands.executeCommand<Result<'verify'>>('pyi.verify');
      assert.deepEqual([found.ok, found.faults], [true, []]);
      assert.ok(found.objects > 0);
    });

    test('a store in order needs no repair', async () => {
      const found = await vscode.commands.executeCommand<Result<'doctor'>>('pyi.repair');
      assert.deepEqual([found.ok, found.repaired], [true, []]);
    });

    test('a store without anything to give back is left as it is', async () => {
      // A young store holds some bytes that nothing keeps, about which the command would ask.
      await (await api.client()).call('sweep', { repository: root });
      const swept = await vscode.commands.executeCommand<Result<'sweep'>>('pyi.sweep');
      assert.deepEqual([swept.forks, swept.checkpoints, swept.objects, swept.bytesFreed], [[], 0, 0, 0]);
    });

    test('the style of the views goes to and fro', async () => {
      const style = (): unknown => vscode.workspace.getConfiguration('pyi.views').get('style');
      assert.equal(style(), 'graphical');
      assert.equal(await vscode.commands.executeCommand('pyi.switchViews'), 'tree');
      assert.equal(style(), 'tree');
      assert.equal(await vscode.commands.executeCommand('pyi.switchViews'), 'graphical');
      assert.equal(style(), 'graphical');
    });

    test('no command of VS Code has the keys of ours', async () => {
      const { contributes } = extension?.packageJSON as { contributes: { keybindings: { command: string; key: string }[] } };
      const text = (await vscode.workspace.openTextDocument(vscode.Uri.parse('vscode://defaultsettings/keybindings.json'))).getText();
      const all = [...text.matchAll(/"key": "([^"]+)",\s+"command": "([^"]+)"/g)].map(([, key = '', command = '']) => ({ key, command }));
      assert.ok(all.length > 500, `${all.length} keys are known`);
      for (const { key, command } of contributes.keybindings) {
        assert.deepEqual(all.filter((other) => other.key === key || other.key.startsWith(`${key} `)).map((other) => other.command), [command], key);
      }
    });

    test('the walkthrough opens', async () => {
      // VS Code shows walkthroughs in its welcome page, whose tab has no other mark.
      const opened = (): boolean => vscode.window.tabGroups.all.some(({ tabs }) => tabs.some(({ label }) => /^(Welcome|Walkthrough)/.test(label)));
      assert.equal(opened(), false);
      const shown = new Promise<void>((resolve) => {
        const listening = vscode.window.tabGroups.onDidChangeTabs(() => {
          if (!opened()) return;
          listening.dispose();
          resolve();
        });
      });
      await vscode.commands.executeCommand('pyi.openWalkthrough');
      await shown;
    });
  });
}
