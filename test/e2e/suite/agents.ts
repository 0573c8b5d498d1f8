import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { PyiApi } from '../../../client/context.ts';
import type { Words } from './run.ts';

interface Manifest {
  readonly contributes: { readonly languageModelTools: readonly { readonly name: string }[] };
}

/** What this window offers to language models. Each test stands on the ones before it. */
export function define({ suite, test, suiteSetup }: Words): void {
  suite('tools for language models', () => {
    const extension = vscode.extensions.getExtension<PyiApi>('pyi.pyi');
    const root = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    let fork: { id: string; dir: string };
    const call = async <T>(name: string, input: object): Promise<T> => {
      const { content: [part] } = await vscode.lm.invokeTool(`pyi_${name}`, { input, toolInvocationToken: undefined });
      assert.ok(part instanceof vscode.LanguageModelTextPart);
      return JSON.parse(part.value) as T;
    };

    suiteSetup(async () => {
      await extension?.activate();
      await vscode.commands.executeCommand('pyi.setup');
    });

    test('VS Code knows the tools that package.json lists', async () => {
      const { contributes } = extension?.packageJSON as Manifest;
      assert.equal(contributes.languageModelTools.length, 9);
      const missing = (): string[] => {
        const known = new Set(vscode.lm.tools.map(({ name }) => name));
        return contributes.languageModelTools.map(({ name }) => name).filter((name) => !known.has(name));
      };
      // VS Code 1.100 hears of the tools a moment after their extension has started, and has no event for it.
      for (let tries = 0; tries < 100 && missing().length > 0; tries++) await pause(100);
      assert.deepEqual(missing(), []);
    });

    test('a model makes a fork, works in it and takes a checkpoint', async () => {
      fork = await call('fork', { name: 'parser-2', task: 'parser' });
      writeFileSync(join(fork.dir, 'first.txt'), 'by a model\n');
      const { files } = await call<{ files: string }>('checkpoint', { fork: fork.id, message: 'by a model' });
      assert.equal(files, '~1');
      assert.notEqual(readFileSync(join(root, 'first.txt'), 'utf8'), 'by a model\n');
      const { forks } = await call<{ forks: { name: string; changes: string }[] }>('forks', { task: 'parser' });
      assert.deepEqual(forks.map(({ name, changes }) => [name, changes]), [['parser-2', '~1']]);
    });

    test('an error tells the model what to do', async () => {
      await assert.rejects(call('changes', { from: 'no-such-fork' }), /no-such-fork/);
    });
  });
}
