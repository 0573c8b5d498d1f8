import { PAGE_ROWS } from './contract.ts';
import type { CheckpointRow, Group, PageRequest, RowsReply } from './contract.ts';

/** Pages that are kept: some 20,000 checkpoints. */
const KEPT_PAGES = 200;

interface Page {
  readonly rows: readonly CheckpointRow[];
  /** How many places it had when it was asked for. */
  readonly count: number;
  readonly settled: boolean;
  stale: boolean;
}

/**
 * Checkpoints that were loaded, in pages counted from the oldest of each group: a page that is full and settled stays as it
 * is, however many come after it. What is stale is shown until its successor is there.
 */
export class Pages {
  readonly #pages = new Map<string, Page>();

  row(key: string | null, place: number): CheckpointRow | undefined {
    const start = place - place % PAGE_ROWS;
    return this.#pages.get(nameOf(key, start))?.rows[place - start];
  }

  /** What is to be asked for to show these places of a group, the newest first. */
  missing({ key, count }: Group, from: number, to: number): PageRequest[] {
    const requests: PageRequest[] = [];
    for (let start = Math.max(0, to - 1) - Math.max(0, to - 1) % PAGE_ROWS; start + PAGE_ROWS > from && start >= 0; start -= PAGE_ROWS) {
      const wanted = Math.min(PAGE_ROWS, count - start);
      const name = nameOf(key, start);
      const page = this.#pages.get(name);
      if (wanted <= 0) continue;
      if (page === undefined || page.stale || page.count < wanted) {
        requests.push({ key, from: start, count: wanted });
        continue;
      }
      // Used last, so forgotten last.
      this.#pages.delete(name);
      this.#pages.set(name, page);
    }
    return requests;
  }

  /** `old`: something happened after it was asked for. */
  put({ key, from, count }: PageRequest, { rows, settled }: RowsReply, old: boolean): void {
    const name = nameOf(key, from);
    this.#pages.delete(name);
    this.#pages.set(name, { rows, count, settled: from + count <= settled, stale: old });
    for (const oldest of this.#pages.keys()) {
      if (this.#pages.size <= KEPT_PAGES) break;
      this.#pages.delete(oldest);
    }
  }

  /** There are new checkpoints: what is not settled is to be asked for again. */
  expectNews(): void {
    for (const page of this.#pages.values()) if (!page.settled) page.stale = true;
  }

  /** Older checkpoints may have changed or gone. */
  expectAnything(): void {
    for (const page of this.#pages.values()) page.stale = true;
  }

  /** Forgets a group: its checkpoints have other places now. */
  forget(key: string | null): void {
    const prefix = nameOf(key, '');
    for (const name of this.#pages.keys()) if (name.startsWith(prefix)) this.#pages.delete(name);
  }

  clear(): void {
    this.#pages.clear();
  }
}

/** A key may hold anything but a NUL, which no name of an agent or task has. */
function nameOf(key: string | null, start: number | ''): string {
  return `${key === null ? '' : `=${key}`}\0${start}`;
}
