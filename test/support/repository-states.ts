import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

/** Runs git in a directory; what it says and whether it fails is of no consequence where a state is a failure. */
type Run = (directory: string, ...args: readonly string[]) => string;

/** Makes a state below `top`, and returns the directory in which it is asked. */
type Make = (top: string, git: Run) => string;

/** Files, commits, a branch, tags, a note, a stash, a remote with a branch that is ahead: something for every command to say. */
function ordinary(top: string, git: Run, format = 'sha1'): string {
  const root = path.join(top, 'work');
  const origin = path.join(top, 'origin.git');
  git(top, 'init', '-q', '--bare', '-b', 'main', `--object-format=${format}`, origin);
  git(top, 'init', '-q', '-b', 'main', `--object-format=${format}`, root);
  const commit = (files: Readonly<Record<string, string>>, message: string): void => {
    for (const [file, content] of Object.entries(files)) write(root, file, content);
    git(root, 'add', '-A');
    git(root, 'commit', '-q', '-m', message);
  };
  commit({ 'a.txt': 'one\ntwo\nthree\n', 'dir/b.txt': 'b\n', 'dir/deep/c.txt': 'c\n', '.gitignore': '*.log\nout/\n', '.gitattributes': '*.md text\n', 'with space.txt': 's\n' }, 'first');
  commit({ 'a.txt': 'one\ntwo\nthree\nfour\n' }, 'second');
  git(root, 'tag', '-a', 'v1', '-m', 'one');
  git(root, 'tag', 'light');
  git(root, 'checkout', '-q', '-b', 'topic');
  commit({ 'topic.txt': 't\n', 'a.txt': 'ONE\ntwo\nthree\nfour\n' }, 'on topic');
  git(root, 'checkout', '-q', 'main');
  git(root, 'remote', 'add', 'origin', origin);
  git(root, 'push', '-q', 'origin', 'main', 'topic');
  git(root, 'branch', '-q', '-u', 'origin/main');
  commit({ 'dir/b.txt': 'b\nb\n' }, 'third');
  git(root, 'notes', 'add', '-m', 'noted', 'HEAD~1');
  write(root, 'dir/b.txt', 'stashed\n');
  git(root, 'stash', 'push', '-q', '-m', 'put away');
  write(root, 'ignored.log', 'x');
  write(root, 'out/made.bin', 'x');
  return root;
}

/** A change on the branch that `topic` changed as well. */
function diverged(top: string, git: Run): string {
  const root = ordinary(top, git);
  write(root, 'a.txt', 'uno\ntwo\nthree\nfour\n');
  git(root, 'commit', '-qam', 'against topic');
  return root;
}

/** Repositories as people and programs leave them. */
export const STATES: Readonly<Record<string, Make>> = {
  clean: (top, git) => ordinary(top, git),
  dirty: (top, git) => {
    const root = ordinary(top, git);
    write(root, 'a.txt', 'edited\n');
    write(root, 'new.txt', 'n\n');
    write(root, 'fresh/deep/new.txt', 'n\n');
    fs.rmSync(path.join(root, 'dir/b.txt'));
    return root;
  },
  staged: (top, git) => {
    const root = ordinary(top, git);
    write(root, 'a.txt', 'staged\n');
    write(root, 'added.txt', 'n\n');
    git(root, 'add', '-A');
    git(root, 'mv', 'dir/deep/c.txt', 'moved.txt');
    write(root, 'a.txt', 'staged, and edited\n');
    return root;
  },
  conflicted: (top, git) => {
    const root = diverged(top, git);
    git(root, 'merge', 'topic');
    return root;
  },
  detached: (top, git) => {
    const root = ordinary(top, git);
    git(root, 'checkout', '-q', '--detach', 'HEAD~1');
    return root;
  },
  rebasing: (top, git) => {
    const root = diverged(top, git);
    git(root, 'rebase', 'topic');
    return root;
  },
  shallow: (top, git) => {
    ordinary(top, git);
    const root = path.join(top, 'shallow');
    git(top, 'clone', '-q', '--depth=1', '--no-single-branch', `file://${path.join(top, 'origin.git')}`, root);
    git(root, 'branch', '-q', 'topic', 'origin/topic');
    return root;
  },
  sparse: (top, git) => {
    const root = ordinary(top, git);
    git(root, 'sparse-checkout', 'set', '--no-cone', '/a.txt', '/dir/');
    return root;
  },
  submodule: (top, git) => {
    const root = ordinary(top, git);
    const other = path.join(top, 'other');
    git(top, 'init', '-q', '-b', 'main', other);
    write(other, 'x.txt', 'x\n');
    git(other, 'add', '-A');
    git(other, 'commit', '-q', '-m', 'of another');
    git(root, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', other, 'sub');
    git(root, 'commit', '-q', '-m', 'with a submodule');
    return root;
  },
  worktree: (top, git) => {
    const root = ordinary(top, git);
    const linked = path.join(top, 'linked');
    git(root, 'worktree', 'add', '-q', '-b', 'linked', linked, 'HEAD~1');
    write(linked, 'a.txt', 'edited there\n');
    return linked;
  },
  unborn: (top, git) => {
    const root = path.join(top, 'work');
    git(top, 'init', '-q', '-b', 'main', root);
    write(root, 'a.txt', 'one\n');
    write(root, 'dir/b.txt', 'b\n');
    git(root, 'add', 'a.txt');
    return root;
  },
  sha256: (top, git) => ordinary(top, git, 'sha256'),
  corrupt: (top, git) => {
    const root = ordinary(top, git);
    const blob = git(root, 'rev-parse', 'HEAD:a.txt');
    const file = path.join(root, '.git/objects', blob.slice(0, 2), blob.slice(2));
    fs.chmodSync(file, 0o644);
    fs.writeFileSync(file, 'this is no object');
    const tree = git(root, 'rev-parse', 'HEAD~1:dir/deep');
    fs.rmSync(path.join(root, '.git/objects', tree.slice(0, 2), tree.slice(2)));
    return root;
  },
};

/** Makes a state; `env` decides about identity and time. */
export function makeState(name: string, top: string, env: NodeJS.ProcessEnv): string {
  fs.mkdirSync(top, { recursive: true });
  const git: Run = (directory, ...args) => spawnSync('git', args, { cwd: directory, env: { ...env }, encoding: 'utf8' }).stdout.trim();
  const make = STATES[name];
  if (make === undefined) throw new Error(`There is no state ${name}`);
  return make(top, git);
}

function write(root: string, file: string, content: string): void {
  fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  fs.writeFileSync(path.join(root, file), content);
}
