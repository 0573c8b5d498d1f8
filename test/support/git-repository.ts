import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Git } from '../../server/git/exec.ts';

/** What a test may say about the repository that it wants. */
export interface RepositoryOptions {
  readonly objectFormat?: 'sha1' | 'sha256';
  /** Put the git directory beside the work tree. */
  readonly separateGitDir?: boolean;
  /** Name of the folder that holds the work tree, below a fresh temporary directory. */
  readonly name?: string;
}

/** A path in a work tree: text, or the raw bytes of a name that is not UTF-8. */
type TestPath = string | Buffer;

/**
 * A real repository in a temporary directory, isolated from the machine's git configuration.
 *
 * Its owner calls {@link remove} when done. `env` is the whole environment for git, so a test can
 * give the same isolation to a program under test.
 */
export class GitRepository {
  /** Temporary directory that holds everything; scratch space for the test. */
  readonly directory: string;
  /** The work tree. */
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  /** The adapter under test, in this repository's environment. */
  readonly adapter: Git;

  private constructor(directory: string, root: string) {
    this.directory = directory;
    this.root = root;
    this.env = isolatedEnvironment(directory);
    this.adapter = new Git({ executable: 'git', env: this.env, defaultCwd: directory });
  }

  /** `git init` with branch `main`, an identity, and nothing that runs in the background. */
  static create(options: RepositoryOptions = {}): GitRepository {
    const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'pyi-git-')));
    const repository = new GitRepository(directory, path.join(directory, options.name ?? 'work'));
    fs.mkdirSync(repository.root);
    const args = ['init', '-q', '-b', 'main', `--object-format=${options.objectFormat ?? 'sha1'}`];
    if (options.separateGitDir === true) args.push(`--separate-git-dir=${path.join(directory, 'elsewhere.git')}`);
    repository.git(args);
    return repository;
  }

  /** The same isolation around a folder that is no repository. */
  static plain(): GitRepository {
    const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'pyi-git-')));
    const folder = new GitRepository(directory, path.join(directory, 'work'));
    fs.mkdirSync(folder.root);
    return folder;
  }

  /** False for a {@link plain} folder. */
  get isGit(): boolean {
    return this.exists('.git');
  }

  /** Runs git in the work tree (or `cwd`) and returns its output; throws when it fails. */
  git(args: readonly string[], options: { cwd?: string; input?: string | Buffer; env?: NodeJS.ProcessEnv } = {}): string {
    return this.gitBytes(args, options).toString('utf8').trimEnd();
  }

  /** As {@link git}, with the output as it is. */
  gitBytes(args: readonly string[], options: { cwd?: string; input?: string | Buffer; env?: NodeJS.ProcessEnv } = {}): Buffer {
    const result = spawnSync('git', args, {
      cwd: options.cwd ?? this.root, env: { ...this.env, ...options.env }, input: options.input ?? '', maxBuffer: 1 << 28,
    });
    if (result.status !== 0) throw new Error(`git ${args.join(' ')}: ${String(result.status)}: ${String(result.stderr)}`);
    return result.stdout;
  }

  /** Absolute path of a file of the work tree, as the bytes that the file system takes. */
  at(file: TestPath): Buffer {
    return Buffer.concat([Buffer.from(`${this.root}/`), typeof file === 'string' ? Buffer.from(file) : file]);
  }

  /** Writes a file, making the directories above it. */
  write(file: TestPath, content: string | Buffer, mode = 0o644): void {
    const target = this.at(file);
    fs.mkdirSync(target.subarray(0, target.lastIndexOf('/')), { recursive: true });
    fs.writeFileSync(target, content);
    fs.chmodSync(target, mode);
  }

  read(file: TestPath): string {
    return fs.readFileSync(this.at(file), 'utf8');
  }

  exists(file: TestPath): boolean {
    return fs.lstatSync(this.at(file), { throwIfNoEntry: false }) !== undefined;
  }

  unlink(file: TestPath): void {
    fs.rmSync(this.at(file));
  }

  /** Writes the files and commits them; returns the commit's id. */
  commit(files: Readonly<Record<string, string>>, message = 'commit'): string {
    for (const [file, content] of Object.entries(files)) this.write(file, content);
    this.git(['add', '-A']);
    this.git(['commit', '-q', '--allow-empty', '-m', message]);
    return this.git(['rev-parse', 'HEAD']);
  }

  /** Installs a hook, a shell script without its first line. */
  hook(name: string, script: string): void {
    const hooks = this.git(['rev-parse', '--git-path', 'hooks']);
    const target = path.resolve(this.root, hooks, name);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, `#!/bin/sh\n${script}\n`);
    fs.chmodSync(target, 0o755);
  }

  /** A git that runs `script` (sh, with git's arguments) before each command, and the command unless the script exits. */
  intercepted(script: string): Git {
    const executable = path.join(this.directory, 'intercepting-git');
    fs.writeFileSync(executable, `#!/bin/sh\n${script}\nexec git "$@"\n`, { mode: 0o755 });
    return new Git({ executable, env: this.env, defaultCwd: this.directory });
  }

  /** The user's things that nothing may touch unasked: HEAD, refs, stash, index entries and flags, and every file. */
  state(): UserState {
    return {
      head: fs.readFileSync(path.resolve(this.root, this.git(['rev-parse', '--git-path', 'HEAD'])), 'utf8'),
      refs: this.git(['for-each-ref']),
      index: this.gitBytes(['ls-files', '-s', '-t', '-v', '-z']).toString('latin1').split('\0'),
      files: filesBelow(Buffer.from(this.root)),
    };
  }

  remove(): void {
    fs.rmSync(this.directory, { recursive: true, force: true });
  }
}

export interface UserState {
  readonly head: string;
  readonly refs: string;
  readonly index: readonly string[];
  /** Kind, mode and content of every file of the work tree, by path. */
  readonly files: Readonly<Record<string, string>>;
}

function filesBelow(root: Buffer): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (directory: Buffer): void => {
    for (const entry of fs.readdirSync(directory, { withFileTypes: true, encoding: 'buffer' }) as unknown as fs.Dirent<Buffer>[]) {
      const file = Buffer.concat([directory, Buffer.from('/'), entry.name]);
      const name = file.subarray(root.length + 1).toString('latin1');
      if (name === '.git') continue;
      if (entry.isDirectory()) visit(file);
      else if (entry.isSymbolicLink()) found[name] = `link ${fs.readlinkSync(file)}`;
      else found[name] = `${(fs.statSync(file).mode & 0o777).toString(8)} ${fs.readFileSync(file, 'latin1')}`;
    }
  };
  visit(root);
  return found;
}

/** An environment in which only the test's own configuration counts. */
function isolatedEnvironment(directory: string): NodeJS.ProcessEnv {
  const config = path.join(directory, 'global.gitconfig');
  fs.writeFileSync(config, [
    '[user]', 'name = Test Author', 'email = author@example.com',
    // A collection in the background would outlive the test and race with the removal of its directory.
    '[gc]', 'auto = 0', '[maintenance]', 'auto = false',
    '[protocol "file"]', 'allow = always', '',
  ].join('\n'));
  const home = path.join(directory, 'home');
  fs.mkdirSync(home);
  return {
    PATH: process.env['PATH'], HOME: home, TMPDIR: os.tmpdir(),
    GIT_CONFIG_GLOBAL: config, GIT_CONFIG_NOSYSTEM: '1', GIT_CEILING_DIRECTORIES: path.dirname(directory),
  };
}
