import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { BytePath } from '../../protocol/paths.ts';
import { putContent, readContent } from '../../server/engine/content/content.ts';
import type { ObjectStore } from '../../server/engine/ports.ts';
import { applyEdits, emptyTree } from '../../server/engine/tree/edit.ts';
import { FileMode } from '../../server/engine/tree/entry.ts';
import type { Edit } from '../../server/engine/tree/entry.ts';
import { entries } from '../../server/engine/tree/read.ts';
import type { Capture } from '../../server/worktree/capture.ts';
import { IgnoreRules } from '../../server/worktree/ignore/rules.ts';
import { WorkingDirectory } from '../../server/worktree/working-directory.ts';
import type { WorkingDirectoryOptions } from '../../server/worktree/working-directory.ts';
import { MemoryStore } from './memory-store.ts';

/** A directory's or a tree's files: path → `file content`, `executable content` or `symlink target`, as latin1. */
export type Listing = Record<string, string>;

/** A working directory in a fresh temporary folder, with a store beside it, and the head of a fork that follows it. */
export class WorktreeFixture {
  readonly base: string;
  readonly root: string;
  readonly store: ObjectStore;
  readonly problems: string[] = [];
  head: Buffer;
  #directory: WorkingDirectory | undefined;

  constructor(store: ObjectStore = new MemoryStore()) {
    this.base = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'pyi-worktree-')));
    this.root = path.join(this.base, 'work');
    fs.mkdirSync(this.root);
    fs.mkdirSync(path.join(this.base, 'cookies'));
    this.store = store;
    this.head = emptyTree(store);
  }

  get directory(): WorkingDirectory {
    if (this.#directory === undefined) throw new Error('the fixture is not open');
    return this.#directory;
  }

  async open(more: Partial<WorkingDirectoryOptions> = {}): Promise<WorkingDirectory> {
    this.#directory = await WorkingDirectory.open({
      root: this.root,
      store: this.store,
      ignore: IgnoreRules.open({ root: this.root, ignoreCase: false }),
      clock: { now: () => Date.now(), micros: () => performance.now() * 1000 },
      cookieDirectory: path.join(this.base, 'cookies'),
      statCacheFile: this.statCacheFile,
      leaveAlone: () => false,
      submodules: new Set(),
      tracked: new Set(),
      onProblem: (problem) => this.problems.push(problem),
      ...more,
    });
    return this.#directory;
  }

  get statCacheFile(): string {
    return path.join(this.base, 'cache.stat');
  }

  async close(): Promise<void> {
    await this.#directory?.close();
    this.#directory = undefined;
  }

  async remove(): Promise<void> {
    await this.close();
    fs.rmSync(this.base, { recursive: true, force: true });
  }

  at(file: string): string {
    return path.join(this.root, file);
  }

  write(file: string, content: string): void {
    fs.mkdirSync(path.dirname(this.at(file)), { recursive: true });
    fs.writeFileSync(this.at(file), content);
  }

  /** Captures and records, as a checkpoint does. */
  async checkpoint(): Promise<Capture> {
    const capture = await this.directory.capture(this.head);
    this.head = applyEdits(this.store, this.head, capture.edits).root;
    capture.settle(true);
    return capture;
  }

  /** A tree made by hand, relative to an empty one. Values as in {@link Listing}. */
  tree(listing: Listing): Buffer {
    const edits = Object.entries(listing).map(([file, value]): Edit => {
      const space = value.indexOf(' ');
      const mode = FileMode[value.slice(0, space) as keyof typeof FileMode];
      return { path: file as BytePath, entry: { mode, ...putContent(this.store, Buffer.from(value.slice(space + 1), 'latin1')) } };
    });
    return applyEdits(this.store, emptyTree(this.store), edits).root;
  }

  /** What a tree holds. */
  treeListing(root: Buffer = this.head): Listing {
    const listing: Listing = {};
    for (const { path: file, entry } of entries(this.store, root)) {
      const kind = Object.entries(FileMode).find(([, mode]) => mode === entry.mode)?.[0] ?? '?';
      listing[file] = `${kind} ${readContent(this.store, entry.id).toString('latin1')}`;
    }
    return listing;
  }
}

/** What a directory holds, found by the plainest of walks. Empty directories are nothing. */
export function directoryListing(root: string): Listing {
  const listing: Listing = {};
  const visit = (directory: Buffer): void => {
    for (const name of fs.readdirSync(directory, 'latin1')) {
      const at = Buffer.concat([directory, Buffer.from('/'), Buffer.from(name, 'latin1')]);
      const stats = fs.lstatSync(at);
      const file = at.toString('latin1', Buffer.byteLength(root) + 1);
      if (stats.isDirectory()) visit(at);
      else if (stats.isSymbolicLink()) listing[file] = `symlink ${fs.readlinkSync(at, 'latin1')}`;
      else listing[file] = `${(stats.mode & 0o100) === 0 ? 'file' : 'executable'} ${fs.readFileSync(at, 'latin1')}`;
    }
  };
  visit(Buffer.from(root));
  return sorted(listing);
}

/** In byte order, as trees list. */
export function sorted(listing: Listing): Listing {
  return Object.fromEntries(Object.entries(listing).sort(([a], [b]) => a < b ? -1 : 1));
}
