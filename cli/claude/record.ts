import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** What an installation changed: enough to give every file back to the byte. Kept where no repository and no other user sees it. */
export interface InstallRecord {
  readonly version: string;
  readonly files: Readonly<Record<string, FileRecord>>;
  /** Directories that were made. */
  readonly directories: readonly string[];
}

interface FileRecord {
  /** SHA-256 of what PYI wrote. */
  readonly written: string;
  /** What was there without PYI, in base64; null: no such file. */
  readonly original: string | null;
}

const NOTHING: InstallRecord = { version: '', files: {}, directories: [] };

/** What the last installation said; nothing where there was none, or it cannot be read. */
export function readRecord(file: string | undefined): InstallRecord {
  if (file === undefined || !existsSync(file)) return NOTHING;
  try {
    return { ...NOTHING, ...JSON.parse(readFileSync(file, 'utf8')) as Partial<InstallRecord> };
  } catch {
    return NOTHING; // then our entries are found by what they are
  }
}

export function writeRecord(file: string, record: InstallRecord): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o600 });
}

export function removeRecord(file: string | undefined): void {
  if (file !== undefined) rmSync(file, { force: true });
}

export function fileRecord(written: Buffer, original: Buffer | undefined): FileRecord {
  return { written: digest(written), original: original?.toString('base64') ?? null };
}

/** What was there before PYI, if the file is as PYI left it; undefined when it is not, or unknown. */
export function originalOf({ files }: InstallRecord, file: string, current: Buffer | undefined): { readonly content: Buffer | undefined } | undefined {
  const known = Object.hasOwn(files, file) ? files[file] : undefined;
  if (known === undefined || current === undefined || digest(current) !== known.written) return undefined;
  return { content: known.original === null ? undefined : Buffer.from(known.original, 'base64') };
}

/** Whether PYI made the file: it was not there before. */
export function wasMade({ files }: InstallRecord, file: string): boolean {
  return Object.hasOwn(files, file) && files[file]?.original === null;
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
