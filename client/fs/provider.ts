import * as vscode from 'vscode';
import { PyiError } from '../../protocol/errors.ts';
import type { After } from '../../server/transport/timers.ts';
import { errorText } from '../error-text.ts';
import { t } from '../l10n.ts';
import { plain } from '../plain.ts';
import { diskFolders, shownRepositories } from '../roots/folders.ts';
import type { Roots } from '../roots/roots.ts';
import { notTrusted } from '../trust.ts';
import { readBeside } from './beside.ts';
import { ForkWatch } from './fork-watch.ts';
import type { Moved } from './fork-watch.ts';
import { encodeTreePath, isFork } from './state-path.ts';
import type { StateLocation } from './state-path.ts';
import type { StateEntry, StateReader } from './state-reader.ts';
import { SCHEME, parseStateUri, stateUri } from './uri.ts';

export interface StateFilesOptions {
  readonly reader: StateReader;
  readonly roots: Roots;
  readonly after: After;
}

/** Failed reads that are remembered, to be tried again when something got better. */
const REMEMBERED = 1000;
const TYPES: Readonly<Record<StateEntry['type'], vscode.FileType>> = {
  file: vscode.FileType.File, executable: vscode.FileType.File, conflict: vscode.FileType.File,
  symlink: vscode.FileType.File | vscode.FileType.SymbolicLink,
  // Git keeps its files; here it is a directory with nothing in it.
  directory: vscode.FileType.Directory, submodule: vscode.FileType.Directory,
};

/** What a person reads who tries to edit a state. */
export function readOnlyMessage(): string {
  return t('PYI shows a recorded state here; it cannot be edited. Edit the files of a fork in its own directory, or write an editor to one with "PYI: Write Editor to File of Fork…".');
}

/** The files of forks and checkpoints as VS Code's file system `pyi:`, read-only. Does nothing before it is asked. */
export class StateFiles implements vscode.FileSystemProvider, vscode.Disposable {
  readonly #options: StateFilesOptions;
  readonly #watch: ForkWatch;
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly #failed = new Map<string, vscode.Uri>();
  readonly #disposables: vscode.Disposable[];

  readonly onDidChangeFile = this.#changed.event;

  get reader(): StateReader {
    return this.#options.reader;
  }

  constructor(options: StateFilesOptions) {
    this.#options = options;
    this.#watch = new ForkWatch({ reader: options.reader, after: options.after, onMoved: (repository, fork, moved) => this.#onMoved(repository, fork, moved) });
    const { roots } = options;
    const retry = (): void => this.retry();
    this.#disposables = [
      this.#watch, this.#changed,
      vscode.workspace.registerFileSystemProvider(SCHEME, this, { isCaseSensitive: true, isReadonly: new vscode.MarkdownString(readOnlyMessage()) }),
      roots.onDidHear((event) => this.#watch.hear(event)),
      roots.onDidChange(retry), vscode.workspace.onDidGrantWorkspaceTrust(retry), vscode.workspace.onDidChangeWorkspaceFolders(retry),
    ];
  }

  dispose(): void {
    for (const disposable of this.#disposables.reverse()) disposable.dispose();
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const beside = await readBeside(uri);
    if (beside !== undefined) return { type: vscode.FileType.File, size: beside.content.byteLength, ctime: beside.time, mtime: beside.time, permissions: vscode.FilePermission.Readonly };
    const { type, size, time } = await this.#read(uri, async (at) => this.#options.reader.entry(at));
    return { type: TYPES[type], size, ctime: time, mtime: time, permissions: vscode.FilePermission.Readonly };
  }

  async readDirectory(uri: vscode.Uri): Promise<[string, vscode.FileType][]> {
    const entries = await this.#read(uri, async (at) => this.#options.reader.list(at));
    return entries.map(({ name, type }) => [encodeTreePath(name), TYPES[type]]);
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return (await readBeside(uri))?.content ?? this.#read(uri, async (at) => this.#options.reader.content(at));
  }

  watch(uri: vscode.Uri): vscode.Disposable {
    const at = parseStateUri(uri);
    return new vscode.Disposable(at !== undefined && isFork(at.state) && this.#mayRead(at) ? this.#watch.watch(at.repository, at.state) : () => undefined);
  }

  createDirectory(): never {
    throw vscode.FileSystemError.NoPermissions(readOnlyMessage());
  }

  writeFile(): never {
    throw vscode.FileSystemError.NoPermissions(readOnlyMessage());
  }

  delete(): never {
    throw vscode.FileSystemError.NoPermissions(readOnlyMessage());
  }

  rename(): never {
    throw vscode.FileSystemError.NoPermissions(readOnlyMessage());
  }

  /** A file of a fork was written without a checkpoint, which no event tells. */
  touch(uri: vscode.Uri, type: vscode.FileChangeType): void {
    this.#changed.fire([{ type, uri }]);
  }

  /** The server is back, the workspace trusted, or a folder opened: what could not be read is looked at again. */
  retry(): void {
    this.#watch.catchUp();
    if (this.#failed.size === 0) return;
    const events = [...this.#failed.values()].map((uri) => ({ type: vscode.FileChangeType.Changed, uri }));
    this.#failed.clear();
    this.#changed.fire(events);
  }

  async #read<T>(uri: vscode.Uri, work: (at: StateLocation) => Promise<T>): Promise<T> {
    const at = parseStateUri(uri);
    if (at === undefined) throw vscode.FileSystemError.FileNotFound(uri);
    try {
      if (!this.#mayRead(at)) throw notAllowed(at);
      return await work(at);
    } catch (error) {
      throw this.#toFileSystemError(error, uri);
    }
  }

  /**
   * Reading a repository runs git in it, with the hooks and settings that it brings, and a URI may come from anywhere. So only those are read
   * that the user trusted with this window: its folders, their repositories, and those of which it shows a state as a folder.
   */
  #mayRead({ repository }: StateLocation): boolean {
    if (!vscode.workspace.isTrusted) return false;
    return diskFolders().some(({ uri }) => uri.fsPath === repository)
      || this.#options.roots.all.some(({ place }) => place?.root === repository)
      || shownRepositories().includes(repository);
  }

  #toFileSystemError(error: unknown, uri: vscode.Uri): vscode.FileSystemError {
    const message = plain(errorText(error));
    if (PyiError.is(error, 'NOT_FOUND') || PyiError.is(error, 'INVALID_PATH')) return vscode.FileSystemError.FileNotFound(message);
    if (PyiError.is(error, 'INVALID_ARGUMENT')) return vscode.FileSystemError.FileNotADirectory(message);
    if (this.#failed.size < REMEMBERED) this.#failed.set(uri.toString(), uri);
    return PyiError.is(error, 'UNAUTHORIZED') ? vscode.FileSystemError.NoPermissions(message) : vscode.FileSystemError.Unavailable(message);
  }

  #onMoved(repository: string, fork: string, moved: Moved): void {
    const { Created, Changed, Deleted } = vscode.FileChangeType;
    const open = openFilesOf(repository, fork);
    if (moved === undefined) {
      this.#changed.fire([stateUri(repository, fork), ...open.map(({ uri }) => uri)].map((uri) => ({ type: Changed, uri })));
      return;
    }
    const types = new Map([
      ...moved.deleted.map((path) => [path, Deleted] as const), ...moved.created.map((path) => [path, Created] as const), ...moved.changed.map((path) => [path, Changed] as const),
    ]);
    // An open side of a diff has a URI of its own.
    const uris = new Map([...types.keys()].map((path) => ({ path, uri: stateUri(repository, fork, path) })).concat(open).map((file) => [file.uri.toString(), file]));
    this.#changed.fire([...uris.values()].flatMap(({ path, uri }) => {
      const type = types.get(path);
      return type === undefined ? [] : [{ type, uri }];
    }));
  }
}

function openFilesOf(repository: string, fork: string): { readonly path: string; readonly uri: vscode.Uri }[] {
  return vscode.workspace.textDocuments.flatMap(({ uri }) => {
    const at = parseStateUri(uri);
    return at?.repository === repository && at.state === fork ? [{ path: at.path, uri }] : [];
  });
}

function notAllowed({ repository }: StateLocation): PyiError {
  if (!vscode.workspace.isTrusted) return notTrusted();
  return new PyiError('UNAUTHORIZED', t('{0} is not open in this window.', repository), t('Open its folder first: PYI runs git in it, with the hooks and settings that it brings.'));
}
