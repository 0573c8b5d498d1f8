import { PyiError } from '../../protocol/errors.ts';
import type { BytePath } from '../../protocol/paths.ts';
import { MAX_PATH_BYTES, textFromBytePath } from '../../protocol/paths.ts';
import type { Params, Result } from '../../protocol/registry.ts';
import type { Level } from '../../protocol/values.ts';
import { rootOfCheckpoint } from '../engine/checkpoint-object.ts';
import { contentParts, putContent } from '../engine/content/content.ts';
import { checkLive } from '../engine/guards.ts';
import { conflictText } from '../engine/merge.ts';
import type { ReceiptRecord } from '../engine/records.ts';
import { findCheckpoint, findFork, resolveCheckpoint, resolveFork } from '../engine/references.ts';
import type { ObjectStore } from '../engine/ports.ts';
import type { Fork } from '../engine/state.ts';
import { applyEdits } from '../engine/tree/edit.ts';
import type { Edit, Entry } from '../engine/tree/entry.ts';
import { FileMode } from '../engine/tree/entry.ts';
import { entries, listDirectory, lookup } from '../engine/tree/read.ts';
import { texts, treeDirectory, treePath } from './arguments.ts';
import type { Host, OperationContext } from './host.ts';
import type { Repository } from './repository.ts';

/** Files of a fork through PYI itself, for agents that need no directory. */

const MODES = { file: FileMode.file, executable: FileMode.executable, symlink: FileMode.symlink } as const;
/** What callers read for a mode. */
export const MODE_NAMES = ['file', 'executable', 'symlink', 'submodule', 'conflict'] as const;
const MAX_READ = 16 * 1024 * 1024;

/** `pyi write`. */
export async function write(host: Host, params: Params<'write'>, context: OperationContext): Promise<Result<'write'>> {
  const { repository } = await host.locate(params.repository);
  const fork = resolveFork(repository.engine, params.fork);
  const path = treePath(params.path);
  const bytes = contentOf(params.content, params.mode);
  return repository.mutex.run([fork.id], async () => {
    checkLive(fork);
    const before = repository.engine.lookup(fork, path);
    const mode = params.mode === undefined ? writableMode(before) : MODES[params.mode];
    await change(repository, fork, path, params.level, () => ({ ...putContent(repository.engine.store, bytes), mode }), context.receipt);
    return { fork: fork.id, path: textFromBytePath(path), bytes: bytes.length, level: params.level };
  });
}

/** `pyi remove`. */
export async function remove(host: Host, params: Params<'remove'>, context: OperationContext): Promise<Result<'remove'>> {
  const { repository } = await host.locate(params.repository);
  const fork = resolveFork(repository.engine, params.fork);
  const path = treePath(params.path);
  return repository.mutex.run([fork.id], async () => {
    await change(repository, fork, path, params.level, () => null, context.receipt);
    return { fork: fork.id, path: textFromBytePath(path), level: params.level };
  });
}

/** `pyi read`. */
export async function read(host: Host, params: Params<'read'>): Promise<Result<'read'>> {
  const { repository } = await host.locate(params.repository);
  const path = treePath(params.path);
  const entry = entryIn(repository, params.fork, path);
  if (entry === undefined) {
    throw new PyiError('NOT_FOUND', `${params.fork} has no file ${JSON.stringify(params.path)}`, `List its files: pyi ls ${params.fork} --recursive`);
  }
  const size = sizeOf(repository.engine.store, entry);
  const end = Math.min(size, params.offset + Math.min(params.length ?? MAX_READ, MAX_READ));
  const parts = end > params.offset ? contentOfEntry(repository.engine.store, entry, path, params.offset, end) : [];
  return { path: textFromBytePath(path), mode: MODE_NAMES[entry.mode], size, base64: Buffer.concat(parts).toString('base64'), end: end >= size };
}

/** `pyi ls`. */
export async function ls(host: Host, params: Params<'ls'>): Promise<Result<'ls'>> {
  const { repository } = await host.locate(params.repository);
  const { store } = repository.engine;
  const root = rootNamed(repository, params.fork);
  const directory = treeDirectory(params.path);
  const rows: Result<'ls'> = [];
  if (params.recursive) {
    for (const { path, entry } of entries(store, root, directory === '' ? {} : { prefix: directory })) rows.push(row(store, path, entry));
  } else {
    for (const { path, entry } of listDirectory(store, root, directory)) rows.push(row(store, path, entry));
  }
  if (rows.length === 0 && directory !== '') {
    const file = lookup(store, root, directory);
    if (file === undefined) throw new PyiError('NOT_FOUND', `${params.fork} has nothing at ${JSON.stringify(params.path)}`, `List what is there: pyi ls ${params.fork}`);
    rows.push(row(store, directory, file));
  }
  return rows;
}

/** The tree that a fork (with what is pending), a checkpoint, or a Git commit that was compared before stands for. @throws PyiError `NOT_FOUND` */
export function rootNamed({ engine }: Repository, reference: string): Buffer {
  const checkpoint = findCheckpoint(engine, reference);
  if (checkpoint !== undefined) return rootOfCheckpoint(engine.store, checkpoint);
  const fork = findFork(engine, reference);
  if (fork !== undefined) return engine.currentRoot(fork);
  const commit = engine.state.commitTrees.get(reference);
  return commit === undefined ? rootOfCheckpoint(engine.store, resolveCheckpoint(engine, reference)) : Buffer.from(commit, 'hex');
}

/** An entry of a state. Of a fork, without building the tree of what is pending. */
function entryIn(repository: Repository, reference: string, path: BytePath): Entry | undefined {
  const { engine } = repository;
  const fork = findCheckpoint(engine, reference) === undefined ? findFork(engine, reference) : undefined;
  return fork === undefined ? lookup(engine.store, rootNamed(repository, reference), path) : engine.lookup(fork, path);
}

/** Writes or removes one path, in the fork's directory too when it has one. */
async function change(repository: Repository, fork: Fork, path: BytePath, level: Level, entry: () => Entry | null, receipt: ReceiptRecord | undefined): Promise<void> {
  const { engine } = repository;
  if (level === 'replicated') throw new PyiError('INVALID_ARGUMENT', 'The level "replicated" needs cluster mode, which this server does not run', 'Ask for "disk" or lower.');
  const edit = (next: Entry | null): void => { engine.withReceipt(receipt, () => { engine.edit(fork, path, next, level === 'memory' ? 'memory' : 'process'); }); };
  await repository.leases.during(async () => {
    if (fork.dir === null) {
      edit(entry());
      return;
    }
    checkLive(fork);
    await repository.settle(fork, 'before a write', undefined, 'automatic', (now) => { checkEdit(repository, fork, now, { path, entry: entry() }); });
    const before = engine.currentRoot(fork);
    const next = entry();
    await repository.moveDirectoryWith(fork, before, applyEdits(engine.store, before, [{ path, entry: next }]).root, () => { edit(next); });
  });
  if (level === 'disk') await repository.parts.store.sync();
}

/** What the engine would refuse, found before the directory is touched. @throws PyiError `NOT_FOUND`, `INVALID_PATH` */
function checkEdit({ engine }: Repository, fork: Fork, now: Buffer, edit: Edit): void {
  if (edit.entry === null && lookup(engine.store, now, edit.path) === undefined) {
    throw new PyiError('NOT_FOUND', `Fork ${fork.name} has no file ${JSON.stringify(textFromBytePath(edit.path))}`, `List its files: pyi ls ${fork.name} --recursive`);
  }
  applyEdits(engine.store, now, [edit]);
}

function writableMode(before: Entry | undefined): FileMode {
  return before?.mode === FileMode.executable ? FileMode.executable : FileMode.file;
}

/** @throws PyiError `INVALID_ARGUMENT` */
function contentOf(content: { text?: string | undefined; base64?: string | undefined }, mode: Params<'write'>['mode']): Buffer {
  if ((content.text === undefined) === (content.base64 === undefined)) {
    throw new PyiError('INVALID_ARGUMENT', 'content needs exactly one of "text" and "base64"', 'Give text for UTF-8, base64 for anything else.');
  }
  const bytes = content.text === undefined ? Buffer.from(content.base64 ?? '', 'base64') : Buffer.from(content.text, 'utf8');
  if (mode === 'symlink' && (bytes.length === 0 || bytes.length >= MAX_PATH_BYTES || bytes.includes(0))) {
    throw new PyiError('INVALID_ARGUMENT', `The target of a symlink has 1 to ${MAX_PATH_BYTES - 1} bytes, none of them NUL`, 'Give the path that the link is to lead to as its content.');
  }
  return bytes;
}

/** Bytes that {@link contentOfEntry} gives: of a conflict, those of the file with markers. */
export function sizeOf(store: ObjectStore, entry: Entry): number {
  return entry.mode === FileMode.conflict ? conflictText(store, entry).length : entry.size;
}

/** What a directory would show of an entry. @throws PyiError `INVALID_ARGUMENT` for a submodule, which has no content here */
function contentOfEntry(store: ObjectStore, entry: Entry, path: BytePath, start: number, end: number): Buffer[] {
  if (entry.mode === FileMode.conflict) return [conflictText(store, entry).subarray(start, end)];
  if (entry.mode === FileMode.submodule) {
    throw new PyiError('INVALID_ARGUMENT', `${JSON.stringify(textFromBytePath(path))} is a submodule: Git keeps its files`, 'Read them in the directory of the submodule.');
  }
  return [...contentParts(store, entry.id, start, end - start)];
}

function row(store: ObjectStore, path: BytePath, entry: Entry | null): Result<'ls'>[number] {
  const text = texts([path])[0] ?? '';
  return entry === null
    ? { path: text, type: 'directory', size: 0, id: null }
    : { path: text, type: MODE_NAMES[entry.mode], size: sizeOf(store, entry), id: entry.id.toString('hex') };
}
