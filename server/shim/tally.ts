/** How the commands of one name were answered. */
export interface CommandTally {
  readonly command: string;
  /** Answered from memory. */
  readonly hits: number;
  /** Could be answered, but the answer was not known, or no longer certain: git was run. */
  readonly misses: number;
  /** Of a form, or in a place, that only git answers. */
  readonly delegated: number;
  /** What git took for the answers that were given, less what giving them took, ms. */
  readonly savedMillis: number;
}

/** Counts how commands were answered, by command. */
export class Tally {
  readonly #counts = new Map<string, { hits: number; misses: number; delegated: number; savedMillis: number }>();

  hit(command: string, savedMillis: number): void {
    const count = this.#of(command);
    count.hits++;
    count.savedMillis += savedMillis;
  }

  miss(command: string): void {
    this.#of(command).misses++;
  }

  delegated(command: string): void {
    this.#of(command).delegated++;
  }

  /** The commands, the most frequent first. */
  list(): CommandTally[] {
    const total = ({ hits, misses, delegated }: CommandTally): number => hits + misses + delegated;
    return Array.from(this.#counts, ([command, count]) => ({ command, ...count })).sort((a, b) => total(b) - total(a) || (a.command < b.command ? -1 : 1));
  }

  #of(command: string): { hits: number; misses: number; delegated: number; savedMillis: number } {
    let count = this.#counts.get(command);
    if (count === undefined) {
      count = { hits: 0, misses: 0, delegated: 0, savedMillis: 0 };
      this.#counts.set(command, count);
    }
    return count;
  }
}
