/** Wall-clock times of named steps, milliseconds. */
export class Stopwatch {
  readonly #times = new Map<string, number[]>();

  async time<T>(step: string, work: () => Promise<T> | T): Promise<T> {
    const started = performance.now();
    const result = await work();
    const list = this.#times.get(step) ?? [];
    list.push(performance.now() - started);
    this.#times.set(step, list);
    return result;
  }

  count(step: string): number {
    return this.#times.get(step)?.length ?? 0;
  }

  /** The median, or undefined when the step never ran. */
  median(step: string): number | undefined {
    const sorted = [...(this.#times.get(step) ?? [])].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)];
  }
}
