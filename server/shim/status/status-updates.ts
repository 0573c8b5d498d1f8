import type { HotQuestion } from '../hot-questions.ts';
import type { IndexCache } from '../index-cache.ts';
import { mentions } from '../mentions.ts';
import type { Remembered } from '../memory.ts';
import type { Place } from '../place.ts';
import { generationsNow } from '../repository-watch.ts';
import type { RepositoryWatch } from '../repository-watch.ts';
import { statusForm } from './status-form.ts';
import { updateStatus } from './update.ts';

/** Attributes by which git takes a file's content for another than its bytes. Filters are left to git anyway. */
const CONVERSIONS = /working-tree-encoding|ident/;

/** Brings what `git status` printed up to date, in one repository: it costs what changed, where git looks at every file. */
export class StatusUpdates {
  readonly #place: Place;
  readonly #watch: RepositoryWatch;
  readonly #index: IndexCache;

  constructor(place: Place, watch: RepositoryWatch, index: IndexCache) {
    this.#place = place;
    this.#watch = watch;
    this.#index = index;
  }

  /**
   * What git prints now, from what it printed before and the paths that changed since. Undefined where more changed than files, or where
   * only git can say. To be called behind a barrier.
   * @throws PyiError `CANCELLED`
   */
  async bringUpToDate(question: HotQuestion, remembered: Remembered, signal: AbortSignal): Promise<Remembered | undefined> {
    const watch = this.#watch;
    const { answer, surroundings } = remembered;
    const { root } = this.#place;
    const form = statusForm(question.line, surroundings.settings, question.directory === root);
    if (form === undefined || answer.code !== 0 || answer.stderr.length > 0 || !surroundings.areSame() || !remembered.named.areSame() || !this.#onlyFilesMoved(remembered)) return undefined;
    if (watch.changedSince(remembered.generations.files) === undefined) return undefined;
    await watch.explore(signal);
    const changed = watch.changedSince(remembered.generations.files);
    if (changed === undefined || !watch.isCertain(question.route) || surroundings.attributes.some((file) => mentions(file, true, CONVERSIONS)) || watch.someAttributes(CONVERSIONS)) return undefined;
    const generations = generationsNow(watch);
    const index = this.#index.at(generations.index);
    const stdout = index === undefined ? undefined : updateStatus(answer.stdout.toString('latin1'), changed, {
      form, root, index, mayRefresh: question.mayLock, isIgnored: (file, isDirectory) => watch.isIgnored(file, isDirectory),
    });
    // Nothing may have changed while it was looked at.
    if (stdout === undefined || !await watch.barrier() || !watch.isCertain(question.route) || !this.#onlyFilesMoved(remembered) || watch.generations.files !== generations.files) {
      if (watch.generations.index !== generations.index) this.#index.forget();
      return undefined;
    }
    return { ...remembered, answer: { ...answer, stdout: Buffer.from(stdout, 'latin1') }, generations };
  }

  #onlyFilesMoved({ needs, generations }: Remembered): boolean {
    return needs.every((need) => need === 'files' || generations[need] === this.#watch.generations[need]);
  }
}
