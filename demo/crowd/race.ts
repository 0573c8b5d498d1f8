import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '../../connect/client.ts';
import { SeededRandom } from '../../test/support/random.ts';
import type { Contestant } from './tasks.ts';
import { targetOf, validatorOf } from './tasks.ts';

/** Agents think between two steps, as those that are language models do; without it the picture would be over before it is drawn. */
const THINK_MILLIS = [400, 2_500] as const;
/** Validators measure time: more at once than this would judge each other. */
const VALIDATORS_AT_ONCE = 2;
/** Drafts before the last one, so that there is something to see. */
const DRAFTS = 3;

export interface Verdict {
  readonly contestant: Contestant;
  readonly fork: string;
  readonly ok: boolean;
  readonly score: number;
}

export interface RaceOptions {
  readonly repository: string;
  readonly contestants: readonly Contestant[];
  /** A connection of its own for each agent. */
  readonly connect: (name: string) => Promise<Client>;
  readonly onVerdict: (verdict: Verdict) => void;
}

/** All agents at once: each registers, forks, works in steps, goes back from a bad one, and is judged. */
export async function race({ repository, contestants, connect, onVerdict }: RaceOptions): Promise<Verdict[]> {
  const turns = new Turns(VALIDATORS_AT_ONCE);
  return Promise.all(contestants.map(async (contestant, number) => {
    const { name, task, candidate } = contestant;
    const random = new SeededRandom(number);
    const think = (): Promise<void> => pause(random.integer(...THINK_MILLIS));
    const client = await connect(name);
    try {
      await think();
      await client.call('agent/register', { repository, agent: name });
      const { fork } = await client.call('fork', { repository, name, agent: name, task, dir: false });
      await client.call('claim', { repository, fork, globs: [`packages/${task}/**`] });
      const step = async (text: string, message: string): Promise<string> => {
        await think();
        await client.call('write', { repository, fork, path: targetOf(task), content: { text } });
        return (await client.call('checkpoint', { repository, fork, message, kind: 'tool', cause: 'edit' })).checkpoint;
      };
      for (const [index, text] of candidate.steps.entries()) {
        for (let draft = 1; draft <= DRAFTS; draft++) await step(`// ${name}: draft ${draft}\n${text}`, `${candidate.idea}, draft ${draft}`);
        const good = await step(text, `${candidate.idea}, step ${index + 1}`);
        if (random.chance(0.3)) {
          await step('export const primesBelow = undefined;\n', 'a bad idea');
          await client.call('rewind', { repository, fork, checkpoint: good });
        }
      }
      const seen = await turns.take(() => client.call('observe', { repository, fork, command: [process.execPath, validatorOf(task)], timeoutSeconds: 120 }));
      const verdict = { contestant, fork, ok: seen.ok, score: seen.score ?? 0 };
      onVerdict(verdict);
      return verdict;
    } finally {
      client.close();
    }
  }));
}

/** At most so many at once; the others wait in turn. */
class Turns {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(count: number) {
    this.#free = count;
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#free--;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
