import * as path from 'node:path';
import { spawnSync } from 'node:child_process';
import { Shim } from '../../server/shim/shim.ts';
import type { ShimOptions } from '../../server/shim/shim.ts';
import type { Answer, Question } from '../../server/shim/wire.ts';
import { systemClock } from '../../server/system.ts';
import type { GitRepository } from './git-repository.ts';

/** A shim that answers for one repository, and the real git beside it, with the same environment. */
export class ShimPlace {
  readonly repository: GitRepository;
  readonly shim: Shim;
  /** What the shim had to say to the log. */
  readonly logged: string[] = [];
  readonly env: Readonly<Record<string, string>>;
  readonly #git: string;

  constructor(repository: GitRepository, options: Partial<ShimOptions> = {}) {
    this.repository = repository;
    const env = Object.fromEntries(Object.entries({ ...repository.env, GIT_OPTIONAL_LOCKS: '0' }).filter((entry): entry is [string, string] => entry[1] !== undefined));
    this.env = Object.fromEntries(Object.entries(env).filter(([name]) => /^(?:HOME|XDG_CONFIG_HOME|LANG|LC_.*|PATH|TZ|GIT_CONFIG_.*|GIT_OPTIONAL_LOCKS)$/.test(name)));
    this.#git = gitOnPath(this.env['PATH'] ?? '');
    const note = (message: string, details?: unknown): void => {
      this.logged.push(`${message} ${JSON.stringify(details)}`);
    };
    this.shim = new Shim({
      git: repository.adapter, clock: systemClock, version: 'test', uid: process.getuid?.(), env: repository.env, share: 1, checkEvery: 0,
      log: { error: note, warn: note, info: note, debug: note },
      after: (milliseconds, callback) => {
        const timer = setTimeout(callback, milliseconds);
        return () => clearTimeout(timer);
      },
      directory: path.join(repository.directory, 'shim'), isInScope: () => true, ...options,
    });
  }

  /** What the shim answers; undefined when git would be run. */
  async ask(args: readonly string[], more: Partial<Question> = {}): Promise<Answer | undefined> {
    return this.shim.ask({ version: 'test', git: this.#git, directory: this.repository.root, isErrorTerminal: false, args, env: this.env, ...more });
  }

  /** Asks so often that the shim finds it worth to know, and waits until it does or cannot. */
  async learn(questions: readonly (readonly string[])[], more: Partial<Question> = {}): Promise<void> {
    for (let time = 0; time < 2; time++) for (const args of questions) await this.ask(args, more);
    await this.shim.rehearsed();
  }

  /** What the real git says. */
  git(args: readonly string[], more: { readonly directory?: string; readonly env?: Readonly<Record<string, string>>; readonly input?: string } = {}): Answer {
    // A copy: under coverage Node writes a variable into what it is given, and the next question would be another.
    const { status, stdout, stderr } = spawnSync(this.#git, args, { cwd: more.directory ?? this.repository.root, env: { ...(more.env ?? this.env) }, input: Buffer.from(more.input ?? '', 'latin1'), maxBuffer: 1 << 28 });
    return { code: status ?? -1, stdout, stderr };
  }

  close(): void {
    this.shim.close();
    this.repository.remove();
  }
}

function gitOnPath(directories: string): string {
  const found = directories.split(path.delimiter).map((directory) => path.join(directory, 'git')).find((file) => spawnSync(file, ['--version']).status === 0);
  if (found === undefined) throw new Error('There is no git on PATH');
  return found;
}

/** An answer as text, to compare and to show. */
export function shown({ code, stdout, stderr }: Answer): string {
  return JSON.stringify({ code, stdout: stdout.toString('latin1'), stderr: stderr.toString('latin1') });
}
