import type { Printed } from '../../support/front-place.ts';
import type { Asked } from './questions.ts';

/** Differences that are shown in full. */
const MAX_SHOWN = 10;

/** What became of the answers that could be judged. */
export class Verdicts {
  readonly #forms = new Map<string, { asked: number; answered: number }>();
  /** What was not as it had to be, and of what moment. */
  readonly wrong: string[] = [];
  asked = 0;
  /** Of these, by the server: what git said instead proves nothing. */
  answered = 0;
  /** Answered while a change was under way. */
  raced = 0;
  /** Left out: git itself did not say the same twice. */
  unsteady = 0;

  /** @param fault what was wrong with it */
  add(asked: Asked, { isAnswered }: Printed, fault: string | undefined): void {
    const form = asked.args.join(' ');
    const count = this.#forms.get(form) ?? { asked: 0, answered: 0 };
    this.#forms.set(form, count);
    count.asked++;
    this.asked++;
    if (isAnswered) {
      count.answered++;
      this.answered++;
    }
    if (fault !== undefined && this.wrong.length < MAX_SHOWN) this.wrong.push(`${isAnswered ? 'ANSWERED' : 'by git'}: git ${form}\n${fault}`);
  }

  /** Between 0 and 1. */
  get share(): number {
    return this.answered / this.asked;
  }

  get line(): string {
    return `${this.asked} asked, ${this.answered} of them (${(100 * this.share).toFixed(1)} %) answered by the server, ${this.raced} while a change was under way; ${this.wrong.length} wrong; ${this.unsteady} of which git was not sure`;
  }

  /** The forms that the server never answered: nothing is known of them. */
  get unanswered(): string[] {
    return [...this.#forms].filter(([, { answered }]) => answered === 0).map(([form]) => form);
  }
}
