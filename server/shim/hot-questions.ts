import type { CommandLine } from './command-line.ts';
import type { Route } from './routes/route.ts';
import type { Asker } from './surroundings.ts';

/** A question that was asked before. */
export interface HotQuestion {
  readonly key: string;
  readonly args: readonly string[];
  readonly line: CommandLine;
  readonly route: Route;
  readonly asker: Asker;
  /** Where git would run. */
  readonly cwd: string;
  /** Where its words are looked for: `cwd`, and what `-C` adds. */
  readonly directory: string;
  /** Whether git would still find this repository from there: another may have appeared on the way, or a link leads elsewhere. */
  readonly isThere: () => boolean;
  /** Whether git may write the index on the way. */
  readonly mayLock: boolean;
}

interface Heat {
  readonly question: HotQuestion;
  asked: number;
  lastAsked: number;
  /** How often its answer was made and not asked for, in a row. */
  unused: number;
  /** The change for which an answer was last tried. */
  tried: number;
}

/** Asked this often, a question will be asked again. */
const HOT = 2;
/** After this long it will not. */
const COLD_MILLIS = 10 * 60_000;
/** Nor when this many answers in a row were made for nothing. */
const MAX_UNUSED = 8;
const MAX_QUESTIONS = 200;

/** Which questions of a repository are worth an answer ahead of time. */
export class HotQuestions {
  readonly #heats = new Map<string, Heat>();

  /** Notes that a question was asked. */
  ask(question: HotQuestion, now: number): void {
    const known = this.#heats.get(question.key);
    const heat = known ?? { question, asked: 0, lastAsked: now, unused: 0, tried: -1 };
    this.#heats.delete(question.key);
    this.#heats.set(question.key, heat);
    heat.asked++;
    heat.lastAsked = now;
    heat.unused = 0;
    for (const coldest of this.#heats.keys()) {
      if (this.#heats.size <= MAX_QUESTIONS) break;
      this.#heats.delete(coldest);
    }
  }

  /** A hot question that was not tried since change number `change` and that `isKnown` does not know; the one asked last first. */
  next(change: number, now: number, isKnown: (question: HotQuestion) => boolean): HotQuestion | undefined {
    for (const [key, heat] of [...this.#heats].reverse()) {
      if (Math.abs(now - heat.lastAsked) > COLD_MILLIS) this.#heats.delete(key);
      else if (heat.asked >= HOT && heat.unused < MAX_UNUSED && heat.tried !== change && !isKnown(heat.question)) {
        heat.tried = change;
        heat.unused++;
        return heat.question;
      }
    }
    return undefined;
  }

  /** The answer was tried too early: it is tried again. */
  retry({ key }: HotQuestion): void {
    const heat = this.#heats.get(key);
    if (heat !== undefined) heat.tried = -1;
  }

  /** When a question was asked last; undefined when none is known. */
  get lastAsked(): number | undefined {
    return [...this.#heats.values()].at(-1)?.lastAsked;
  }
}
