import { createHash } from 'node:crypto';
import { lstat, mkdir, readFile, rm, rmdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { PyiError } from '../protocol/errors.ts';
import { PIECE_PATHS, layoutsIn, piecesFor } from './layout.ts';
import type { FoundLayout } from './layout.ts';
import { filesOnDisk } from './project-files.ts';

/** What PYI put there, so that all of it, and nothing else, can be taken out again. */
export const MANIFEST = '.claude/pyi-ccpm.json';

const Manifest = z.object({
  version: z.literal(1),
  files: z.record(z.string(), z.string()).describe('SHA-256 by path'),
  directories: z.array(z.string()).describe('Made for them'),
});
type Manifest = z.infer<typeof Manifest>;

/** CCPM's standup counts files by the day of their last change: these are no work of today. */
const LONG_AGO = new Date(Date.UTC(2020, 0, 1));

/**
 * `added` now, `present` as it was put there, `changed` by somebody since (kept), `foreign`: there was a file already, which is kept,
 * `missing`, `removed` now.
 */
export type PieceState = 'added' | 'present' | 'changed' | 'foreign' | 'missing' | 'removed';

export interface Installation {
  readonly layouts: readonly FoundLayout[];
  readonly files: readonly { readonly path: string; readonly state: PieceState }[];
}

/** Tells what of PYI lies beside CCPM. */
export async function installation(root: string): Promise<Installation> {
  const layouts = await layoutsIn(filesOnDisk(root));
  const manifest = await readManifest(root);
  const paths = new Set([...piecesFor(layouts).map(({ path }) => path), ...Object.keys(manifest.files)]);
  const files: Installation['files'][number][] = [];
  for (const path of paths) files.push({ path, state: await stateOf(root, path, manifest) });
  return { layouts, files };
}

/** Puts PYI's files beside CCPM's. Changes no file that is there. @throws PyiError `NOT_FOUND` without CCPM */
export async function install(root: string): Promise<Installation> {
  const layouts = await layoutsIn(filesOnDisk(root));
  if (layouts.length === 0) throw new PyiError('NOT_FOUND', `There is no CCPM in ${root}`, 'Install CCPM first: its slash commands in .claude/commands/pm, or its skill in .claude/skills/ccpm.');
  const before = await readManifest(root);
  const manifest: Manifest = { version: 1, files: { ...before.files }, directories: [...before.directories] };
  const files: Installation['files'][number][] = [];
  for (const { path, text } of piecesFor(layouts)) {
    const state = await stateOf(root, path, before);
    const isOurs = state === 'present' && before.files[path] !== hash(text);
    if (state !== 'missing' && !isOurs) {
      files.push({ path, state });
      continue;
    }
    manifest.directories.push(...await makeDirectories(root, dirname(path)));
    manifest.files[path] = hash(text);
    // First the manifest: what it names and is not there does no harm.
    await writeManifest(root, manifest);
    await writeFile(join(root, path), text, { flag: isOurs ? 'w' : 'wx' });
    await utimes(join(root, path), LONG_AGO, LONG_AGO);
    files.push({ path, state: 'added' });
  }
  return { layouts, files };
}

/** Takes out what {@link install} put there. Files that somebody has changed since stay, unless `force`. */
export async function uninstall(root: string, force: boolean): Promise<Installation> {
  const manifest = await readManifest(root);
  const files: Installation['files'][number][] = [];
  const left: Record<string, string> = {};
  for (const [path, digest] of Object.entries(manifest.files)) {
    const state = await stateOf(root, path, manifest);
    if (state === 'present' || (state === 'changed' && force)) {
      await rm(join(root, path));
      files.push({ path, state: 'removed' });
    } else if (state === 'changed') {
      left[path] = digest;
      files.push({ path, state });
    }
  }
  if (Object.keys(left).length > 0) {
    await writeManifest(root, { ...manifest, files: left });
  } else {
    await rm(join(root, MANIFEST), { force: true });
    for (const directory of [...manifest.directories].sort((a, b) => b.length - a.length)) await removeIfEmpty(join(root, directory));
  }
  return { layouts: await layoutsIn(filesOnDisk(root)), files };
}

async function stateOf(root: string, path: string, manifest: Manifest): Promise<PieceState> {
  const content = await contentOf(join(root, path));
  const digest = manifest.files[path];
  if (content === undefined) return 'missing';
  if (digest === undefined) return 'foreign';
  return content !== 'no file' && hash(content) === digest ? 'present' : 'changed';
}

/** A link is never followed: what it leads to is not ours. */
async function contentOf(file: string): Promise<Buffer | 'no file' | undefined> {
  try {
    return (await lstat(file)).isFile() ? await readFile(file) : 'no file';
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** Returns the directories that had to be made, outermost first. */
async function makeDirectories(root: string, path: string): Promise<string[]> {
  const made: string[] = [];
  const steps = path.split('/').map((_, index, names) => names.slice(0, index + 1).join('/'));
  for (const step of steps) {
    try {
      await mkdir(join(root, step));
      made.push(step);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  return made;
}

async function removeIfEmpty(directory: string): Promise<void> {
  try {
    await rmdir(directory);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** Paths that PYI never uses are dropped: the manifest lies in the project, where others can write. @throws PyiError `CORRUPT_OBJECT` */
async function readManifest(root: string): Promise<Manifest> {
  const text = await filesOnDisk(root).read(MANIFEST);
  if (text === undefined) return { version: 1, files: {}, directories: [] };
  let read: z.ZodSafeParseResult<Manifest>;
  try {
    read = Manifest.safeParse(JSON.parse(text));
  } catch {
    read = Manifest.safeParse(undefined);
  }
  if (!read.success) throw new PyiError('CORRUPT_OBJECT', `${MANIFEST} is not what PYI wrote`, `Remove it, and the files that PYI added: ${PIECE_PATHS.slice(0, 3).join(', ')}, …`);
  const { files, directories } = read.data;
  return {
    version: 1, files: Object.fromEntries(Object.entries(files).filter(([path]) => PIECE_PATHS.includes(path))),
    directories: directories.filter((directory) => PIECE_PATHS.some((path) => path.startsWith(`${directory}/`))),
  };
}

async function writeManifest(root: string, manifest: Manifest): Promise<void> {
  await writeFile(join(root, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
}

function hash(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
