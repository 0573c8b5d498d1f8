import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import type { FrontPlace } from '../../support/front-place.ts';
import type { SeededRandom } from '../../support/random.ts';
import { Shell } from '../../support/shell.ts';
import { COUNTERS, SETUP } from './counters.ts';
import type { Counter } from './counters.ts';
import type { Asked } from './questions.ts';
import type { Verdicts } from './verdicts.ts';

const ASKERS = 2;
/** Between two changes so many answers are waited for at most, and so long, in ms: a change when nothing is known shows nothing. */
const MOST_ANSWERS = 6;
const LONGEST_REST = 1_000;
/** How long a look for them is apart from the next, in ms. */
const LOOK = 2;
/** Counters that are asked for beside those that move. */
const OTHERS = 2;
/** The rules of what is ignored move what is watched; with many such changes nothing else would be answered. */
const RARE = 'a rule of what is ignored';

/**
 * Numbers in a repository grow while others ask for them. Each writer notes the number before it starts a change, and after it has ended;
 * an answer must hold a number that is at least the one that was noted when the question began, and at most the one that was begun when it ended.
 */
export class MovingNumbers {
  readonly #place: FrontPlace;
  readonly #root: string;
  readonly #random: SeededRandom;
  readonly #verdicts: Verdicts;
  readonly #writers: ReadonlyMap<Counter, { readonly shell: Shell; readonly number: { now: number }; readonly begun: string; readonly ended: string }>;
  /** What is asked for now: few questions, or the server would know none of them. */
  #asked: readonly { readonly counter: Counter; readonly question: Asked }[];

  constructor(place: FrontPlace, random: SeededRandom, verdicts: Verdicts) {
    this.#place = place;
    this.#random = random;
    this.#verdicts = verdicts;
    this.#root = path.join(place.directory, 'moving/work');
    this.#asked = this.#questionsOf(COUNTERS);
    this.#writers = new Map(COUNTERS.map((counter, at) => [counter, {
      shell: new Shell(place.directory, place.env), number: { now: 0 }, begun: path.join(place.directory, `moving/begun-${at}`), ended: path.join(place.directory, `moving/ended-${at}`),
    }]));
  }

  async runUntil(isOver: () => boolean): Promise<void> {
    const [first] = this.#writers.values();
    const notes = Array.from(this.#writers.values(), ({ begun, ended }) => `echo 0 > '${begun}'; echo 0 > '${ended}'`).join('; ');
    await first?.shell.run(`mkdir -p '${this.#root}'; ( cd '${this.#root}'; ${SETUP} ); ${notes}`);
    await Promise.all([this.#write(isOver), ...Array.from({ length: ASKERS }, async (_, at) => this.#ask(isOver, at))]);
  }

  async close(): Promise<void> {
    for (const { shell } of this.#writers.values()) await shell.close();
  }

  async #write(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const counters = this.#random.shuffled(COUNTERS).filter(({ name }) => name !== RARE || this.#random.chance(0.2));
      const moving = this.#random.integer(1, 3);
      this.#asked = this.#questionsOf(counters.slice(0, moving + OTHERS));
      await this.#answered(this.#random.integer(0, MOST_ANSWERS));
      await Promise.all(counters.slice(0, moving).map(async (counter) => this.#step(counter)));
    }
  }

  #questionsOf(counters: readonly Counter[]): readonly { readonly counter: Counter; readonly question: Asked }[] {
    return counters.map((counter) => ({ counter, question: this.#random.pick(counter.asked) }));
  }

  async #answered(count: number): Promise<void> {
    const [before, end] = [this.#verdicts.answered, performance.now() + LONGEST_REST];
    while (this.#verdicts.answered < before + count && performance.now() < end) await delay(LOOK);
  }

  async #step(counter: Counter): Promise<void> {
    const { shell, number, begun, ended } = this.#writers.get(counter) ?? missing();
    number.now++;
    await shell.run(`echo ${number.now} > '${begun}'; ( cd '${this.#root}'; until ${counter.step(number.now)}; do sleep 0.01; done ); echo ${number.now} > '${ended}'`);
  }

  async #ask(isOver: () => boolean, at: number): Promise<void> {
    const shell = new Shell(this.#place.directory, this.#place.env);
    const span = path.join(this.#place.directory, `moving/span-${at}`);
    while (!isOver()) {
      const { counter, question } = this.#random.pick(this.#asked);
      const { begun, ended } = this.#writers.get(counter) ?? missing();
      const [printed] = await this.#place.runBy(shell, this.#root, [{ program: 'front', ...question }], {
        before: `read -r least < '${ended}'`, after: `read -r most < '${begun}'; echo "$least $most" > '${span}'`,
      });
      const [least, most] = readFileSync(span, 'utf8').trim().split(' ').map(Number);
      // A note is empty for a moment while it is written.
      if (printed === undefined || least === undefined || most === undefined) continue;
      if (printed.isAnswered && least < most) this.#verdicts.raced++;
      this.#verdicts.add(question, printed, faultOf(counter, printed, least, most));
    }
    await shell.close();
  }
}

/** git itself may see a moment in the middle of a change, and finds no number or two; one that is out of the span is of another time. */
function faultOf({ pattern }: Counter, { stdout }: { readonly stdout: string }, least: number, most: number): string | undefined {
  const numbers = Array.from(stdout.matchAll(pattern), ([, number]) => Number(number));
  const isInSpan = numbers.every((number) => number >= least && number <= most) && (least < most || numbers.length > 0);
  return isInSpan ? undefined : `shows ${numbers.join(', ') || 'no number'}, and must be of ${least} to ${most}:\n${stdout}`;
}

function missing(): never {
  throw new Error('every counter has its writer');
}
