import { PyiError } from '../../protocol/errors.ts';
import type { BytePath } from '../../protocol/paths.ts';
import { textFromBytePath } from '../../protocol/paths.ts';
import { putContent } from '../engine/content/content.ts';
import type { ObjectStore } from '../engine/ports.ts';
import type { Edit, Entry } from '../engine/tree/entry.ts';
import { FileMode } from '../engine/tree/entry.ts';
import { lookup } from '../engine/tree/read.ts';

/** What an editor holds of a file and has not saved. */
export interface Buffered {
  readonly path: BytePath;
  readonly text: string;
}

/**
 * What makes `base` what was captured, with the buffers instead of what the directory has of their paths. Stages their
 * content, once all of them are known to be allowed. A file keeps its mode.
 * @throws PyiError `INVALID_PATH` (a symlink, a submodule, or what `check` refuses)
 */
export function withBuffers(store: ObjectStore, base: Buffer, captured: readonly Edit[], buffers: readonly Buffered[], check: (path: BytePath) => void): Edit[] {
  const edits = new Map(captured.map(({ path, entry }) => [path, entry]));
  const before = buffers.map(({ path }) => edits.get(path) ?? (edits.has(path) ? undefined : lookup(store, base, path)));
  for (const [index, { path }] of buffers.entries()) {
    refuseOtherThanFile(path, before[index]);
    check(path);
  }
  for (const [index, { path, text }] of buffers.entries()) {
    const mode = before[index]?.mode === FileMode.executable ? FileMode.executable : FileMode.file;
    edits.set(path, { ...putContent(store, Buffer.from(text, 'utf8')), mode });
  }
  return Array.from(edits, ([path, entry]) => ({ path, entry }));
}

function refuseOtherThanFile(path: BytePath, entry: Entry | undefined): void {
  if (entry?.mode !== FileMode.symlink && entry?.mode !== FileMode.submodule) return;
  throw new PyiError('INVALID_PATH', `${JSON.stringify(textFromBytePath(path))} is a ${entry.mode === FileMode.symlink ? 'symlink' : 'submodule'}: no editor can hold its text`,
    'Leave it out of the buffers.');
}
