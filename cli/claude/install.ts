import { isUtf8 } from 'node:buffer';
import { dirname, join } from 'node:path';
import { PyiError } from '../../protocol/errors.ts';
import { applyChanges, isSame, missingDirectories, readIfThere, removeEmpty } from './files.ts';
import type { FileChange } from './files.ts';
import { withHooks, withServer, withoutHooks, withoutServer } from './merge.ts';
import type { Place } from './place.ts';
import type { Plugin } from './plugin.ts';
import { fileRecord, originalOf, readRecord, removeRecord, wasMade, writeRecord } from './record.ts';
import type { InstallRecord } from './record.ts';

/** What became of a file. `kept`: it is PYI's, but somebody changed it. */
export interface FileOutcome {
  readonly file: string;
  readonly change: 'created' | 'changed' | 'unchanged' | 'removed' | 'restored' | 'kept';
}

/** A JSON file of the user's in which PYI has entries. */
interface Shared {
  readonly file: string;
  readonly merge: (text: string) => string;
  readonly strip: (text: string) => string;
}

/**
 * Merges the plugin into what is there; run again, it brings an older one up to date. All files are changed, or none.
 * @throws PyiError `INVALID_ARGUMENT` (a file that is no JSON, or cannot be written), `NAME_EXISTS` (a file or server of that name that is not PYI's)
 */
export function install(place: Place, plugin: Plugin): FileOutcome[] {
  const record = readRecord(place.record);
  const changes: FileChange[] = [];
  const files: Record<string, InstallRecord['files'][string]> = {};
  for (const shared of sharedFiles(place, plugin)) {
    const before = readIfThere(shared.file);
    // Somebody may have named the server by hand: what no installation wrote is not ours. Hooks are, also those that came with a clone.
    const isTheirs = shared.file === place.servers && !Object.hasOwn(record.files, shared.file);
    const original = isTheirs ? before : withoutOurs(shared, before, record);
    const after = Buffer.from(shared.merge(textOf(shared.file, original)));
    changes.push({ file: shared.file, before, after });
    files[shared.file] = fileRecord(after, original);
  }
  for (const [name, content] of plugin.files) {
    const file = join(place.directory, name);
    const before = readIfThere(file);
    const original = originalOf(record, file, before);
    const isNew = before === undefined || original !== undefined || before.equals(content);
    if (!isNew && !Object.hasOwn(record.files, file)) throw new PyiError('NAME_EXISTS', `${file} is there, and is not PYI's`, 'Move it away, and install again; nothing was changed.');
    // A person has made it theirs: it stays, and so does what is known of it.
    const after = isNew ? content : before;
    changes.push({ file, before, after });
    files[file] = isNew ? fileRecord(after, original === undefined ? before : original.content) : record.files[file] ?? fileRecord(after, undefined);
  }
  for (const file of ownFiles(place, plugin, record).filter((name) => !Object.hasOwn(files, name))) {
    const before = readIfThere(file);
    const original = originalOf(record, file, before);
    if (original !== undefined) changes.push({ file, before, after: original.content });
  }
  const made = [...changes.map(({ file }) => file), ...(place.record === undefined ? [] : [place.record])].flatMap(missingDirectories);
  // First, so that a crash leaves nothing that is not known to be ours.
  if (place.record !== undefined) writeRecord(place.record, { version: plugin.version, files, directories: [...new Set([...record.directories, ...made])] });
  try {
    applyChanges(changes);
  } catch (error) {
    if (place.record !== undefined && record.version !== '') writeRecord(place.record, record);
    else removeRecord(place.record);
    removeEmpty(made);
    throw error;
  }
  return changes.map(({ file, before, after }) => ({ file, change: isSame(before, after) ? 'unchanged' : before === undefined ? 'created' : after === undefined ? 'removed' : 'changed' }));
}

/**
 * Takes the plugin out. A file that nobody changed since gets the bytes that it had; of one that was changed only our entries go.
 * @throws PyiError `INVALID_ARGUMENT`
 */
export function uninstall(place: Place, plugin: Plugin): FileOutcome[] {
  const record = readRecord(place.record);
  const changes: FileChange[] = [];
  for (const shared of sharedFiles(place, plugin)) {
    const before = readIfThere(shared.file);
    if (before !== undefined) changes.push({ file: shared.file, before, after: withoutOurs(shared, before, record) });
  }
  for (const file of ownFiles(place, plugin, record)) {
    const before = readIfThere(file);
    if (before === undefined) continue;
    const original = originalOf(record, file, before);
    const isOurs = original !== undefined || plugin.files.get(relativeName(place, file))?.equals(before) === true;
    changes.push({ file, before, after: isOurs ? original?.content : before });
  }
  applyChanges(changes);
  removeRecord(place.record);
  const folders = [...plugin.files.keys()].map((name) => join(place.directory, dirname(name)));
  // Where nothing is known of what was there, as in a clone, an empty folder is nobody's.
  removeEmpty([...record.directories, ...folders, ...(record.version === '' ? folders.map(dirname) : [])]);
  return changes.map(({ file, before, after }) => ({ file, change: outcomeOf(record, file, before, after) }));
}

/** The files that belong to PYI as a whole: those of this version, and of the one that was installed. */
function ownFiles(place: Place, plugin: Plugin, record: InstallRecord): string[] {
  const shared = new Set(sharedFiles(place, plugin).map(({ file }) => file));
  return [...new Set([...[...plugin.files.keys()].map((name) => join(place.directory, name)), ...Object.keys(record.files)])].filter((file) => !shared.has(file));
}

function relativeName(place: Place, file: string): string {
  return file.slice(place.directory.length + 1).replaceAll('\\', '/');
}

function outcomeOf(record: InstallRecord, file: string, before: Buffer | undefined, after: Buffer | undefined): FileOutcome['change'] {
  if (after === undefined) return 'removed';
  const original = originalOf(record, file, before);
  if (original !== undefined) return isSame(before, after) ? 'unchanged' : 'restored';
  if (!isSame(before, after)) return 'changed';
  return wasMade(record, file) ? 'kept' : 'unchanged';
}

function sharedFiles(place: Place, { hooks, server }: Plugin): Shared[] {
  return [
    { file: place.settings, merge: (text) => withHooks(text, place.settings, hooks), strip: (text) => withoutHooks(text, place.settings) },
    {
      file: place.servers,
      merge: (text) => withServer(text, place.servers, server.name, server.definition),
      strip: (text) => withoutServer(text, place.servers, server.name, server.definition),
    },
  ];
}

/** A shared file without what is ours: as it was before, or with our entries taken out. Undefined: then it would not be there. */
function withoutOurs({ file, strip }: Shared, current: Buffer | undefined, record: InstallRecord): Buffer | undefined {
  if (current === undefined) return undefined;
  const original = originalOf(record, file, current);
  if (original !== undefined) return original.content;
  const text = textOf(file, current);
  const stripped = strip(text);
  if (stripped === text) return current;
  return wasMade(record, file) && /^\s*\{\s*\}\s*$/.test(stripped) ? undefined : Buffer.from(stripped);
}

/** The text of a JSON file; where there is none, or nothing in it, an empty object. @throws PyiError `INVALID_ARGUMENT` */
function textOf(file: string, content: Buffer | undefined): string {
  if (content !== undefined && !isUtf8(content)) throw new PyiError('INVALID_ARGUMENT', `${file} is not in UTF-8`, 'Correct it first; nothing was changed.');
  const text = content?.toString('utf8') ?? '';
  return text.trim() === '' ? '{}\n' : text;
}
