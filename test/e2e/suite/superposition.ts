import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { PyiApi } from '../../../client/context.ts';
import type { Result } from '../../../protocol/registry.ts';
import type { Words } from './run.ts';

const HOSTILE = '<img src=x onerror="document.title=1"> $(trash)';

/** From forks to a commit, by commands alone. Each test stands on the ones before it. */
export function define({ suite, test, suiteSetup, teardown }: Words): void {
  suite('superposition', () => {
    const extension = vscode.extensions.getExtension<PyiApi>('pyi.pyi');
    const root = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    const ask = vscode.window.showWarningMessage;
    const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' });
    const run = async <T>(command: string, ...targets: object[]): Promise<T> => vscode.commands.executeCommand<T>(`pyi.${command}`, ...targets);
    let api: PyiApi;
    let best: Result<'fork'>;
    let other: Result<'fork'>;

    /** Presses a button of the dialogs that come from now on. Returns what they say. */
    function press(button: string): string[] {
      const said: string[] = [];
      const answer = async (message: string, options: { detail?: string }): Promise<string> => {
        said.push(`${message}\n${options.detail ?? ''}`);
        return button;
      };
      Object.assign(vscode.window, { showWarningMessage: answer });
      return said;
    }

    async function forks(): Promise<Result<'forks'>> {
      return (await api.client()).call('forks', { repository: root, all: true });
    }

    async function stateOf(fork: string): Promise<string | undefined> {
      return (await forks()).find((known) => known.fork === fork)?.state;
    }

    suiteSetup(async () => {
      assert.ok(extension, 'the extension is not installed');
      api = await extension.activate();
      await run('setup');
    });

    teardown(() => {
      Object.assign(vscode.window, { showWarningMessage: ask });
    });

    test('makes forks of a task, whatever they are called', async () => {
      best = await run('newFork', { name: 'best', task: 'greeting' });
      other = await run('newFork', { name: '<b>$(x)<b>', task: 'greeting' });
      writeFileSync(join(best.dir ?? '', 'first.txt'), 'best\n');
      writeFileSync(join(other.dir ?? '', 'first.txt'), 'other\n');
      const client = await api.client();
      for (const { fork } of [best, other]) await client.call('checkpoint', { repository: root, fork, message: HOSTILE });
      assert.deepEqual((await forks()).filter(({ task }) => task === 'greeting').map(({ name }) => name).sort(), ['<b>$(x)<b>', 'best']);
    });

    test('observes a fork with a shell command that the user agrees to, and takes its score', async () => {
      press('');
      assert.equal(await run('observe', { fork: best.fork, validator: 'touch /never' }), undefined);
      const said = press('Run');
      const passed = await run<Result<'observe'>>('observe', { fork: best.fork, validator: 'grep -q best first.txt && echo "score: 0.75"' });
      assert.deepEqual([passed.ok, passed.score, passed.exit], [true, 0.75, 0]);
      assert.deepEqual(said, ['Run this command in fork "best"?\ngrep -q best first.txt && echo "score: 0.75"']);
      const failed = await run<Result<'observe'>>('observe', { fork: other.fork, validator: 'grep -q best first.txt' });
      assert.deepEqual([failed.ok, failed.score, failed.exit], [false, 0, 1]);
    });

    test('observes several forks, one after the other, and one without a directory', async () => {
      press('Run');
      const bare = await (await api.client()).call('fork', { repository: root, name: 'bare', dir: false });
      const results = await run<Result<'observe'>[]>('observe', { fork: best.fork, validator: 'test -f first.txt' }, { fork: bare.fork });
      assert.deepEqual(results.map(({ fork, ok }) => [fork, ok]), [[best.fork, true], [bare.fork, true]]);
    });

    test('ties forks, and refuses a tie that there is not', async () => {
      await run('entangle', { fork: best.fork, other: 'bare', kind: 'conflict' });
      const [tie] = (await forks()).find(({ fork }) => fork === best.fork)?.entangled ?? [];
      assert.equal(tie?.kind, 'conflict');
      assert.equal(await run('entangle', { fork: best.fork, other: other.fork, kind: 'love' }), undefined);
      assert.equal((await forks()).find(({ fork }) => fork === best.fork)?.entangled.length, 1);
    });

    test('discards the forks that were chosen, and takes it back as one', async () => {
      const said = press('Discard');
      const done = await run<Result<'discard'>>('discard', { fork: other.fork }, { fork: 'bare' });
      assert.equal(done.discarded.length, 2);
      assert.match(said[0] ?? '', /Discard 2 forks\?[^]*<b>\$\(x\)<b>: failed[^]*bare/);
      await run('undo', { fork: other.fork });
      assert.deepEqual((await forks()).filter(({ state }) => state !== 'live'), []);
    });

    test('does nothing when the answer is no', async () => {
      press('');
      assert.equal(await run('discard', { fork: other.fork }), undefined);
      assert.equal(await run('collapse', { fork: best.fork, message: 'Greet' }), undefined);
      assert.deepEqual([await stateOf(other.fork), await stateOf(best.fork), git('rev-list', '--count', 'HEAD').trim()], ['live', 'live', '1']);
    });

    test('collapses the winner to a commit after it said what will be done', async () => {
      const said = press('Collapse');
      const done = await run<Result<'collapse'>>('collapse', { fork: best.fork, message: 'Greet the world' });
      assert.match(said[0] ?? '', /Commit on main: "Greet the world"[^]*Observed: ok, score 1[^]*write {2}first\.txt[^]*2 forks will be discarded/);
      assert.equal(git('rev-parse', 'HEAD').trim(), done.commit);
      assert.match(git('log', '-1', '--format=%B'), /^Greet the world/);
      assert.deepEqual([await stateOf(best.fork), await stateOf(other.fork)], ['merged', 'discarded']);
    });

    test('takes a collapse back', async () => {
      await run('undo', { fork: best.fork });
      assert.deepEqual([await stateOf(best.fork), await stateOf(other.fork), git('log', '-1', '--format=%s').trim()], ['live', 'live', 'Start']);
    });

    test('a base that has moved on is merged into the fork when that is wanted, and the collapse goes on', async () => {
      writeFileSync(join(root, 'second.txt'), 'the base moved on\n');
      git('commit', '-qam', 'Move on');
      await (await api.client()).call('checkpoint', { repository: root, message: 'moved on' });
      const said = press('Collapse');
      Object.assign(vscode.window, { showWarningMessage: async (message: string, options: { detail?: string }) => {
        said.push(`${message}\n${options.detail ?? ''}`);
        return message.includes('has moved on') ? 'Merge Base into Fork and Retry' : 'Collapse';
      } });
      const done = await run<Result<'collapse'>>('collapse', { fork: best.fork, message: 'Greet again' });
      assert.equal(said.length, 2, said.join('\n'));
      assert.match(said[1] ?? '', /That was before its last change/);
      assert.equal(git('rev-parse', 'HEAD').trim(), done.commit);
      assert.equal(git('show', 'HEAD:second.txt'), 'the base moved on\n');
    });

    test('merges one fork into another; a conflict is kept and told', async () => {
      const client = await api.client();
      const [one, two] = await Promise.all(['one', 'two'].map(async (name) => client.call('fork', { repository: root, name, dir: false })));
      assert.ok(one !== undefined && two !== undefined);
      for (const { fork, name } of [one, two]) {
        await client.call('write', { repository: root, fork, path: 'second.txt', content: { text: `${name}\n` } });
        await client.call('checkpoint', { repository: root, fork });
      }
      const said = press('');
      const merged = await run<Result<'integrate'>>('integrate', { fork: one.fork, other: two.fork });
      assert.deepEqual(merged.conflicts.map(({ path }) => path), ['second.txt']);
      assert.match(said[0] ?? '', /1 file of "two" is in conflict/);
    });

    test('opens one superposition in an editor', async () => {
      const shown = (): vscode.Tab[] => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).filter(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith('pyi.superposition'));
      const opened = new Promise<void>((resolve) => {
        vscode.window.tabGroups.onDidChangeTabs(() => {
          if (shown().length > 0) resolve();
        });
      });
      await run('showSuperpositionInEditor', { repository: root });
      await opened;
      await run('showSuperpositionInEditor', { repository: root, fork: other.fork });
      assert.equal(shown().length, 1);
    });

    test('the side bar shows it drawn or as a tree, as it is set', async () => {
      const settings = vscode.workspace.getConfiguration('pyi');
      await run('showSuperposition', { repository: root });
      await settings.update('views.style', 'tree', vscode.ConfigurationTarget.Workspace);
      await run('showSuperposition', { repository: root, fork: other.fork });
      await settings.update('views.style', undefined, vscode.ConfigurationTarget.Workspace);
    });
  });
}
