/**
 * Ignored files (dependencies, local settings) into a fork's new directory, so that tools work there at once.
 *
 * A clone shares blocks and is independent: the best way wherever the file system can. Without it a
 * dependency directory is linked, because copying it takes minutes, and small files are copied. Anything
 * else that is ignored, build output above all, is left out: were it linked, a build in the fork would
 * overwrite the original's.
 */
import fs from 'node:fs';
import { PyiError } from '../../protocol/errors.ts';
import { isDotGit, parentOf } from '../../protocol/paths.ts';
import type { BytePath } from '../../protocol/paths.ts';
import type { Clock } from '../engine/ports.ts';
import type { WorkOptions } from './capture.ts';
import { Cloner } from './features.ts';
import type { IgnoreRules } from './ignore/rules.ts';
import { Wildmatch } from './ignore/wildmatch.ts';
import { childOf, nameOf, nativePath, systemErrorCode } from './native-path.ts';
import type { NativePath } from './native-path.ts';
import { DirectoryWalk, lstatOrUndefined } from './safe-path.ts';
import { Slicer } from './slicer.ts';

/** How one ignored file or directory gets into the new directory. */
export type CarryMode = 'reflink' | 'symlink' | 'copy' | 'none';

/** What to do with ignored paths that match, best first. `pattern` is a git pattern; without a slash it matches the name. */
export interface CarryRule {
  readonly pattern: string;
  readonly kind: 'directory' | 'file';
  readonly modes: readonly CarryMode[];
}

/** Directories that package managers fill and that tools only read. */
const DEPENDENCIES = ['node_modules', 'bower_components', 'jspm_packages', 'vendor', '.venv', 'venv', '.yarn', '.pnpm-store', 'Pods', '.bundle', 'deps'];

/** The first rule that matches decides. */
export const DEFAULT_RULES: readonly CarryRule[] = [
  ...DEPENDENCIES.map((pattern): CarryRule => ({ pattern, kind: 'directory', modes: ['reflink', 'symlink'] })),
  { pattern: '*', kind: 'directory', modes: ['reflink'] },
  { pattern: '*', kind: 'file', modes: ['reflink', 'copy'] },
];

/** Rules that treat everything alike: the setting `carry`. */
export function carryRules(mode: CarryMode | 'auto'): readonly CarryRule[] {
  if (mode === 'auto') return DEFAULT_RULES;
  return [{ pattern: '*', kind: 'directory', modes: [mode] }, { pattern: '*', kind: 'file', modes: [mode] }];
}

/** Files above this are copied only on request: they are hardly settings. */
const MAX_COPY_BYTES = 1024 * 1024;

export interface CarryOptions extends WorkOptions {
  readonly source: string;
  readonly target: string;
  readonly ignore: Pick<IgnoreRules, 'isIgnored'>;
  /** Captured although ignored, so in the tree already. */
  readonly tracked: ReadonlySet<BytePath>;
  /** Never carried: stores, forks' directories. */
  readonly leaveAlone: (path: BytePath) => boolean;
  readonly clock: Clock;
  readonly rules?: readonly CarryRule[];
}

/** What became of each topmost ignored path. The new directory must leave `carried` alone: they are not its own. */
export interface CarryReport {
  readonly carried: readonly { readonly path: BytePath; readonly mode: CarryMode }[];
  readonly left: readonly { readonly path: BytePath; readonly reason: string }[];
}

/**
 * Carries what is ignored in `source` into `target`, touching nothing that is there already. A path that
 * cannot be carried is reported and does not stop the rest. @throws PyiError `CANCELLED`, `NOT_FOUND`
 */
export async function carryIgnored(options: CarryOptions): Promise<CarryReport> {
  const carrier = new Carrier(options);
  try {
    await carrier.search('' as BytePath);
    return carrier.report;
  } finally {
    carrier.close();
  }
}

type Outcome = CarryMode | { readonly reason: string };

class Carrier {
  readonly report = { carried: [] as { path: BytePath; mode: CarryMode }[], left: [] as { path: BytePath; reason: string }[] };
  readonly #options: CarryOptions;
  readonly #rules: readonly { rule: CarryRule; matcher: Wildmatch | undefined }[];
  readonly #from: DirectoryWalk;
  readonly #to: DirectoryWalk;
  readonly #slicer: Slicer;
  readonly #cloner = new Cloner();

  constructor(options: CarryOptions) {
    this.#options = options;
    this.#rules = (options.rules ?? DEFAULT_RULES).map((rule) => ({
      rule, matcher: Wildmatch.compile(rule.pattern, false),
    }));
    this.#slicer = new Slicer(options.clock, options.signal);
    this.#from = new DirectoryWalk(options.source);
    this.#to = new DirectoryWalk(options.target);
  }

  /** Finds the topmost ignored paths below a directory that is not ignored itself. */
  async search(directory: BytePath): Promise<void> {
    const { ignore, leaveAlone, tracked } = this.#options;
    for (const entry of this.#list(directory)) {
      const found = childOf(directory, entry.name);
      if (isDotGit(entry.name) || leaveAlone(found)) continue;
      if (this.#slicer.due()) await this.#slicer.pause();
      if (!ignore.isIgnored(found, entry.isDirectory())) {
        if (entry.isDirectory() && !this.#isRepository(found)) await this.search(found);
      } else if (!tracked.has(found)) {
        const outcome = await this.#carry(found, entry);
        if (typeof outcome === 'string') this.report.carried.push({ path: found, mode: outcome });
        else this.report.left.push({ path: found, reason: outcome.reason });
      }
    }
  }

  close(): void {
    this.#from.close();
    this.#to.close();
  }

  async #carry(found: BytePath, entry: fs.Dirent): Promise<Outcome> {
    const kind = entry.isDirectory() ? 'directory' : 'file';
    if (kind === 'file' && !entry.isFile() && !entry.isSymbolicLink()) return { reason: 'not a file' };
    if (kind === 'directory' && this.#isRepository(found)) return { reason: 'another repository' };
    if (this.#to.lstat(found) !== undefined) return { reason: 'exists already' };
    const modes = this.#ruleFor(found, kind)?.modes ?? [];
    let reason = 'left out by the rules';
    for (const mode of modes) {
      if (mode === 'none') continue;
      const failure = await this.#attempt(mode, found, entry, modes.length > 1);
      if (failure === undefined) return mode;
      reason = failure;
    }
    return { reason };
  }

  #ruleFor(found: BytePath, kind: CarryRule['kind']): CarryRule | undefined {
    return this.#rules.find(({ rule, matcher }) => rule.kind === kind
      && matcher?.matches(rule.pattern.includes('/') ? found : nameOf(found)) === true)?.rule;
  }

  /** Why it did not work; undefined when it did. Leaves nothing behind when it did not. */
  async #attempt(mode: CarryMode, found: BytePath, entry: fs.Dirent, isDefault: boolean): Promise<string | undefined> {
    const name = nameOf(found);
    const reach = this.#from.enter(parentOf(found));
    if (reach === undefined) return 'it is gone';
    const from = nativePath(reach, name);
    let to: NativePath;
    try {
      to = nativePath(this.#to.make(parentOf(found)), name);
    } catch (error) {
      if (PyiError.is(error)) return 'something is in the way of its directory';
      throw error;
    }
    try {
      if (mode === 'symlink') {
        if (entry.isDirectory()) linkEntries(nativePath(this.#options.source, found), to);
        else fs.symlinkSync(nativePath(this.#options.source, found), to, 'file');
        return undefined;
      }
      if (mode === 'copy' && isDefault && fs.lstatSync(from).size > MAX_COPY_BYTES) return 'too large to copy';
      const copied = await copyTree(from, to, this.#slicer, (a, b) => mode === 'reflink' ? this.#cloner.clone(a, b) : copyFile(a, b));
      if (copied) return undefined;
      fs.rmSync(to, { recursive: true, force: true });
      return 'the file system cannot share blocks';
    } catch (error) {
      fs.rmSync(to, { recursive: true, force: true });
      const code = systemErrorCode(error);
      if (code === undefined || PyiError.is(error)) throw error;
      return code;
    }
  }

  #list(directory: BytePath): fs.Dirent[] {
    const reach = this.#from.enter(directory);
    if (reach === undefined) return [];
    try {
      return fs.readdirSync(nativePath(reach, ''), { withFileTypes: true, encoding: 'latin1' });
    } catch (error) {
      if (systemErrorCode(error) === undefined) throw error;
      return [];
    }
  }

  #isRepository(directory: BytePath): boolean {
    const reach = this.#from.enter(directory);
    return reach !== undefined && lstatOrUndefined(nativePath(reach, '.git')) !== undefined;
  }
}

/** Copies what is at `from` to `to`, links as links. False as soon as `file` says that it cannot. */
async function copyTree(from: NativePath, to: NativePath, slicer: Slicer, file: (from: NativePath, to: NativePath) => boolean): Promise<boolean> {
  if (slicer.due()) await slicer.pause();
  const stats = fs.lstatSync(from);
  if (stats.isSymbolicLink()) {
    fs.symlinkSync(fs.readlinkSync(from, { encoding: 'buffer' }), to);
  } else if (stats.isFile()) {
    return file(from, to);
  } else if (stats.isDirectory()) {
    fs.mkdirSync(to);
    for (const name of fs.readdirSync(from, 'latin1')) {
      if (!await copyTree(nativePath(from, name), nativePath(to, name), slicer, file)) return false;
    }
  }
  return true;
}

/**
 * A real directory with a link for each entry. A link in place of the directory would not be ignored: to git it is a
 * file, and the usual pattern, `node_modules/`, matches directories only.
 */
function linkEntries(from: NativePath, to: NativePath): void {
  fs.mkdirSync(to);
  for (const entry of fs.readdirSync(from, { withFileTypes: true, encoding: 'latin1' })) {
    fs.symlinkSync(nativePath(from, entry.name), nativePath(to, entry.name), entry.isDirectory() ? 'junction' : 'file');
  }
}

function copyFile(from: NativePath, to: NativePath): boolean {
  fs.copyFileSync(from, to, fs.constants.COPYFILE_EXCL);
  return true;
}
