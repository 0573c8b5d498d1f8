import { spawnSync } from 'node:child_process';
import type { BytePath } from '../protocol/paths.ts';
import { GitRepository } from '../test/support/git-repository.ts';
import { measure, micros } from './harness.ts';
import type { Spread } from './rows.ts';

/** One commit of one file to one branch. */
export interface CommitStep {
  readonly branch: string;
  readonly path: BytePath;
  readonly content: Buffer;
}

/** A shell line for each commit: as a program without a work tree would make it with git's plumbing. */
const PLUMBING_COMMIT = `set -e
blob=$(git hash-object -w --stdin)
git update-index --add --cacheinfo "100644,$blob,$1"
tree=$(git write-tree)
commit=$(git commit-tree "$tree" -p refs/heads/main -m step)
git update-ref refs/heads/main "$commit"`;

/**
 * Real git doing an engine's work, without a work tree. Where git has a command that serves many requests in one process,
 * that is what is timed, as the mean over one long stream: nothing is faster with git.
 */
export class GitPeer {
  readonly repository: GitRepository;

  constructor() {
    this.repository = GitRepository.create();
  }

  /** Branch `main` with these files, in one commit and one pack. */
  importTree(files: Iterable<readonly [BytePath, Buffer]>): void {
    const stream: Buffer[] = [Buffer.from(commitHeader('main', undefined))];
    for (const [path, content] of files) stream.push(inlineFile(path, content));
    this.repository.git(['fast-import', '--quiet'], { input: Buffer.concat(stream) });
  }

  /** Microseconds a commit in one stream of `git fast-import`, which shows none of it to others before its end. */
  importCommits(steps: readonly CommitStep[]): number {
    const begun = new Set<string>();
    const stream = Buffer.concat(steps.flatMap(({ branch, path, content }) => {
      const header = commitHeader(branch, begun.has(branch) ? undefined : 'main');
      begun.add(branch);
      return [Buffer.from(header), inlineFile(path, content)];
    }));
    return this.#streamMean(['fast-import', '--quiet'], stream, steps.length);
  }

  /** Microseconds a blob in one stream of `git fast-import`. */
  importBlobs(contents: readonly Buffer[]): number {
    const stream = Buffer.concat(contents.flatMap((content) => [Buffer.from(`blob\ndata ${content.length}\n`), content, NEWLINE]));
    return this.#streamMean(['fast-import', '--quiet'], stream, contents.length);
  }

  /** Commits by plumbing commands with an index of the whole tree: five processes each. */
  plumbingCommits(count: number, path: BytePath, content: (i: number) => Buffer): Spread {
    this.repository.git(['read-tree', 'refs/heads/main']);
    return measure({ count, warmup: 1 }, (i) => {
      const { status, stderr } = spawnSync('sh', ['-c', PLUMBING_COMMIT, 'sh', path], {
        cwd: this.repository.root, env: this.repository.env, input: content(i),
      });
      if (status !== 0) throw new Error(`git's plumbing failed: ${String(stderr)}`);
    });
  }

  /** Microseconds a transaction in one stream of `git update-ref --stdin`. Each line is one transaction. */
  refTransactions(lines: readonly string[]): number {
    return this.#streamMean(['update-ref', '--stdin'], lines.map((line) => `start\n${line}\ncommit\n`).join(''), lines.length);
  }

  /** Microseconds an object in one stream of `git cat-file --batch`. */
  readObjects(names: readonly string[]): number {
    return this.#streamMean(['cat-file', '--batch'], `${names.join('\n')}\n`, names.length);
  }

  /** The work of `args`, one process each time. */
  timeEach(count: number, args: (i: number) => readonly string[]): Spread {
    return measure({ count, warmup: 1 }, (i) => { this.repository.git(args(i)); });
  }

  head(ref: string): string {
    return this.repository.git(['rev-parse', ref]);
  }

  #streamMean(args: readonly string[], input: string | Buffer, count: number): number {
    const started = micros();
    this.repository.gitBytes(args, { input });
    return (micros() - started) / count;
  }
}

const NEWLINE = Buffer.from('\n');

function commitHeader(branch: string, from: string | undefined): string {
  return `commit refs/heads/${branch}\ncommitter Bench <bench@example.com> 1700000000 +0000\ndata 4\nstep\n${from === undefined ? '' : `from refs/heads/${from}^0\n`}`;
}

function inlineFile(path: BytePath, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`M 100644 inline ${path}\ndata ${content.length}\n`), content, NEWLINE]);
}
