import { isDotGit } from '../../../protocol/paths.ts';
import type { BytePath } from '../../../protocol/paths.ts';
import { isUnder } from '../../worktree/native-path.ts';
import { Unclear } from '../unclear.ts';
import type { IndexFile } from './index-file.ts';
import type { StatusForm, UntrackedMode } from './status-form.ts';
import { parseLongStatus, printLongStatus } from './long-status.ts';
import { newRecord, parseStatus, printStatus, withWorkTree } from './status-text.ts';
import type { Status } from './status-text.ts';
import { WorkTree } from './work-tree.ts';

export interface StatusUpdateOptions {
  readonly form: StatusForm;
  readonly root: string;
  readonly index: IndexFile;
  readonly isIgnored: (path: BytePath, isDirectory: boolean) => boolean;
  /** Whether git would write the index for a file that was only touched. */
  readonly mayRefresh: boolean;
}

/**
 * What `git status` prints now: what it printed before, with what changed since looked at anew. Undefined where only git can say.
 * `changed` are all paths of which something may have changed, whatever it was: files, directories, what is there and what went.
 */
export function updateStatus(before: string, changed: Iterable<BytePath>, options: StatusUpdateOptions): string | undefined {
  const { format } = options.form;
  const status = format === undefined ? parseLongStatus(before) : parseStatus(before, format);
  if (status === undefined) return undefined;
  try {
    const update = new StatusUpdate(status, options);
    // A directory before what is in it: looking at it takes back what was said of all below.
    for (const path of [...changed].sort()) update.look(path);
    return format === undefined ? printLongStatus(status) : printStatus(status, format);
  } catch (error) {
    if (error instanceof Unclear) return undefined;
    throw error;
  }
}

class StatusUpdate {
  readonly #status: Status;
  readonly #index: IndexFile;
  readonly #untrackedMode: UntrackedMode;
  readonly #isIgnored: StatusUpdateOptions['isIgnored'];
  readonly #files: WorkTree;
  /** Paths whose untracked files were looked for already. */
  readonly #searched = new Set<BytePath>();

  constructor(status: Status, { form, root, index, isIgnored, mayRefresh }: StatusUpdateOptions) {
    this.#status = status;
    this.#index = index;
    this.#untrackedMode = form.untracked;
    this.#isIgnored = isIgnored;
    this.#files = new WorkTree(root, mayRefresh);
  }

  /** Looks at a path and at everything below it. @throws Unclear */
  look(path: BytePath): void {
    // A repository inside is looked at by git in its own way.
    if (path === '' || path.split('/').some(isDotGit)) throw new Unclear();
    const entry = this.#index.entry(path);
    for (const tracked of [...(entry === undefined ? [] : [entry]), ...this.#index.under(path)]) {
      const { letter, mode } = this.#files.stateOf(tracked);
      this.#record(tracked.path, letter, () => newRecord(tracked.path, letter, tracked.mode, mode, tracked.oid), mode);
    }
    if (this.#untrackedMode !== 'no') this.#searchUntracked(path);
  }

  #record(path: BytePath, letter: string, make: () => ReturnType<typeof newRecord>, mode: number): void {
    const { tracked } = this.#status;
    const known = tracked.get(path);
    // Deleted in the index, and yet in it: that would be a merge.
    if (known?.code.startsWith('D') === true) throw new Unclear();
    if (letter === ' ' && (known === undefined || known.code.startsWith(' '))) tracked.delete(path);
    else tracked.set(path, known === undefined ? make() : withWorkTree(known, letter, mode));
  }

  #searchUntracked(path: BytePath): void {
    if (this.#index.hasUnder(path) && this.#files.stat(path)?.isDirectory() === true) {
      this.#forgetUntracked(path);
      for (const child of this.#files.list(path)) this.#searchUntracked(child);
      return;
    }
    const shown = this.#shownFor(path);
    if (this.#searched.has(shown)) return;
    this.#searched.add(shown);
    this.#forgetUntracked(shown);
    const stat = this.#files.stat(shown);
    if (stat?.isDirectory() === true) this.#addDirectory(shown);
    else if ((stat?.isFile() === true || stat?.isSymbolicLink() === true) && this.#isUntracked(shown)) this.#status.untracked.add(shown);
  }

  /** The name under which git shows an untracked file: its own, or that of the highest directory without tracked files. */
  #shownFor(path: BytePath): BytePath {
    if (this.#untrackedMode === 'all') return path;
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      const above = path.slice(0, slash) as BytePath;
      if (!this.#index.hasUnder(above)) return above;
    }
    return path;
  }

  #addDirectory(directory: BytePath): void {
    const shows = this.#untrackedMode === 'all' ? undefined : directory;
    // git takes the name for the one of the tracked file that was there (index_name_is_other).
    if (shows !== undefined && this.#index.entry(shows) !== undefined) return;
    const pending = [directory];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (this.#isIgnored(at, true)) continue;
      for (const child of this.#files.list(at)) {
        const stat = this.#files.stat(child);
        if (stat?.isDirectory() === true) {
          pending.push(child);
        } else if ((stat?.isFile() === true || stat?.isSymbolicLink() === true) && this.#isUntracked(child)) {
          this.#status.untracked.add(shows === undefined ? child : `${shows}/` as BytePath);
          if (shows !== undefined) return;
        }
      }
    }
  }

  #isUntracked(file: BytePath): boolean {
    return this.#index.entry(file) === undefined && !this.#isIgnored(file, false);
  }

  /** Takes away what was said of the untracked files at a path and below it. */
  #forgetUntracked(path: BytePath): void {
    const { untracked } = this.#status;
    for (const name of untracked) if (name === path || isUnder(name, path)) untracked.delete(name);
  }
}
