import type { BytePath } from '../../../protocol/paths.ts';

/** What a path is. The numbers are part of the tree format (docs/tree-format.md). */
export const FileMode = {
  file: 0,
  executable: 1,
  /** The content is the bytes of the target. */
  symlink: 2,
  /** The content is the commit's object id in hex, as Git's gitlink has it. */
  submodule: 3,
  /** Sides of a merge that are not reconciled; the id is of an object of type `conflict`. */
  conflict: 4,
} as const;
export type FileMode = (typeof FileMode)[keyof typeof FileMode];

/** What a tree records of a path. */
export interface Entry {
  readonly mode: FileMode;
  /** Bytes of content. */
  readonly size: number;
  /** Id of the content, 32 bytes. */
  readonly id: Buffer;
}

/** One change to a tree: write an entry, or delete the path (`null`). */
export interface Edit {
  readonly path: BytePath;
  readonly entry: Entry | null;
}

/** True when both sides are absent, or record the same. */
export function entriesEqual(a: Entry | null | undefined, b: Entry | null | undefined): boolean {
  if (a === null || a === undefined || b === null || b === undefined) return (a ?? null) === (b ?? null);
  return a.mode === b.mode && a.size === b.size && a.id.equals(b.id);
}

/** True for a file with ordinary content, executable or not. */
export function isRegular(mode: FileMode): boolean {
  return mode === FileMode.file || mode === FileMode.executable;
}
