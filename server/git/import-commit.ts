import { once } from 'node:events';
import { PyiError } from '../../protocol/errors.ts';
import type { BytePath } from '../../protocol/paths.ts';
import { CHUNK_THRESHOLD, ContentWriter, putContent } from '../engine/content/content.ts';
import type { ObjectStore } from '../engine/ports.ts';
import { applyEdits, emptyTree } from '../engine/tree/edit.ts';
import { FileMode } from '../engine/tree/entry.ts';
import type { Edit } from '../engine/tree/entry.ts';
import { BatchParser } from './batch-parser.ts';
import { GitError } from './exec.ts';
import type { Git, GitProcess } from './exec.ts';
import type { GitLayout } from './layout.ts';

export interface ImportOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with the number of files imported so far. */
  readonly progress?: ((files: number) => void) | undefined;
}

/** Edits that go into the tree at once: few enough to keep the event loop turning. */
const EDITS_AT_ONCE = 1024;

interface Listed {
  readonly path: BytePath;
  readonly mode: FileMode;
  readonly objectId: string;
}

/**
 * Stages and commits the tree of a Git commit, and returns its root. Memory holds one pipe's worth of
 * content, however large the files.
 *
 * Between two pieces the store has committed everything, so other operations may come in between. But
 * nothing refers to the pieces before the caller does: keep the garbage collector away until then.
 * @throws PyiError `NOT_FOUND` (no such commit, or git lacks an object), `INVALID_PATH` (the commit has a
 *   path that no tree here may have), `CANCELLED`, `NO_SPACE`, `QUOTA_EXCEEDED`
 */
export async function importCommit(store: ObjectStore, git: Git, layout: GitLayout, commit: string, options: ImportOptions = {}): Promise<Buffer> {
  // First, because it may throw, and nobody would end the processes.
  const importer = new Importer(store);
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const listing = git.start(['ls-tree', '-r', '-z', '--full-tree', commit], { cwd: layout.root, signal });
  const contents = git.start(['cat-file', '--batch', '--buffer'], { cwd: layout.root, signal });

  let failure: unknown;
  const fail = (error: unknown): void => {
    failure ??= error;
    stop.abort();
  };
  await Promise.all([
    ended('ls-tree', listing), ended('cat-file', contents),
    feed(listing, contents, importer, signal), importer.read(contents, options.progress),
  ].map((part) => part.catch(fail)));
  if (options.signal?.aborted === true) {
    throw new PyiError('CANCELLED', `The import of ${commit.slice(0, 12)} was cancelled`, 'Run it again when you want to.');
  }
  if (failure !== undefined) throw failure;
  return importer.finish();
}

/** Waits for a process whose streams others read. */
async function ended(command: string, process: GitProcess): Promise<void> {
  const { code, stderr } = await process.finished;
  if (code === 0) return;
  if (/^fatal: (?:Not a valid object name|not a tree object)/m.test(stderr)) {
    throw new PyiError('NOT_FOUND', `git ${command}: ${stderr.trim()}`, 'Give a commit that this repository has.');
  }
  throw new GitError([command], code, stderr);
}

/** Reads the listing and asks for the content of each file in it, at the pace at which content comes. */
async function feed(listing: GitProcess, contents: GitProcess, importer: Importer, signal: AbortSignal): Promise<void> {
  let rest = '';
  for await (const chunk of listing.stdout as AsyncIterable<Buffer>) {
    const lines = (rest + chunk.toString('latin1')).split('\0');
    rest = lines.pop() ?? '';
    let question = '';
    for (const line of lines) {
      const listed = parseListed(line);
      importer.expect(listed);
      if (listed.mode !== FileMode.submodule) question += `${listed.objectId}\n`;
    }
    if (!contents.stdin.write(question)) await once(contents.stdin, 'drain', { signal });
  }
  contents.stdin.end();
}

const MODES: Readonly<Record<string, FileMode>> = {
  '100644': FileMode.file,
  // Old versions of git recorded group-writable files; git reads them as plain ones.
  '100664': FileMode.file,
  '100755': FileMode.executable,
  '120000': FileMode.symlink,
  '160000': FileMode.submodule,
};

function parseListed(line: string): Listed {
  const match = /^(\d{6}) \w+ ([0-9a-f]+)\t([^]*)$/.exec(line);
  const mode = MODES[match?.[1] ?? ''];
  if (match === null || mode === undefined) {
    throw new PyiError('CORRUPT_OBJECT', `A Git tree has an entry that is no file: ${JSON.stringify(line.slice(0, 200))}`, 'Run "git fsck" in the repository.');
  }
  return { mode, objectId: match[2] ?? '', path: match[3] as BytePath };
}

/** Takes content as it comes and builds the tree. Whatever it stages it commits before it returns. */
class Importer {
  readonly #store: ObjectStore;
  /** Files whose content was asked for, oldest first from `#next`. */
  #expected: Listed[] = [];
  #next = 0;
  #edits: Edit[] = [];
  #root: Buffer;
  #files = 0;
  /** Set while the content of a large file is on its way. */
  #writer: ContentWriter | undefined;
  readonly #parser = new BatchParser({
    streamAbove: CHUNK_THRESHOLD,
    begin: () => { this.#writer = new ContentWriter(this.#store); },
    part: (bytes) => { this.#writer?.write(bytes); },
    end: (whole) => {
      const content = this.#writer?.finish() ?? putContent(this.#store, whole);
      this.#writer = undefined;
      this.#take(this.#shift(), content);
    },
  });

  constructor(store: ObjectStore) {
    this.#store = store;
    this.#root = this.#atomically(() => emptyTree(store));
  }

  expect(listed: Listed): void {
    if (listed.mode === FileMode.submodule) {
      this.#atomically(() => { this.#take(listed, putContent(this.#store, Buffer.from(listed.objectId, 'latin1'))); });
    } else {
      this.#expected.push(listed);
    }
  }

  async read(contents: GitProcess, progress: ImportOptions['progress']): Promise<void> {
    for await (const chunk of contents.stdout as AsyncIterable<Buffer>) {
      this.#atomically(() => { this.#parser.push(chunk); });
      progress?.(this.#files);
    }
  }

  finish(): Buffer {
    if (this.#next < this.#expected.length || !this.#parser.isIdle) {
      throw new PyiError('INTERNAL', 'git cat-file ended before it had sent every file', 'Run "git fsck" in the repository.');
    }
    this.#atomically(() => { this.#flush(); });
    return this.#root;
  }

  #shift(): Listed {
    const listed = this.#expected[this.#next++];
    if (listed === undefined) throw new PyiError('INTERNAL', 'git cat-file sent a file that was not asked for', 'Report this.');
    if (this.#next > EDITS_AT_ONCE) {
      this.#expected = this.#expected.slice(this.#next);
      this.#next = 0;
    }
    return listed;
  }

  #take(listed: Listed, content: { id: Buffer; size: number }): void {
    this.#edits.push({ path: listed.path, entry: { mode: listed.mode, size: content.size, id: content.id } });
    this.#files++;
    if (this.#edits.length >= EDITS_AT_ONCE) this.#flush();
  }

  #flush(): void {
    this.#root = applyEdits(this.#store, this.#root, this.#edits).root;
    this.#edits = [];
  }

  #atomically<T>(work: () => T): T {
    try {
      const result = work();
      this.#store.commit('process');
      return result;
    } catch (error) {
      this.#store.rollback();
      throw error;
    }
  }
}
