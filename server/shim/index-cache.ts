import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import type { Place } from './place.ts';
import { IndexFile } from './status/index-file.ts';

/** A larger index is read each time. */
const MAX_KEPT_BYTES = 16 * 1024 * 1024;

/** The index of a work tree, read when it is asked for and kept while it is the same. */
export class IndexCache {
  readonly #place: Place;
  #kept: { readonly file: IndexFile; readonly generation: number } | undefined;

  constructor(place: Place) {
    this.#place = place;
  }

  /** Whether an index is kept that is not of this generation: reading it ahead of a question saves time. */
  isStale(generation: number): boolean {
    return this.#kept !== undefined && this.#kept.generation !== generation;
  }

  /**
   * The index; undefined when it is none that can be read here. To be called behind a barrier: if it changes while it is read, so does its
   * generation, and what is kept is not used.
   */
  at(generation: number): IndexFile | undefined {
    if (this.#kept?.generation === generation) return this.#kept.file;
    this.#kept = undefined;
    try {
      const bytes = readFileSync(path.join(this.#place.gitDir, 'index'));
      const file = IndexFile.parse(bytes);
      if (file !== undefined && bytes.length <= MAX_KEPT_BYTES) this.#kept = { file, generation };
      return file;
    } catch {
      return undefined;
    }
  }

  forget(): void {
    this.#kept = undefined;
  }
}
