import type { BytePath } from '../../protocol/paths.ts';
import { textFromBytePath } from '../../protocol/paths.ts';
import type { CallContext, Params, Result } from '../../protocol/registry.ts';
import { readContent } from '../engine/content/content.ts';
import { conflictText } from '../engine/merge.ts';
import type { ObjectStore } from '../engine/ports.ts';
import type { Entry } from '../engine/tree/entry.ts';
import { FileMode, isRegular } from '../engine/tree/entry.ts';
import { entries, summary } from '../engine/tree/read.ts';
import type { PathEntry } from '../engine/tree/read.ts';
import { Slicer } from '../worktree/slicer.ts';
import { rootNamed } from './files.ts';
import { chosenBy } from './globs.ts';
import type { Host } from './host.ts';
import { LineSearch } from './line-search.ts';
import type { Piece } from './line-search.ts';
import type { Repository } from './repository.ts';

/** Larger files are not searched. */
const MAX_FILE = 8 * 1024 * 1024;
/** A NUL among so many first bytes makes a file binary, as for git (its `buffer_is_binary`). */
const BINARY_WITHIN = 8000;
/** Characters that are searched in one go, lines being left whole. */
const BATCH = 128 * 1024;

/** `pyi find`. */
export async function find(host: Host, params: Params<'find'>, context: CallContext): Promise<Result<'find'>> {
  const { repository } = await host.locate(params.repository);
  const lines = new LineSearch(params);
  // What is pending is in no checkpoint yet: no collection may begin before the search is over.
  return repository.leases.during(async () => {
    const root = rootNamed(repository, params.fork);
    repository.engine.store.commit('memory'); // others work in between: nobody's rollback may take the tree away
    return new Search(repository, lines, params, context).run(root);
  });
}

class Search {
  readonly #store: ObjectStore;
  readonly #lines: LineSearch;
  readonly #isChosen: (path: BytePath) => boolean;
  readonly #limit: number;
  readonly #slicer: Slicer;
  readonly #context: CallContext;
  readonly #matches: Result<'find'>['matches'] = [];
  #batch: { readonly path: BytePath; readonly piece: Piece }[] = [];
  #batched = 0;
  #files = 0;

  constructor({ engine, parts }: Repository, lines: LineSearch, { include, exclude, limit }: Params<'find'>, context: CallContext) {
    this.#store = engine.store;
    this.#lines = lines;
    this.#isChosen = chosenBy(include, exclude);
    this.#limit = limit;
    this.#slicer = new Slicer(parts.clock, context.signal);
    this.#context = context;
  }

  async run(root: Buffer): Promise<Result<'find'>> {
    const total = summary(this.#store, root).files;
    let done = 0;
    for (let next = this.#filesAfter(root, undefined); next.last !== undefined && !this.#isFull; next = this.#filesAfter(root, next.last)) {
      for (const { path, entry } of next.files) await this.#searchFile(path, entry);
      this.#searchBatch();
      done += next.passed;
      this.#context.progress({ what: 'files searched', done, total });
      if (this.#slicer.due()) await this.#slicer.pause();
    }
    return { matches: this.#matches.slice(0, this.#limit), files: this.#files, complete: !this.#isFull };
  }

  /** The next files to search: about a batch of them, or none for now because a turn is over. A walk does not outlast a turn. */
  #filesAfter(root: Buffer, after: BytePath | undefined): { files: PathEntry[]; passed: number; last: BytePath | undefined } {
    const files: PathEntry[] = [];
    let bytes = 0;
    let passed = 0;
    let last: BytePath | undefined;
    for (const file of entries(this.#store, root, after === undefined ? {} : { after })) {
      last = file.path;
      passed++;
      if (isText(file.entry) && this.#isChosen(file.path)) {
        files.push(file);
        bytes += file.entry.size;
      }
      if (bytes >= BATCH || this.#slicer.due()) break;
    }
    return { files, passed, last };
  }

  async #searchFile(path: BytePath, entry: Entry): Promise<void> {
    for (const piece of this.#piecesOf(entry)) {
      if (this.#isFull) return;
      this.#batch.push({ path, piece });
      this.#batched += piece.text.length;
      if (this.#batched >= BATCH) this.#searchBatch();
      if (this.#slicer.due()) await this.#slicer.pause();
    }
  }

  /** One more than wanted was found, so that a search that finds just as many is known to be complete. */
  get #isFull(): boolean {
    return this.#matches.length > this.#limit;
  }

  #searchBatch(): void {
    const batch = this.#batch;
    this.#batch = [];
    this.#batched = 0;
    const found = this.#lines.run(batch.map(({ piece }) => piece), this.#limit + 1 - this.#matches.length);
    for (const [index, { path }] of batch.entries()) {
      for (const match of found[index] ?? []) this.#matches.push({ path: textFromBytePath(path), ...match });
    }
  }

  /** The text of a file in pieces; none of what is binary. */
  *#piecesOf(entry: Entry): Generator<Piece> {
    const content = entry.mode === FileMode.conflict ? conflictText(this.#store, entry) : readContent(this.#store, entry.id);
    this.#files++;
    if (content.subarray(0, BINARY_WITHIN).includes(0)) return;
    // An editor shows no byte order mark, so columns do not count it.
    const text = content.toString('utf8').replace(/^\ufeff/, '');
    let line = 1;
    for (let start = 0; start < text.length;) {
      const newline = text.length - start <= BATCH ? -1 : text.indexOf('\n', start + BATCH);
      const end = newline < 0 ? text.length : newline + 1;
      const piece = { text: text.slice(start, end), line };
      yield piece;
      line += countNewlines(piece.text);
      start = end;
    }
  }
}

/** Links and submodules have no text here, and the largest files are nobody's text. */
function isText({ mode, size }: Entry): boolean {
  return (isRegular(mode) || mode === FileMode.conflict) && size <= MAX_FILE;
}

function countNewlines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
