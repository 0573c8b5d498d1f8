import { lstatSync } from 'node:fs';
import * as path from 'node:path';
import type { Clock } from '../../engine/ports.ts';
import { isMissing } from '../../worktree/native-path.ts';
import type { CommandLine } from '../command-line.ts';
import type { HotQuestion } from '../hot-questions.ts';
import type { IndexCache } from '../index-cache.ts';
import type { Remembered } from '../memory.ts';
import type { Place } from '../place.ts';
import { generationsNow } from '../repository-watch.ts';
import type { RepositoryWatch } from '../repository-watch.ts';
import { SeenFiles } from '../seen-files.ts';
import type { IndexFile } from '../status/index-file.ts';
import type { Surroundings } from '../surroundings.ts';
import { exactText } from '../text.ts';
import { Unclear } from '../unclear.ts';
import { MAX_ANSWER_BYTES } from '../wire.ts';
import type { DirectForm } from './form.ts';
import { checkIgnore } from './ignore-forms.ts';
import { lsFiles } from './index-forms.ts';
import { catFile } from './object-forms.ts';
import { Objects } from './objects.ts';
import { branch, revParse, symbolicRef } from './ref-forms.ts';
import { Refs } from './refs.ts';

const FORMS: Readonly<Record<string, (line: CommandLine) => DirectForm | undefined>> = {
  'branch': branch, 'cat-file': catFile, 'check-ignore': checkIgnore, 'ls-files': lsFiles, 'rev-parse': revParse, 'symbolic-ref': symbolicRef,
};
/** Formats of repositories that are read here; an extension that is not named may change any of them. */
const KNOWN_EXTENSIONS: Readonly<Record<string, readonly string[]>> = { 'extensions.objectformat': ['sha1'], 'extensions.worktreeconfig': ['true', 'false'], 'extensions.refstorage': ['files'] };

/** How the answer to a question can be read from the repository; undefined when only git makes it. */
export function directForm(line: CommandLine): DirectForm | undefined {
  return Object.hasOwn(FORMS, line.command) ? FORMS[line.command]?.(line) : undefined;
}

/** Reads answers from the objects, the refs and the index of one repository, for questions that were not asked before. */
export class DirectAnswers {
  readonly #place: Place;
  readonly #watch: RepositoryWatch;
  readonly #index: IndexCache;
  readonly #clock: Clock;
  /** With packs that are open, and the generations of objects for which they are all there are. */
  #objects: { readonly open: Objects; readonly lost: number; readonly added: number } | undefined;

  constructor(place: Place, watch: RepositoryWatch, index: IndexCache, clock: Clock) {
    this.#place = place;
    this.#watch = watch;
    this.#index = index;
    this.#clock = clock;
  }

  /**
   * What git prints; undefined where only git can say. To be called behind a barrier: what is kept from before is then of this moment, and
   * all else is read now.
   */
  answer({ directory, route }: HotQuestion, form: DirectForm, surroundings: Surroundings): Remembered | undefined {
    const { needs } = form;
    if (!surroundings.allows(route) || !hasKnownFormat(surroundings) || !this.#watch.isCertain({ needs })) return undefined;
    const generations = generationsNow(this.#watch);
    const words = form.ambiguous.map((word) => exactText(word));
    if (!words.every((word) => word !== undefined && isNoFile(path.resolve(directory, word)))) return undefined;
    const named = new SeenFiles(words.map((word) => path.resolve(directory, word ?? '')), this.#clock);
    const objects = this.#objectsNow();
    objects.begin();
    // One that is too large to be kept is read once for an answer.
    let index: IndexFile | undefined;
    const refs = new Refs(this.#place);
    try {
      if (refs.mayReplace) return undefined;
      const stdout = form.print({
        place: this.#place, directory, objects, refs, index: () => (index ??= this.#index.at(generations.index) ?? unclear()),
        explain: (file, isDirectory) => this.#watch.explain(file, isDirectory), settings: surroundings.settings,
      });
      return stdout.length > MAX_ANSWER_BYTES ? undefined : { answer: { code: stdout.length === 0 ? form.emptyCode ?? 0 : 0, stdout, stderr: Buffer.alloc(0) }, needs, generations, surroundings, named };
    } catch (error) {
      if (error instanceof Unclear) return undefined;
      throw error;
    }
  }

  /** Objects came or went: packs are not kept open when they may be gone. */
  letGo(): void {
    const { lost, added } = this.#watch.generations;
    if (this.#objects?.lost !== lost || this.#objects.added !== added) this.close();
  }

  close(): void {
    this.#objects?.open.close();
    this.#objects = undefined;
  }

  #objectsNow(): Objects {
    this.letGo();
    const { lost, added } = this.#watch.generations;
    this.#objects ??= { open: new Objects(this.#place.commonDir), lost, added };
    return this.#objects.open;
  }
}

function hasKnownFormat({ settings }: Surroundings): boolean {
  return [...settings].every(([key, value]) => !key.startsWith('extensions.') || KNOWN_EXTENSIONS[key]?.includes(value.toLowerCase()) === true);
}

function isNoFile(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) === undefined;
  } catch (error) {
    return isMissing(error);
  }
}

function unclear(): never {
  throw new Unclear();
}
