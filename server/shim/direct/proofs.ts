import { formOf } from '../breaker.ts';
import type { HotQuestion } from '../hot-questions.ts';
import type { Surroundings } from '../surroundings.ts';

/** Asked this often, a form will be asked again. */
const OFTEN = 2;
/** Tried this often in vain, it is not tried again before it is asked again. */
const MAX_TRIES = 8;
const MAX_FORMS = 100;

interface Proof {
  question: HotQuestion;
  asked: number;
  tries: number;
  /** Whether its question is none that can be answered here. */
  isHopeless: boolean;
  /** Those in which git said what was read, or something else. */
  decided: { readonly surroundings: Surroundings; readonly isRight: boolean } | undefined;
}

/**
 * Which forms of commands are answered without git: those for which git, in the same surroundings, was once heard to say the same. So a
 * setting that makes git say something else is found out before anything is answered.
 */
export class Proofs {
  readonly #proofs = new Map<string, Proof>();

  /** Notes that a question of a form was asked. */
  ask(question: HotQuestion): void {
    const key = keyOf(question);
    const proof = this.#proofs.get(key) ?? { question, asked: 0, tries: 0, isHopeless: false, decided: undefined };
    this.#proofs.delete(key);
    this.#proofs.set(key, proof);
    proof.asked++;
    proof.tries = 0;
    proof.isHopeless &&= proof.question.key === question.key;
    proof.question = question;
    for (const oldest of this.#proofs.keys()) {
      if (this.#proofs.size <= MAX_FORMS) break;
      this.#proofs.delete(oldest);
    }
  }

  /** Whether questions of its form are answered, in these surroundings. */
  isProven(question: HotQuestion, surroundings: Surroundings): boolean {
    const proof = this.#proofs.get(keyOf(question));
    if (proof === undefined) return false;
    if (proof.decided?.surroundings === surroundings) return proof.decided.isRight;
    if (proof.decided !== undefined) Object.assign(proof, { decided: undefined, isHopeless: false });
    return false;
  }

  /** A question of a form that is asked often, and of which it is not yet known whether git says the same. */
  next(): HotQuestion | undefined {
    for (const proof of [...this.#proofs.values()].reverse()) {
      if (proof.asked < OFTEN || proof.isHopeless || proof.tries >= MAX_TRIES || proof.decided !== undefined) continue;
      proof.tries++;
      return proof.question;
    }
    return undefined;
  }

  /** git was heard. */
  decide(question: HotQuestion, surroundings: Surroundings, isRight: boolean): void {
    const proof = this.#proofs.get(keyOf(question));
    if (proof !== undefined) proof.decided = { surroundings, isRight };
  }

  /** The question is none that can be answered here; another of the form may be. */
  giveUp(question: HotQuestion): void {
    const proof = this.#proofs.get(keyOf(question));
    if (proof !== undefined) proof.isHopeless = true;
  }

  /** The surroundings may be others: it is tried again. */
  retry(question: HotQuestion): void {
    const proof = this.#proofs.get(keyOf(question));
    if (proof !== undefined) Object.assign(proof, { isHopeless: false, decided: undefined });
  }
}

function keyOf({ line, asker }: HotQuestion): string {
  return JSON.stringify([asker, line.settings, formOf(line.command, line.args)]);
}
