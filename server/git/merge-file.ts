import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import type { Git } from './exec.ts';

export interface MergeFileRequest {
  /** Content that both sides came from; absent when both added the file. */
  readonly base: Uint8Array | undefined;
  readonly ours: Uint8Array;
  readonly theirs: Uint8Array;
  /** What the conflict markers call the sides. */
  readonly labels?: { readonly base: string; readonly ours: string; readonly theirs: string };
  readonly signal?: AbortSignal | undefined;
}

export interface MergeFileResult {
  /** The merge, with conflict markers around what did not merge; ours when the content is binary. */
  readonly content: Buffer;
  /** Regions that did not merge (git stops counting at 127); 1 for binary content. */
  readonly conflicts: number;
  readonly binary: boolean;
}

/** How far git looks for a NUL byte to tell binary content (`FIRST_FEW_BYTES` in its xdiff-interface.c). */
const BINARY_WINDOW = 8000;

/**
 * Three-way merge of a file's lines by `git merge-file --diff3`: every line of every side is in the
 * result, merged or between markers. Needs no repository.
 * @throws PyiError `CANCELLED`, `NO_SPACE`
 */
export async function mergeFile(git: Git, request: MergeFileRequest): Promise<MergeFileResult> {
  const { ours, theirs, labels = { base: 'base', ours: 'ours', theirs: 'theirs' } } = request;
  const base = request.base ?? Buffer.alloc(0);
  const unmerged: MergeFileResult = { content: Buffer.from(ours), conflicts: 1, binary: true };
  if ([base, ours, theirs].some(isBinary)) return unmerged;
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), 'pyi-merge-'));
  try {
    await Promise.all([['ours', ours], ['base', base], ['theirs', theirs]].map(([name, content]) => (
      fs.writeFile(path.join(directory, name as string), content as Uint8Array))));
    const names = [labels.ours, labels.base, labels.theirs].flatMap((label) => ['-L', label.replace(/[\s\0]+/g, ' ')]);
    const { code, stdout } = await git.run(['merge-file', '-q', '-p', '--diff3', ...names, 'ours', 'base', 'theirs'], {
      // Even when the temporary directory lies in somebody's repository, its configuration has no say.
      cwd: directory, env: { GIT_CEILING_DIRECTORIES: path.dirname(directory) }, signal: request.signal,
      okCodes: [...Array(128).keys(), 255],
    });
    // 255 is git's word for content that it does not merge: binary to its eyes, or over a gigabyte.
    return code === 255 ? unmerged : { content: stdout, conflicts: code, binary: false };
  } finally {
    await fs.rm(directory, { recursive: true, force: true });
  }
}

function isBinary(content: Uint8Array): boolean {
  return content.subarray(0, BINARY_WINDOW).includes(0);
}
