import type { BytePath } from '../protocol/paths.ts';
import { putContent } from '../server/engine/content/content.ts';
import type { Engine } from '../server/engine/engine.ts';
import type { Fork } from '../server/engine/state.ts';
import type { Edit, Entry } from '../server/engine/tree/entry.ts';
import { FileMode } from '../server/engine/tree/entry.ts';
import { SeededRandom } from '../test/support/random.ts';

/** What a checkpoint changes in the figures. */
export const CHANGE_BYTES = 2048;

/** Paths of `count` files, 32 in a directory, three deep, as packages of a monorepo have them. */
export function nestedPaths(count: number): BytePath[] {
  return Array.from({ length: count }, (_, i) => (
    `packages/p${digits(i >> 10, 3)}/src/m${digits((i >> 5) & 31, 2)}/file-${digits(i, 6)}.ts` as BytePath));
}

/** Paths of `count` files in one directory. */
export function flatPaths(count: number): BytePath[] {
  return Array.from({ length: count }, (_, i) => `assets/file-${digits(i, 6)}.json` as BytePath);
}

function digits(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

/** The content that operation `i` writes: always of one size, never the same twice, and no use to compress. */
export class Contents {
  readonly #template: Buffer;

  constructor(seed: number, size = CHANGE_BYTES) {
    const random = new SeededRandom(seed);
    this.#template = Buffer.from(Array.from({ length: size }, () => 32 + random.below(95)));
  }

  /** Good until the next call. */
  at(i: number): Buffer {
    this.#template.write(String(i).padStart(12, '0'), 0, 'latin1');
    return this.#template;
  }
}

/** What a file of a fresh tree holds; small, because unchanged files cost a checkpoint nothing whatever their size. */
export function firstContent(path: BytePath): Buffer {
  return Buffer.from(`export const path = ${JSON.stringify(path)};\n`);
}

/** The user's work tree with these files, as `pyi setup` makes it. */
export function makeWorkspace(engine: Engine, paths: readonly BytePath[]): Fork {
  const edits: Edit[] = [];
  for (const path of paths) {
    edits.push({ path, entry: fileOf(engine, firstContent(path)) });
    // As a capture does: a batch is bounded.
    if (edits.length % 1000 === 0) engine.store.commit('process');
  }
  return engine.createWorkspace({ name: 'workspace', agent: 'user', dir: null, edits, git: null });
}

/** Stages content and returns the entry of a file that holds it. */
export function fileOf(engine: Engine, content: Uint8Array): Entry {
  const { id, size } = putContent(engine.store, content);
  return { mode: FileMode.file, size, id };
}

/** A fork for an agent, from the head of another. */
export function forkOff(engine: Engine, parent: Fork, name: string, task: string | null = null): Fork {
  return engine.createFork({ name, agent: name, task, parent: parent.id, base: parent.head, dir: null });
}
