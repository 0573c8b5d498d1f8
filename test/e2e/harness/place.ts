import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout, which is the extension under test. */
export const PROJECT = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** Directories, an environment and repositories of one test's own, and the `pyi` command in them. */
export class Place {
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;

  constructor() {
    // Short: a socket's path has 107 bytes.
    this.directory = realpathSync(mkdtempSync(join(tmpdir(), 'e2e-')));
    const home = this.make('home');
    const runtime = join(this.directory, 'run');
    // Coverage of the editor itself would be hundreds of megabytes.
    const inherited = Object.entries(process.env).filter(([name]) => !['NODE_V8_COVERAGE', 'NODE_OPTIONS', 'NODE_TEST_CONTEXT'].includes(name));
    this.env = {
      // All that the Git shim answers is compared with git's own.
      ...Object.fromEntries(inherited), HOME: home, PYI_RUNTIME_DIR: runtime, PYI_E2E_OUTCOMES: this.outcomes, PYI_GIT_CHECK: '1', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: join(home, '.gitconfig'),
    };
    // A repack in the background would write into what a test removes.
    writeFileSync(join(home, '.gitconfig'), '[user]\nname = Ada\nemail = ada@example.org\n[init]\ndefaultBranch = main\n[maintenance]\nauto = false\n');
  }

  /** Where a suite in the extension host writes what became of its tests. */
  get outcomes(): string {
    return join(this.directory, 'outcomes.json');
  }

  make(name: string): string {
    const directory = join(this.directory, name);
    mkdirSync(directory, { recursive: true });
    return directory;
  }

  /** What there is: for `removeAllBut`. */
  entries(): string[] {
    return readdirSync(this.directory);
  }

  /** Removes what was made since `entries` was asked, so that a test may make it again. Ends the server, which has repositories open. */
  removeAllBut(kept: readonly string[]): void {
    this.stopServer();
    for (const name of this.entries()) if (!kept.includes(name)) rmSync(join(this.directory, name), { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }

  /** A repository with two files in one commit. */
  repository(name: string): string {
    const root = join(this.directory, name);
    // Not one that another test has: its checkpoints would be found.
    mkdirSync(root);
    writeFileSync(join(root, 'first.txt'), 'one\n');
    writeFileSync(join(root, 'second.txt'), 'two\n');
    for (const args of [['init', '-q'], ['add', '.'], ['commit', '-q', '-m', 'Start']]) this.git(root, ...args);
    return root;
  }

  git(root: string, ...args: string[]): string {
    return execFileSync('git', args, { cwd: root, env: this.env, encoding: 'utf8' });
  }

  pyi<T>(root: string, ...args: string[]): T {
    // After "--" the words belong to a validator.
    const split = args.includes('--') ? args.indexOf('--') : args.length;
    const words = [...args.slice(0, split), '--json', ...args.slice(split)];
    return JSON.parse(execFileSync(process.execPath, [join(PROJECT, 'dist', 'cli.cjs'), ...words], { cwd: root, env: this.env, encoding: 'utf8' })) as T;
  }

  /** Writes a workspace of several folders; open its path. */
  workspace(name: string, folders: readonly string[]): string {
    const file = join(this.directory, `${name}.code-workspace`);
    writeFileSync(file, JSON.stringify({ folders: folders.map((path) => ({ path })) }));
    return file;
  }

  /** The process of PYI's server, started if need be. */
  serverPid(): number {
    return this.pyi<{ pid: number }>(this.directory, 'about').pid;
  }

  /** Ends the server as a crash does. */
  killServer(): void {
    process.kill(this.serverPid(), 'SIGKILL');
  }

  /** The command line of PYI's server: which installation it comes from. */
  serverCommand(): string {
    return readFileSync(`/proc/${this.serverPid()}/cmdline`, 'utf8').replaceAll('\0', ' ');
  }

  /** Ends the server that the test started, if there is one. */
  stopServer(): void {
    try {
      this.pyi(this.directory, 'stop');
    } catch {
      // No server runs: nothing to end.
    }
  }

  /** Ends the server that the test started, and removes everything. */
  remove(): void {
    this.stopServer();
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}
