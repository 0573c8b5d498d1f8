import { parentOf } from '../../../protocol/paths.ts';
import type { BytePath } from '../../../protocol/paths.ts';
import { childOf, nameOf, nativePath } from '../native-path.ts';
import { fold, parseIgnoreFile } from './pattern.ts';
import type { Pattern } from './pattern.ts';
import { PatternList } from './pattern-list.ts';
import { readIgnoreFileFromDisk } from './read-file.ts';
import type { IgnoreFileProblem } from './read-file.ts';

/** Where ignore rules come from. */
export interface IgnoreOptions {
  /** Absolute path of the work tree. */
  readonly root: string;
  /** Absolute path of `$GIT_DIR/info/exclude`. Absent for a folder without Git. */
  readonly infoExclude?: string | undefined;
  /** Absolute path of the file that `core.excludesFile` names, or of its default. */
  readonly excludesFile?: string | undefined;
  /** `core.ignoreCase`. */
  readonly ignoreCase: boolean;
  /** Content of the `.gitignore` at a path of the tree. Default: the file on disk, no symbolic link followed. */
  readonly readIgnoreFile?: ((path: BytePath) => Buffer | undefined) | undefined;
  /** Told about ignore files that exist but are not used: unreadable, too large, a symbolic link. */
  readonly onProblem?: IgnoreFileProblem | undefined;
}

/** The line that decides about a path. */
export interface IgnoreReason {
  /** Path of the `.gitignore` in the tree, or what the options named. */
  readonly source: string;
  readonly line: number;
  /** What the line says, without `!` and what does not count at its end; one character a byte. */
  readonly pattern: string;
  /** A `!` line: the path is not ignored. */
  readonly negated: boolean;
}

/** One ignore file, and those that are asked after it. */
interface Layer {
  readonly patterns: PatternList;
  readonly source: string;
  /** Length of its directory's path with the slash; its patterns are relative to that. */
  readonly base: number;
  readonly next: Layer | undefined;
}

/** What is known of a directory. */
interface Directory {
  readonly path: BytePath;
  /** The ignore files that decide about what is in it, nearest first. */
  readonly layers: Layer | undefined;
  /** Set when the directory, or one above it, is ignored: so is all that is in it, whatever its own rules say. */
  readonly ignoredBy: IgnoreReason | undefined;
  /** Known directories directly below. */
  readonly children: Directory[];
}

/** Directories remembered. Beyond it all are forgotten, which costs time only. */
const MAX_DIRECTORIES = 200_000;

/**
 * Which paths Git ignores, decided as git's dir.c does (`prep_exclude`, `last_matching_pattern`):
 * the `.gitignore` of the directory, then those above it, then info/exclude, then core.excludesFile; in a file
 * the last matching line; nothing below an ignored directory can be re-included.
 *
 * `.gitignore` files are read when a path of their directory is first asked about, and remembered until
 * {@link invalidate}. Whether a path is tracked is not considered here.
 */
export class IgnoreRules {
  private readonly options: IgnoreOptions;
  private readonly directories = new Map<BytePath, Directory>();
  /** The directory asked about last: callers go directory by directory. */
  private last: Directory | undefined;

  private constructor(options: IgnoreOptions) {
    this.options = options;
  }

  static open(options: IgnoreOptions): IgnoreRules {
    return new IgnoreRules(options);
  }

  /** As `git check-ignore --no-index`: whether `path`, or a directory above it, is ignored. The root is not. */
  isIgnored(path: BytePath, isDirectory: boolean): boolean {
    const directory = this.directoryOf(path);
    if (directory.ignoredBy !== undefined) return true;
    const found = this.decide(directory, path, isDirectory);
    return found !== undefined && !found.pattern.negated;
  }

  /** The line that decides about `path`, as `git check-ignore -v` names it; undefined when none does. */
  explain(path: BytePath, isDirectory: boolean): IgnoreReason | undefined {
    const directory = this.directoryOf(path);
    if (directory.ignoredBy !== undefined) return directory.ignoredBy;
    return reasonOf(this.decide(directory, path, isDirectory));
  }

  /**
   * Forgets what depends on `path`: for a `.gitignore` the rules of its directory and below, for any other
   * path those of the directory that it is or was, for `''` everything, info/exclude and core.excludesFile included.
   */
  invalidate(path: BytePath): void {
    const isRuleFile = fold(nameOf(path), this.options.ignoreCase) === '.gitignore';
    const directory = isRuleFile ? parentOf(path) : path;
    this.last = undefined;
    if (directory === '') {
      this.directories.clear();
      return;
    }
    const stale = this.directories.get(directory);
    if (stale === undefined) return;
    const siblings = this.directories.get(parentOf(directory))?.children;
    siblings?.splice(siblings.indexOf(stale), 1);
    this.forget(stale);
  }

  private forget(top: Directory): void {
    const pending = [top];
    for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
      this.directories.delete(directory.path);
      for (const child of directory.children) pending.push(child);
    }
  }

  private decide(directory: Directory, path: BytePath, isDirectory: boolean): { layer: Layer; pattern: Pattern } | undefined {
    if (directory.layers === undefined || path === '') return undefined;
    const folded = fold(path, this.options.ignoreCase);
    const name = directory.path === '' ? folded : folded.slice(directory.path.length + 1);
    for (let layer: Layer | undefined = directory.layers; layer !== undefined; layer = layer.next) {
      const pattern = layer.patterns.match(folded, layer.base, name, isDirectory);
      if (pattern !== undefined) return { layer, pattern };
    }
    return undefined;
  }

  /** The directory that `path` is in. */
  private directoryOf(path: BytePath): Directory {
    const slash = path.lastIndexOf('/');
    const last = this.last;
    if (last !== undefined && last.path.length === Math.max(slash, 0) && path.startsWith(last.path)) return last;
    // Only here, where nothing is half linked: a parent must not be forgotten while its children are remembered.
    if (this.directories.size > MAX_DIRECTORIES) this.directories.clear();
    this.last = this.directory(slash < 0 ? '' as BytePath : path.slice(0, slash) as BytePath);
    return this.last;
  }

  private directory(path: BytePath): Directory {
    const known = this.directories.get(path);
    if (known !== undefined) return known;
    if (path === '') return this.remember({ path, layers: this.layersAt(path, this.outerLayers()), ignoredBy: undefined, children: [] });
    const parent = this.directory(parentOf(path));
    const ignoredBy = parent.ignoredBy ?? ignoring(reasonOf(this.decide(parent, path, true)));
    const layers = ignoredBy === undefined ? this.layersAt(path, parent.layers) : undefined;
    const directory = this.remember({ path, layers, ignoredBy, children: [] });
    parent.children.push(directory);
    return directory;
  }

  private remember(directory: Directory): Directory {
    this.directories.set(directory.path, directory);
    return directory;
  }

  private layersAt(directory: BytePath, next: Layer | undefined): Layer | undefined {
    const source = childOf(directory, '.gitignore');
    const bytes = this.options.readIgnoreFile === undefined
      ? this.readFromDisk(nativePath(this.options.root, source), false)
      : this.options.readIgnoreFile(source);
    return this.layer(bytes, source, directory === '' ? 0 : directory.length + 1, next);
  }

  /** info/exclude is asked before core.excludesFile. Unlike a `.gitignore` they are the user's own, and may be links. */
  private outerLayers(): Layer | undefined {
    let layer: Layer | undefined;
    for (const file of [this.options.excludesFile, this.options.infoExclude]) {
      if (file !== undefined) layer = this.layer(this.readFromDisk(file, true), file, 0, layer);
    }
    return layer;
  }

  private layer(bytes: Buffer | undefined, source: string, base: number, next: Layer | undefined): Layer | undefined {
    const patterns = bytes === undefined ? [] : parseIgnoreFile(bytes, this.options.ignoreCase);
    return patterns.length === 0 ? next : { patterns: new PatternList(patterns), source, base, next };
  }

  private readFromDisk(file: string | Buffer, follow: boolean): Buffer | undefined {
    return readIgnoreFileFromDisk(file, follow, (path, problem) => this.options.onProblem?.(path, problem));
  }
}

function reasonOf(found: { layer: Layer; pattern: Pattern } | undefined): IgnoreReason | undefined {
  return found && { source: found.layer.source, line: found.pattern.line, pattern: found.pattern.text, negated: found.pattern.negated };
}

function ignoring(reason: IgnoreReason | undefined): IgnoreReason | undefined {
  return reason === undefined || reason.negated ? undefined : reason;
}
