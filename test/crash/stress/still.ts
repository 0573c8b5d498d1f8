import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command, FrontPlace, Printed } from '../../support/front-place.ts';
import type { SeededRandom } from '../../support/random.ts';
import { Shell } from '../../support/shell.ts';
import type { Asked } from './questions.ts';
import { QUESTIONS } from './questions.ts';
import { stepOf } from './steps.ts';
import type { Verdicts } from './verdicts.ts';

const WRITERS = 3;
/** Steps that are shown with a difference: what changed most lately. */
const SHOWN_STEPS = 40;
const ASKED_AT_ONCE = 12;
/** Asked until the server knows this share, so often at most, with a pause after each time, in ms. */
const KNOWN = 0.7;
const LOOKS = 8;
const PAUSE = 30;
/** Ends what keeps much from being answered as long as it lasts: repositories inside, a merge that was left. */
const CALM = 'rm -rf nested/.git dir/.git .git/index.lock; git rebase --abort; git merge --abort; git cherry-pick --abort; git reset -q --hard; git clean -fdq';

const SETUP = [
  'git init -q -b main', 'mkdir -p dir/deep x/y out nested', 'echo a > a.txt', 'echo b > dir/b.txt', 'echo c > dir/deep/c.txt', "printf '%s\\n' '*.log' out/ > .gitignore", 'git add -A', 'git commit -q -m first', 'git branch topic', 'git remote add origin ../origin',
].join('; ');

/**
 * Processes change a repository at random. Now and then all finish their step, and in the same moment, before anything has time to settle, a shell
 * asks the front, and then the real git: in the still repository both must print the same.
 */
export class StillMoments {
  readonly #place: FrontPlace;
  readonly #root: string;
  readonly #random: SeededRandom;
  readonly #verdicts: Verdicts;
  readonly #steps: string[] = [];
  readonly #writers: readonly Shell[];
  readonly #judge: Shell;
  readonly #bystander: Shell;

  constructor(place: FrontPlace, random: SeededRandom, verdicts: Verdicts) {
    this.#place = place;
    this.#random = random;
    this.#verdicts = verdicts;
    this.#root = path.join(place.directory, 'still/work');
    this.#writers = Array.from({ length: WRITERS }, () => this.#shell());
    this.#judge = this.#shell();
    this.#bystander = this.#shell();
  }

  async runUntil(isOver: () => boolean): Promise<void> {
    await this.#judge.run(`mkdir -p '${this.#root}'; cd '${this.#root}'; ${SETUP}; cd '${this.#place.directory}'`);
    while (!isOver()) {
      if (this.#random.chance(0.2)) await this.#judge.run(`( cd '${this.#root}'; ${CALM} )`);
      const questions = this.#random.shuffled(QUESTIONS).slice(0, ASKED_AT_ONCE);
      await this.#learn(questions);
      if (this.#random.chance(0.25)) await this.#storm(questions);
      for (let moment = this.#random.integer(1, 4); moment > 0; moment--) {
        await this.#judgeAfter(this.#change(), questions);
        // What was kept of a moment between two changes would show only now.
        if (this.#random.chance(0.2)) await this.#judgeAfter('', questions);
      }
    }
  }

  async close(): Promise<void> {
    for (const shell of [...this.#writers, this.#judge, this.#bystander]) await shell.close();
  }

  #shell(): Shell {
    return new Shell(this.#place.directory, this.#place.env);
  }

  #noted(): string {
    const step = stepOf(this.#random);
    this.#steps.push(step);
    if (this.#steps.length > SHOWN_STEPS) this.#steps.shift();
    return `( cd '${this.#root}' && { ${step}; } )`;
  }

  /** A step, or up to three at once, each by a process of its own. */
  #change(): string {
    const writers = this.#random.chance(0.5) ? 1 : this.#random.integer(1, WRITERS);
    return `{ ${Array.from({ length: writers }, () => `${this.#noted()} &`).join(' ')} wait; } >/dev/null 2>&1 </dev/null`;
  }

  /** Asks until the server may know it: what it gives out after the next change is either true, or wrong. */
  async #learn(questions: readonly Asked[]): Promise<void> {
    for (let look = 0; look < LOOKS; look++) {
      const printed = await this.#ask(this.#judge, questions);
      if (printed.filter(({ isAnswered }) => isAnswered).length >= KNOWN * printed.length) return;
      await delay(PAUSE);
    }
  }

  /** All writers at once, while somebody asks: what the server learns meanwhile is of moments between changes. */
  async #storm(questions: readonly Asked[]): Promise<void> {
    let [isOver, rounds] = [false, this.#random.integer(1, 6)];
    const asking = (async () => {
      while (!isOver) await this.#ask(this.#bystander, questions);
    })();
    for (; rounds > 0; rounds--) {
      await Promise.all(this.#writers.map(async (writer) => writer.run(Array.from({ length: this.#random.integer(1, 4) }, () => this.#noted()).join('; '))));
    }
    isOver = true;
    await asking;
  }

  async #judgeAfter(change: string, questions: readonly Asked[]): Promise<void> {
    const printed = await this.#place.runBy(this.#judge, this.#root, [...questions.map((asked) => ({ program: 'front', ...asked }) as const), ...this.#ofGit(questions)], { before: change });
    for (const [at, asked] of questions.entries()) {
      const [byFront, byGit] = [printed[at], printed[questions.length + at]] as [Printed, Printed];
      let fault: string | undefined;
      if (shown(byFront) !== shown(byGit)) {
        // git itself may say another thing the second time: nothing can be said then.
        const [again] = await this.#place.runBy(this.#judge, this.#root, this.#ofGit([asked]), {}) as [Printed];
        if (shown(byGit) !== shown(again)) {
          this.#verdicts.unsteady++;
          continue;
        }
        fault = `${shown(byFront)}--- git:\n${shown(byGit)}--- after:\n${this.#steps.join('\n')}`;
      }
      this.#verdicts.add(asked, byFront, fault);
    }
  }

  #ofGit(questions: readonly Asked[]): Command[] {
    return questions.map((asked) => ({ program: 'git', ...asked }));
  }

  async #ask(shell: Shell, questions: readonly Asked[]): Promise<Printed[]> {
    return this.#place.runBy(shell, this.#root, questions.map((asked) => ({ program: 'front', ...asked })), {});
  }
}

function shown({ code, stdout, stderr }: Printed): string {
  return `exit code ${code}\n${stdout}${stderr === '' ? '' : `--- stderr:\n${stderr}`}`;
}
