import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import type { PyiApi } from '../../../client/context.ts';
import { parseStateUri, stateUri } from '../../../client/fs/uri.ts';
import { bytePathFromBytes, textFromBytePath } from '../../../protocol/paths.ts';
import type { Result } from '../../../protocol/registry.ts';
import type { Words } from './run.ts';

const DEEP = `${Array.from({ length: 16 }, (_, index) => `${String(index)}${'d'.repeat(220)}`).join('/')}/end.txt`;
const HOSTILE = ['#?%41 a%.txt', 'C:x', 'back\\slash', '$(trash) <img src=x onerror=alert(1)>.md', '\u202egnp.exe', '👩‍💻/ä/a\u0308.txt', 'line\nbreak', '\ufffd80', '%E0%A4%A', DEEP];
const NOT_UTF8 = Buffer.from('caf\xe9/na\xefve.txt', 'latin1');
const BIG = Buffer.alloc(9 * 1024 * 1024, 'PYI, part of a large file. ');

/** The file system `pyi:` beside what git says of the same tree. */
export function define({ suite, test, suiteSetup }: Words): void {
  suite('the file system of states', () => {
    const root = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    const git = (...args: string[]): Buffer => execFileSync('git', args, { cwd: root, maxBuffer: 1 << 28 });
    let api: PyiApi;
    let checkpoint: string;
    let taken: Result<'timeline'>[number] | undefined;
    let fork: string;

    const call: Awaited<ReturnType<PyiApi['client']>>['call'] = async (name, params, options) => (await api.client()).call(name, params, options);
    const readText = async (uri: vscode.Uri): Promise<string> => Buffer.from(await vscode.workspace.fs.readFile(uri)).toString();

    suiteSetup(async () => {
      for (const name of HOSTILE) put(Buffer.from(name), `I am ${name}\nneedle in ${name}\n`);
      put(NOT_UTF8, 'needle\n');
      put(Buffer.from('src/run.sh'), '#!/bin/sh\n# Needle, needle\n');
      chmodSync(`${root}/src/run.sh`, 0o755);
      put(Buffer.from('empty'), '');
      put(Buffer.from('binary'), Buffer.from([0, 1, 2, 255, 0]));
      put(Buffer.from('big.txt'), BIG);
      symlinkSync('src/run.sh', `${root}/link`);
      git('add', '-A');
      git('commit', '-q', '-m', 'Names');
      api = await vscode.extensions.getExtension<PyiApi>('pyi.pyi')?.activate() as PyiApi;
      await call('setup', { repository: root });
      ({ checkpoint } = await call('checkpoint', { repository: root, message: 'Names' }));
      [taken] = await call('timeline', { repository: root, checkpoints: [checkpoint] });
      ({ fork } = await call('fork', { repository: root, name: 'try-a', dir: false }));
    });

    function put(path: Buffer, content: string | Buffer): void {
      const file = Buffer.concat([Buffer.from(`${root}/`), path]);
      mkdirSync(Buffer.from(dirname(file.toString('latin1')), 'latin1'), { recursive: true });
      writeFileSync(file, content);
    }

    /** Every file of the commit as git has it: path and blob. */
    function tracked(): { path: string; blob: string }[] {
      return git('ls-tree', '-r', '-z', 'HEAD').toString('latin1').split('\0').filter((line) => line !== '').map((line) => {
        const [meta = '', path = ''] = line.split('\t');
        return { path: textFromBytePath(bytePathFromBytes(Buffer.from(path, 'latin1'))), blob: meta.split(' ')[2] ?? '' };
      });
    }

    /** Everything below a directory of a state, by way of VS Code. */
    async function walk(uri: vscode.Uri): Promise<string[]> {
      const entries = await vscode.workspace.fs.readDirectory(uri);
      const below = await Promise.all(entries.map(async ([name, type]) => {
        const child = vscode.Uri.joinPath(uri, name);
        return type === vscode.FileType.Directory ? walk(child) : [parseStateUri(child)?.path ?? `${child.toString()} is no URI of a state`];
      }));
      return below.flat();
    }

    test('directories, walked by VS Code, hold the files that git lists', async () => {
      const expected = tracked().map(({ path }) => path).sort();
      assert.ok(expected.length > 14);
      assert.deepEqual((await walk(stateUri(root, checkpoint))).sort(), expected);
      assert.deepEqual((await walk(stateUri(root, fork))).sort(), expected);
    });

    test('every file reads as git has it, and its URI survives being stored', async () => {
      for (const { path, blob } of tracked()) {
        const uri = vscode.Uri.parse(stateUri(root, checkpoint, path).toString(), true);
        assert.deepEqual(parseStateUri(uri), { repository: root, state: checkpoint, path });
        assert.ok(Buffer.from(await vscode.workspace.fs.readFile(uri)).equals(git('cat-file', 'blob', blob)), path);
      }
    });

    test('files have their size, the time of their checkpoint, and their kind', async () => {
      const file = await vscode.workspace.fs.stat(stateUri(root, checkpoint, 'big.txt'));
      assert.deepEqual([file.size, file.mtime, file.type, file.permissions], [BIG.length, taken?.time, vscode.FileType.File, vscode.FilePermission.Readonly]);
      assert.equal((await vscode.workspace.fs.stat(stateUri(root, checkpoint, 'link'))).type, vscode.FileType.File | vscode.FileType.SymbolicLink);
      assert.equal((await vscode.workspace.fs.stat(stateUri(root, checkpoint, 'src'))).type, vscode.FileType.Directory);
      assert.equal((await vscode.workspace.fs.stat(stateUri(root, checkpoint))).type, vscode.FileType.Directory);
    });

    test('what is not there is not found', async () => {
      const uris = [
        stateUri(root, checkpoint, 'none'), stateUri(root, fork, 'src/none'), stateUri(root, '0'.repeat(64), 'first.txt'), stateUri(root, '0'.repeat(32)),
        vscode.Uri.parse('pyi://nonsense/first.txt'), stateUri(root, checkpoint, 'first.txt').with({ path: '/first.txt' }),
      ];
      for (const uri of uris) await assert.rejects(async () => vscode.workspace.fs.stat(uri), isError('FileNotFound'), uri.toString());
    });

    test('a repository that is not open here is not read', async () => {
      await assert.rejects(async () => vscode.workspace.fs.readDirectory(stateUri(dirname(root), checkpoint)), isError('NoPermissions'));
    });

    test('nothing can be changed', async () => {
      const uri = stateUri(root, fork, 'first.txt');
      const attempts = [
        async () => vscode.workspace.fs.writeFile(uri, Buffer.from('x')), async () => vscode.workspace.fs.delete(uri),
        async () => vscode.workspace.fs.rename(uri, stateUri(root, fork, 'other.txt')), async () => vscode.workspace.fs.createDirectory(stateUri(root, fork, 'made')),
      ];
      for (const attempt of attempts) await assert.rejects(attempt);
      assert.equal(vscode.workspace.fs.isWritableFileSystem('pyi'), false);
      assert.equal(await readText(uri), 'one\n');
    });

    test('an open file of a fork follows its checkpoints, though size and name stay', async () => {
      const uri = stateUri(root, fork, 'first.txt');
      const document = await vscode.workspace.openTextDocument(uri);
      await vscode.window.showTextDocument(document);
      assert.equal(document.getText(), 'one\n');
      const changed = happens(vscode.workspace.onDidChangeTextDocument, (event) => event.document.uri.toString() === uri.toString());
      await call('write', { repository: root, fork, path: 'first.txt', content: { text: 'ONE\n' } });
      await call('checkpoint', { repository: root, fork, message: 'louder' });
      await changed;
      assert.equal(document.getText(), 'ONE\n');
      assert.equal(await readText(stateUri(root, checkpoint, 'first.txt')), 'one\n', 'the checkpoint stays what it is');
    });

    test('files that come and go in a fork are told to whoever watches it', async () => {
      const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(stateUri(root, fork), '**'));
      const came = happens(watcher.onDidCreate, (uri) => parseStateUri(uri)?.path === 'new/file.txt');
      const went = happens(watcher.onDidDelete, (uri) => parseStateUri(uri)?.path === 'second.txt');
      await call('write', { repository: root, fork, path: 'new/file.txt', content: { text: 'new\n' } });
      await call('remove', { repository: root, fork, path: 'second.txt' });
      await call('checkpoint', { repository: root, fork, message: 'came and went' });
      await Promise.all([came, went]);
      watcher.dispose();
      assert.equal(await readText(stateUri(root, fork, 'new/file.txt')), 'new\n');
    });

    test('a checkpoint, a fork and the work tree open as multi-file diffs', async () => {
      const head = (await call('forks', { repository: root, forks: [fork] }))[0]?.head ?? '';
      const seen: [target: object, title: RegExp, files: number][] = [
        [{ repository: root, checkpoint: head }, /"came and went": what it changed/, 2],
        [{ repository: root, fork }, /^Fork try-a: what it changed$/, 3],
        [{ repository: root, checkpoint, other: head }, /"Names".* ↔ .*"came and went"/, 3],
      ];
      for (const [target, title, files] of seen) {
        const command = 'other' in target ? 'pyi.compare' : 'pyi.openChanges';
        const opened = await vscode.commands.executeCommand<{ title: string; files: number; shown: number }>(command, target);
        assert.match(opened.title, title);
        assert.deepEqual([opened.files, opened.shown], [files, files]);
        assert.ok(vscode.window.tabGroups.activeTabGroup.activeTab?.label.startsWith(opened.title));
      }
    });

    test('a file opens beside its last checkpoint; the missing side is empty', async () => {
      put(Buffer.from('first.txt'), 'changed\n');
      put(Buffer.from('fresh.txt'), 'fresh\n');
      await vscode.commands.executeCommand('pyi.openDiff', { repository: root, path: 'first.txt' });
      assert.deepEqual(await activeDiff(), ['one\n', 'changed\n']);
      await vscode.commands.executeCommand('pyi.openDiff', { repository: root, path: 'fresh.txt' });
      assert.deepEqual(await activeDiff(), ['', 'fresh\n']);
      await vscode.commands.executeCommand('pyi.openDiff', { repository: root, path: 'new/file.txt', fork });
      assert.deepEqual(await activeDiff(), ['new\n', '']);
      // Of a link, where it leads to, not what is there.
      rmSync(`${root}/link`);
      symlinkSync('elsewhere', `${root}/link`);
      await vscode.commands.executeCommand('pyi.openDiff', { repository: root, path: 'link' });
      assert.deepEqual(await activeDiff(), ['src/run.sh', 'elsewhere']);
    });

    async function activeDiff(): Promise<string[]> {
      const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      assert.ok(input instanceof vscode.TabInputTextDiff);
      return Promise.all([input.original, input.modified].map(async (uri) => (await vscode.workspace.openTextDocument(uri)).getText()));
    }

    test('a search finds what git grep finds in the same tree', async () => {
      for (const [text, options, flags] of [['needle', { matchCase: true }, []], ['needle', {}, ['-i']], ['need.e in', { regex: true, matchCase: true }, ['-E']]] as const) {
        const expected = git('-c', 'core.quotePath=false', 'grep', '-n', '-z', '-I', ...flags, text, 'HEAD').toString('latin1')
          .split(/\n(?=HEAD:|$)/).filter((line) => line !== '').map((line) => line.slice('HEAD:'.length).split('\0').slice(0, 2).join(':'));
        const { matches, complete } = await call('find', { repository: root, fork: checkpoint, text, ...options });
        assert.equal(complete, true);
        const found = new Set(matches.map(({ path, line }) => `${pathBytes(path)}:${line}`));
        assert.ok(expected.length > 0);
        assert.deepEqual([...found].sort(), expected.sort());
      }
    });

    test('an editor is written to a file of a fork', async () => {
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content: 'from an editor ä\n' }));
      await vscode.commands.executeCommand('pyi.writeFile', { repository: root, fork, path: 'written/ä.txt' });
      assert.equal(await readText(stateUri(root, fork, 'written/ä.txt')), 'from an editor ä\n');
      await assert.rejects(async () => readText(stateUri(root, checkpoint, 'written/ä.txt')));
    });

    test('reading goes on after the server was killed', async () => {
      const client = await api.client();
      process.kill(client.server?.pid ?? 0, 'SIGKILL');
      assert.equal(await readText(stateUri(root, fork, 'written/ä.txt')), 'from an editor ä\n');
    });
  });
}

/** Bytes of a path as one character each, as git's output was read. */
function pathBytes(text: string): string {
  return Array.from(text, (char) => (/^[\udc80-\udcff]$/.test(char) ? String.fromCharCode(char.charCodeAt(0) - 0xdc00) : Buffer.from(char).toString('latin1'))).join('');
}

function isError(code: string): (error: unknown) => boolean {
  return (error) => error instanceof vscode.FileSystemError && error.code === code;
}

async function happens<T>(event: vscode.Event<T>, isIt: (value: T) => boolean): Promise<void> {
  await new Promise<void>((resolve) => {
    const listening = event((value) => {
      if (!isIt(value)) return;
      listening.dispose();
      resolve();
    });
  });
}
