import type { SeenFiles } from './seen-files.ts';
import type { Generations, Need } from './needs.ts';
import type { Surroundings } from './surroundings.ts';
import type { Answer } from './wire.ts';

/** What git printed once, and what has to be as it was then. */
export interface Remembered {
  readonly answer: Answer;
  readonly needs: readonly Need[];
  readonly generations: Generations;
  readonly surroundings: Surroundings;
  /** Files of the names that the command line holds. */
  readonly named: SeenFiles;
}

/** Whether everything that an answer depends on is as it was. `now` must be what a barrier has just made true. */
export function isValid(remembered: Remembered, now: Generations): boolean {
  return remembered.needs.every((need) => remembered.generations[need] === now[need]) && remembered.surroundings.areSame() && remembered.named.areSame();
}

/** What an entry takes beside its output, roughly. */
const ENTRY_BYTES = 1_000;

/** Answers by question, within bounds: those used longest ago go first. */
export class Memory {
  readonly #limit: number;
  readonly #entries = new Map<string, Remembered>();
  #bytes = 0;

  /** @param limit bytes that all answers may take */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Remembered | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  set(key: string, entry: Remembered): void {
    this.delete(key);
    this.#entries.set(key, entry);
    this.#bytes += bytesOf(key, entry);
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#limit) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= bytesOf(key, entry);
  }
}

function bytesOf(key: string, { answer }: Remembered): number {
  return ENTRY_BYTES + 2 * key.length + answer.stdout.length + answer.stderr.length;
}
