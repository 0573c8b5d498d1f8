import type { CheckpointRow } from './contract.ts';

const MOST = 2;

/** The checkpoints that are marked to be compared: at most two; a third takes the place of the one that was marked first. */
export class Marks {
  #rows: readonly CheckpointRow[] = [];

  /** The older first. */
  get all(): readonly CheckpointRow[] {
    return [...this.#rows].sort((a, b) => a.time - b.time);
  }

  toggle(row: CheckpointRow): void {
    const others = this.#rows.filter(({ checkpoint }) => checkpoint !== row.checkpoint);
    this.#rows = others.length < this.#rows.length ? others : [...this.#rows, row].slice(-MOST);
  }

  /** 1 for the older of those that are marked, 2 for the younger; 0 for any other. */
  numberOf({ checkpoint }: CheckpointRow): number {
    return this.all.findIndex((row) => row.checkpoint === checkpoint) + 1;
  }

  clear(): void {
    this.#rows = [];
  }
}
