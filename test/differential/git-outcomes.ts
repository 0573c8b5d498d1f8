/** One command line in one state of a repository. */
export interface Tried {
  readonly command: string;
  readonly state: string;
  readonly args: readonly string[];
  readonly isAnswered: boolean;
  /** In what it was not as git's; nothing when it was. */
  readonly differences: readonly string[];
  /** Whether git itself says the same a second time. Asked only where there are differences. */
  readonly isSteady: () => boolean;
}

interface Count {
  cases: number;
  answered: number;
}

interface Difference {
  readonly tried: Tried;
  readonly cause: string;
}

/** Counts what was as git's, what was not, and what was answered. */
export class Outcomes {
  readonly #commands = new Map<string, Count>();
  readonly #states = new Map<string, Count>();
  readonly #differences: Difference[] = [];
  #cases = 0;
  #answered = 0;

  add(tried: Tried): void {
    for (const [counts, name] of [[this.#commands, tried.command], [this.#states, tried.state]] as const) {
      const count = counts.get(name) ?? { cases: 0, answered: 0 };
      count.cases++;
      if (tried.isAnswered) count.answered++;
      counts.set(name, count);
    }
    this.#cases++;
    if (tried.isAnswered) this.#answered++;
    if (tried.differences.length === 0) return;
    const cause = tried.isSteady() ? tried.isAnswered ? 'the answer' : 'the front, or what it started' : 'git itself says another thing each time';
    this.#differences.push({ tried, cause });
  }

  casesOf(command: string): number {
    return this.#commands.get(command)?.cases ?? 0;
  }

  /** Percent that were as git's: of all, and of those that the server answered. */
  get shares(): { readonly exact: number; readonly exactOfAnswered: number } {
    const wrong = this.#differences.filter(({ tried }) => tried.isAnswered).length;
    return { exact: 100 * (1 - this.#differences.length / this.#cases), exactOfAnswered: this.#answered === 0 ? 0 : 100 * (1 - wrong / this.#answered) };
  }

  lines(): string[] {
    const { exact, exactOfAnswered } = this.shares;
    const answered = [...this.#commands].filter(([, count]) => count.answered > 0).map(([command, count]) => `${command} ${Math.round((100 * count.answered) / count.cases)} % of ${count.cases}`);
    const states = Array.from(this.#states, ([state, count]) => {
      const different = this.#differences.filter(({ tried }) => tried.state === state);
      const wrong = different.filter(({ tried }) => tried.isAnswered);
      return `${state}: ${count.cases} cases, ${different.length} different; ${count.answered} answered, ${wrong.length} different`;
    });
    return [
      `${this.#cases} cases of ${this.#commands.size} commands: ${exact.toFixed(2)} % exact; ${this.#answered} answered by the server, ${exactOfAnswered.toFixed(2)} % of them exact`,
      `answered: ${answered.join(', ')}; all others are git's`,
      ...states,
      ...this.#differences.map(({ tried: { args, state, differences }, cause }) => `DIFFERENT git ${args.join(' ')} (${state}; ${cause}): ${differences.join('; ')}`),
    ];
  }
}
