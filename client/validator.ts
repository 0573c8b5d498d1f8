import type { Memento } from 'vscode';
import type { ForkInfo } from '../protocol/values.ts';
import { lineOf } from './command-line.ts';

/** Which command judges the forks of a task. */

const KEY = 'pyi.validators';
/** Tasks whose validators are remembered. */
const REMEMBERED = 200;

/**
 * Validators that a person has run in this workspace, by repository and task. Only what somebody agreed to is run without a question: the
 * commands in a store are the agents' own.
 */
export class Validators {
  readonly #memory: Pick<Memento, 'get' | 'update'>;

  constructor(memory: Pick<Memento, 'get' | 'update'>) {
    this.#memory = memory;
  }

  agreed(repository: string, task: string | null): string | undefined {
    return this.#all.find(([key]) => key === keyOf(repository, task))?.[1];
  }

  async agree(repository: string, task: string | null, line: string): Promise<void> {
    const key = keyOf(repository, task);
    await this.#memory.update(KEY, [[key, line], ...this.#all.filter(([known]) => known !== key)].slice(0, REMEMBERED));
  }

  /** The last one that was used first. */
  get #all(): readonly (readonly [key: string, line: string])[] {
    const kept = this.#memory.get<unknown>(KEY);
    return Array.isArray(kept) ? kept.filter((entry): entry is [string, string] => Array.isArray(entry) && typeof entry[0] === 'string' && typeof entry[1] === 'string') : [];
  }
}

function keyOf(repository: string, task: string | null): string {
  return JSON.stringify([repository, task]);
}

/** The command that was run last on a fork of the task, whichever fork it was; forks without a task have their own only. */
export function lastValidator(forks: readonly ForkInfo[], { fork, task }: Pick<ForkInfo, 'fork' | 'task'>): string | undefined {
  const runs = forks.filter((other) => (task === null ? other.fork === fork : other.task === task))
    .flatMap(({ observations }) => observations).filter(({ command }) => command.length > 0);
  const last = runs.reduce<(typeof runs)[number] | undefined>((latest, run) => (latest === undefined || run.time >= latest.time ? run : latest), undefined);
  return last === undefined ? undefined : lineOf(last.command);
}
