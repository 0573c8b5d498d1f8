import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BytePath } from '../../protocol/paths.ts';
import { FileMode } from '../engine/tree/entry.ts';
import { GitError } from './exec.ts';
import type { Git } from './exec.ts';
import type { ObjectFormat } from './layout.ts';

/** One side of a path. */
export interface PatchFile {
  readonly path: BytePath;
  /** A conflict is shown as a plain file with the content given. */
  readonly mode: FileMode;
  readonly size: number;
  /** The content, `size` bytes in all. */
  parts(): Iterable<Uint8Array>;
}

export interface PatchRequest {
  readonly before: Iterable<PatchFile>;
  readonly after: Iterable<PatchFile>;
  /** Hash of the ids in the patch's `index` lines: that of the repository where the patch may be applied. */
  readonly objectFormat?: ObjectFormat | null;
  /** Include what `git apply` needs for binary files, rather than say only that they differ. */
  readonly binary?: boolean;
  readonly signal?: AbortSignal | undefined;
}

const GIT_MODES: Readonly<Record<FileMode, string>> = {
  [FileMode.file]: '100644',
  [FileMode.executable]: '100755',
  [FileMode.symlink]: '120000',
  [FileMode.submodule]: '160000',
  [FileMode.conflict]: '100644',
};

/**
 * The difference of two sets of files, as `git diff` prints it: renames, modes, symbolic links and
 * binary files included. Give only the files that differ.
 *
 * Both sides go into a repository of their own in the temporary directory, since `git diff --no-index`
 * cannot say `rename from` without its own directory names in it. Nobody's attributes, filters or diff
 * drivers apply there.
 * @throws PyiError `CANCELLED`, `NO_SPACE`
 */
export async function unifiedPatch(git: Git, request: PatchRequest): Promise<Buffer> {
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), 'pyi-patch-'));
  try {
    const { signal } = request;
    await git.run(['init', '-q', '--bare', '--template=', `--object-format=${request.objectFormat ?? 'sha1'}`, directory], { cwd: directory, signal });
    await load(git, directory, request);
    const { stdout } = await git.run([`--git-dir=${directory}`, 'diff-tree', '-r', '-p', '-M', '--full-index', '--no-color', '--no-ext-diff', '--no-textconv',
      ...(request.binary === true ? ['--binary'] : []), 'refs/heads/before', 'refs/heads/after'], { cwd: directory, signal });
    return stdout;
  } finally {
    await fs.rm(directory, { recursive: true, force: true });
  }
}

/** Loads both sides by one `git fast-import`, which takes any number of files of any size in a stream. */
async function load(git: Git, directory: string, request: PatchRequest): Promise<void> {
  const args = [`--git-dir=${directory}`, '-c', 'fastimport.unpackLimit=1', 'fast-import', '--quiet', '--done'];
  const process = git.start(args, { cwd: directory, signal: request.signal });
  process.stdout.resume();
  // When git ends early the pipe breaks; how git ended says why.
  const fed = pipeline(Readable.from(importStream(request), { objectMode: false }), process.stdin).catch((error: unknown) => error);
  const { code, stderr } = await process.finished;
  if (code !== 0) throw new GitError(args, code, stderr);
  const broken = await fed;
  if (broken !== undefined) throw broken;
}

function* importStream(request: PatchRequest): Generator<Buffer> {
  for (const [branch, files] of [['before', request.before], ['after', request.after]] as const) {
    yield Buffer.from(`commit refs/heads/${branch}\ncommitter pyi <pyi> 0 +0000\ndata 0\n`);
    for (const file of files) yield* fileCommand(file);
    yield Buffer.from('\n');
  }
  // With this, git fails rather than take a stream that broke off for a whole one.
  yield Buffer.from('done\n');
}

function* fileCommand(file: PatchFile): Generator<Buffer> {
  if (file.mode === FileMode.submodule) {
    const commit = Buffer.concat([...file.parts()]).toString('latin1');
    yield Buffer.from(`M ${GIT_MODES[file.mode]} ${commit} ${quoted(file.path)}\n`);
    return;
  }
  yield Buffer.from(`M ${GIT_MODES[file.mode]} inline ${quoted(file.path)}\ndata ${file.size}\n`);
  for (const part of file.parts()) yield Buffer.from(part.buffer, part.byteOffset, part.byteLength);
  yield Buffer.from('\n');
}

/** A path as git-fast-import(1) reads it: C-style quotes, with everything unusual in octal. */
function quoted(file: BytePath): string {
  return `"${file.replace(/[^ !#-[\]-~]/g, (byte) => `\\${byte.charCodeAt(0).toString(8).padStart(3, '0')}`)}"`;
}
