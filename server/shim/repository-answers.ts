import { existsSync, readFileSync, readdirSync } from 'node:fs';
import * as path from 'node:path';
import type { Clock } from '../engine/ports.ts';
import type { Git } from '../git/exec.ts';
import type { Log } from '../log.ts';
import type { After } from '../transport/timers.ts';
import { formOf } from './breaker.ts';
import type { Breaker } from './breaker.ts';
import { DirectAnswers, directForm } from './direct/direct-answers.ts';
import type { DirectForm } from './direct/form.ts';
import { Proofs } from './direct/proofs.ts';
import { HotQuestions } from './hot-questions.ts';
import type { HotQuestion } from './hot-questions.ts';
import { IndexCache } from './index-cache.ts';
import { IndexCopy } from './index-copy.ts';
import { Memory, isValid } from './memory.ts';
import type { Remembered } from './memory.ts';
import type { Place } from './place.ts';
import { runGit } from './real-git.ts';
import { Rehearsal } from './rehearsal.ts';
import type { Rehearsed } from './rehearsal.ts';
import { RepositoryWatch, generationsNow } from './repository-watch.ts';
import type { Route } from './routes/route.ts';
import { SeenFiles } from './seen-files.ts';
import { StatusUpdates } from './status/status-updates.ts';
import { Surroundings } from './surroundings.ts';
import { exactText } from './text.ts';
import type { Asker } from './surroundings.ts';
import { isSameAnswer } from './wire.ts';
import type { Answer } from './wire.ts';

export interface RepositoryAnswersOptions {
  readonly place: Place;
  readonly git: Git;
  readonly clock: Clock;
  readonly after: After;
  readonly log: Log;
  readonly breaker: Breaker;
  /** Directory of our own, private to the user. */
  readonly directory: string;
  /** The share of the time that may be spent on answers ahead of the question. */
  readonly share: number;
  /** Bytes that remembered answers may take. */
  readonly memoryBytes: number;
  /** One in so many answers is compared with git's. 0: none. */
  readonly checkEvery: number;
}

/** An answer, and what git took for it when it was made. */
export interface Given {
  readonly answer: Answer;
  readonly gitMillis: number;
}

/** What knows whether anything changed. It takes a few hundred watches of the system, so it is not there before an answer is worth making. */
interface Opened {
  readonly watch: RepositoryWatch;
  readonly index: IndexCache;
  readonly statuses: StatusUpdates;
  readonly direct: DirectAnswers;
}

interface Check {
  readonly question: HotQuestion;
  readonly given: Answer;
}

/** Different programs and environments that ask of one repository. */
const MAX_ASKERS = 32;
/** git tells how long it searched when that took two seconds. */
const SLOW_MILLIS = 1_500;
/** After this long the front runs git. */
const PATIENCE_MILLIS = 40;
/** Comparisons that wait: while a repository never rests, more answers would only be kept for them. */
const MAX_CHECKS = 50;
/** Questions of which it is known how long git took. */
const MAX_TIMED = 1_000;
/** Answers that git itself did not print are checked so many times as often. */
const OFTENER = 10;

/** What git would print in one repository, as far as it is known. */
export class RepositoryAnswers {
  readonly #options: RepositoryAnswersOptions;
  readonly #memory: Memory;
  #opened: Opened | undefined;
  #cannotBeWatched = false;
  readonly #hot = new HotQuestions();
  readonly #rehearsal: Rehearsal;
  readonly #proofs = new Proofs();
  /** By asker, with the generation of the configuration for which they were read. */
  readonly #surroundings = new Map<string, { readonly read: Surroundings; readonly generation: number }>();
  readonly #millis = new Map<string, number>();
  readonly #checks: Check[] = [];
  /** Counts changes. */
  #change = 0;
  #given = 0;

  constructor(options: RepositoryAnswersOptions) {
    this.#options = options;
    this.#memory = new Memory(options.memoryBytes);
    this.#rehearsal = new Rehearsal(options, () => this.#due());
  }

  get watches(): number {
    return this.#opened?.watch.watches ?? 0;
  }

  /** When it was asked last, wall clock in ms. */
  get lastAsked(): number {
    return this.#hot.lastAsked ?? 0;
  }

  /** The answer, if it is known and certain. Otherwise it may be next time. */
  async ask(question: HotQuestion): Promise<Given | undefined> {
    this.#hot.ask(question, this.#options.clock.now());
    const form = directForm(question.line);
    if (form !== undefined) this.#proofs.ask(question);
    const given = this.#opened === undefined ? undefined : await this.#answer(this.#opened, question, form);
    this.#rehearsal.wake();
    return given;
  }

  async #answer(opened: Opened, question: HotQuestion, form: DirectForm | undefined): Promise<Given | undefined> {
    const { key } = question;
    const remembered = this.#memory.get(key);
    if (remembered === undefined && form === undefined) return undefined;
    const isUpToDate = await opened.watch.barrier();
    const isSame = remembered !== undefined && isUpToDate && isKnown(opened, remembered);
    const found = isSame ? remembered : await this.#directly(opened, question, isUpToDate ? form : undefined) ?? (remembered === undefined ? undefined : await this.#bringUpToDate(opened, question, remembered));
    if (found === undefined) {
      this.#memory.delete(key);
      // What changed may be nothing that is watched.
      if (remembered !== undefined) this.#hot.retry(question);
      return undefined;
    }
    if (!isSame) this.#memory.set(key, found);
    // What git itself did not print is looked at more often.
    this.#plan(question, found.answer, isSame ? this.#options.checkEvery : Math.ceil(this.#options.checkEvery / OFTENER));
    return { answer: found.answer, gitMillis: this.#millis.get(key) ?? 0 };
  }

  /** Reads the answer from the repository, if git was heard to say the same to a question of the form. */
  async #directly({ watch, direct }: Opened, question: HotQuestion, form: DirectForm | undefined): Promise<Remembered | undefined> {
    if (form === undefined) return undefined;
    const known = this.#surroundings.get(JSON.stringify(question.asker));
    if (known?.generation !== watch.generations.config || !known.read.areSame()) {
      this.#proofs.retry(question);
      return undefined;
    }
    if (!this.#proofs.isProven(question, known.read)) return undefined;
    if (form.needs.includes('files') && !await this.#inTime(async (signal) => watch.explore(signal).then(() => true))) return undefined;
    return direct.answer(question, form, known.read);
  }

  /** Resolves when all that was asked often enough is known, or cannot be. */
  async rehearsed(): Promise<void> {
    await this.#rehearsal.idle();
  }

  close(): void {
    this.#rehearsal.close();
    this.#opened?.direct.close();
    this.#opened?.watch.close();
  }

  /** Begins to watch. Undefined when that cannot be. */
  #open(): Opened | undefined {
    if (this.#opened !== undefined || this.#cannotBeWatched) return this.#opened;
    const { place, directory, log, clock } = this.#options;
    try {
      const watch = new RepositoryWatch({
        ...this.#options, cookieDirectory: directory,
        onChange: () => {
          this.#change++;
          this.#opened?.direct.letGo();
          this.#rehearsal.disturb();
        },
      });
      const index = new IndexCache(place);
      this.#opened = { watch, index, statuses: new StatusUpdates(place, watch, index), direct: new DirectAnswers(place, watch, index, clock) };
    } catch (error) {
      this.#cannotBeWatched = true;
      log.warn('A repository cannot be watched; git answers there', { root: place.root, error: String(error) });
    }
    return this.#opened;
  }

  /** Compares one in so many answers with git's, later; 0: none. */
  #plan(question: HotQuestion, given: Answer, every: number): void {
    this.#given++;
    if (every > 0 && this.#given % every === 0 && this.#checks.length < MAX_CHECKS) this.#checks.push({ question, given });
  }

  async #bringUpToDate({ statuses }: Opened, question: HotQuestion, remembered: Remembered): Promise<Remembered | undefined> {
    return this.#inTime(async (signal) => statuses.bringUpToDate(question, remembered, signal));
  }

  /** Undefined when it takes too long, or fails. */
  async #inTime<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    const { after, log } = this.#options;
    const timeout = new AbortController();
    const cancel = after(PATIENCE_MILLIS, () => { timeout.abort(); });
    try {
      return await work(timeout.signal);
    } catch (error) {
      log.debug('An answer could not be brought up to date', { error: String(error) });
      return undefined;
    } finally {
      cancel();
    }
  }

  #due(): Rehearsed | undefined {
    const { clock, breaker } = this.#options;
    const check = this.#checks.shift();
    const opened = this.#opened;
    if (check !== undefined && opened !== undefined) return { run: async (signal) => this.#timed(() => this.#compare(opened, check, signal)) };
    if (this.#cannotBeWatched) return undefined;
    const unproven = this.#proofs.next();
    const question = unproven !== undefined ? undefined : this.#hot.next(this.#change, clock.now(), (hot) => {
      const remembered = this.#memory.get(hot.key);
      return breaker.isOff(formOf(hot.line.command, hot.line.args)) || (opened !== undefined && remembered !== undefined && isKnown(opened, remembered));
    });
    const watched = question === undefined && unproven === undefined ? opened : this.#open();
    if (watched === undefined) return undefined;
    if (unproven !== undefined) return { run: async (signal) => this.#timed(() => this.#prove(watched, unproven, signal)) };
    if (question !== undefined) return { run: async (signal) => this.#timed(() => this.#make(watched.watch, question, signal)) };
    const { index, watch } = watched;
    // The next question may be the first that needs it.
    return index.isStale(watch.generations.index) ? { run: async () => this.#timed(async () => void index.at(watch.generations.index)) } : undefined;
  }

  async #timed(work: () => Promise<void>): Promise<number> {
    const { clock, log } = this.#options;
    const started = clock.micros();
    await work().catch((error: unknown) => { log.debug('An answer could not be made ahead of the question', { error: String(error) }); });
    return (clock.micros() - started) / 1000;
  }

  /** Makes the answer to a question, and keeps it if nothing changed on the way. */
  async #make(watch: RepositoryWatch, question: HotQuestion, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const { route, key } = question;
    const surroundings = await this.#surroundingsOf(watch, question.asker, signal);
    if (surroundings === undefined) {
      this.#hot.retry(question);
      return;
    }
    if (!surroundings.allows(route)) return;
    await watch.settle(signal);
    const above = route.looksAbove ? repositoriesAbove(this.#options.place.root) : [];
    if (above.some((file) => existsSync(file))) return;
    const linked = route.looksAtWorkTrees ? linkedWorkTrees(this.#options.place) : [];
    const named = new SeenFiles([...above, ...linked, ...route.ambiguous.map((word) => path.resolve(question.directory, exactText(word) ?? word))], clock);
    if (!named.areSettled()) {
      this.#hot.retry(question);
      return;
    }
    if (!await watch.barrier()) return;
    if (!watch.isCertain(route)) {
      if (watch.isUnsettled) this.#hot.retry(question);
      return;
    }
    const generations = generationsNow(watch);
    const started = clock.micros();
    const answer = question.isThere() ? await this.#runAsCaller(question, signal) : undefined;
    const millis = (clock.micros() - started) / 1000;
    this.#took(key, millis);
    if (route.tellsSlowness && millis >= SLOW_MILLIS) return;
    if (answer === undefined || !question.isThere() || !isKept(route, answer) || !await watch.barrier() || !watch.isCertain(route)) return;
    const remembered = { answer, needs: route.needs, generations, surroundings, named };
    if (isValid(remembered, watch.generations)) this.#memory.set(key, remembered);
  }

  /** Asks git what can be read here, too: if it says the same, it need not be asked again. */
  async #prove({ watch, direct }: Opened, question: HotQuestion, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    const form = directForm(question.line);
    const surroundings = await this.#surroundingsOf(watch, question.asker, signal);
    if (surroundings !== undefined && form?.needs.includes('files') === true) await watch.settle(signal);
    if (surroundings === undefined || !await watch.barrier() || watch.isUnsettled) return;
    const read = form === undefined ? undefined : direct.answer(question, form, surroundings);
    if (read === undefined) {
      this.#proofs.giveUp(question);
      return;
    }
    const started = clock.micros();
    const truth = question.isThere() ? await this.#runAsCaller(question, signal) : undefined;
    this.#took(question.key, (clock.micros() - started) / 1000);
    if (truth === undefined || !question.isThere() || !await watch.barrier() || !watch.isCertain(read) || !isValid(read, watch.generations)) return;
    const isRight = isSameAnswer(read.answer, truth);
    if (isRight) this.#memory.set(question.key, read);
    else log.info('git says something else than what is read from the repository: it answers questions of this form', { args: question.args });
    this.#proofs.decide(question, surroundings, isRight);
  }

  /** Notes how long git took for a question. */
  #took(key: string, millis: number): void {
    this.#millis.delete(key);
    this.#millis.set(key, millis);
    for (const oldest of this.#millis.keys()) {
      if (this.#millis.size <= MAX_TIMED) break;
      this.#millis.delete(oldest);
    }
  }

  async #compare(opened: Opened, { question, given }: Check, signal: AbortSignal): Promise<void> {
    const { clock, breaker } = this.#options;
    const remembered = this.#memory.get(question.key);
    if (remembered?.answer !== given) return;
    const truth = question.isThere() ? await this.#runAsCaller(question, signal) : undefined;
    // Of another state than the one that was answered of, nothing can be said.
    if (truth === undefined || !question.isThere() || !await opened.watch.barrier() || !isKnown(opened, remembered)) return;
    const { line, directory, args } = question;
    if (!breaker.check({ form: formOf(line.command, line.args), directory, args, time: clock.now() }, given, truth)) this.#memory.delete(question.key);
  }

  /** What git says to the caller, with no lock taken on the caller's index. Undefined when git would write there. */
  async #runAsCaller({ asker, args, cwd, route, mayLock, line }: HotQuestion, signal: AbortSignal): Promise<Answer | undefined> {
    const run = { git: asker.git, args, cwd, signal, input: line.input };
    const env = { ...asker.env, GIT_OPTIONAL_LOCKS: '0' };
    if (!route.refreshesIndex || !mayLock) return runGit({ ...run, env });
    const copy = IndexCopy.of(this.#options.place, this.#options.directory);
    if (copy === undefined) return runGit({ ...run, env });
    try {
      // A hook would be told of a write that is none.
      const answer = await runGit({ ...run, args: ['-c', 'core.hooksPath=/dev/null', ...args], env: { ...asker.env, GIT_INDEX_FILE: copy.file } });
      return copy.wasWritten ? undefined : answer;
    } finally {
      copy.remove();
    }
  }

  async #surroundingsOf(watch: RepositoryWatch, asker: Asker, signal: AbortSignal): Promise<Surroundings | undefined> {
    const { place, clock } = this.#options;
    const key = JSON.stringify(asker);
    const known = this.#surroundings.get(key);
    const generation = watch.generations.config;
    if (known?.generation === generation && known.read.areSame()) return known.read;
    const read = await Surroundings.read(place, asker, clock, signal);
    this.#surroundings.delete(key);
    if (read === undefined || generation !== watch.generations.config) return undefined;
    this.#surroundings.set(key, { read, generation });
    watch.doubtRules();
    for (const oldest of this.#surroundings.keys()) {
      if (this.#surroundings.size <= MAX_ASKERS) break;
      this.#surroundings.delete(oldest);
    }
    return read;
  }
}

/** Whether what git said depends on nothing but what the route says. */
function isKept({ codes, failure }: Route, { code, stderr }: Answer): boolean {
  return codes.includes(code) || failure?.test(stderr.toString('latin1')) === true;
}

/** Whether what is remembered is what git would print. To be called behind a barrier. */
function isKnown({ watch }: Opened, remembered: Remembered): boolean {
  return watch.isCertain(remembered) && isValid(remembered, watch.generations);
}

/** Where a repository would be that `root` lies in. */
function repositoriesAbove(root: string): string[] {
  const files: string[] = [];
  for (let at = path.dirname(root); ; at = path.dirname(at)) {
    files.push(path.join(at, '.git'));
    if (at === path.dirname(at)) return files;
  }
}

/** What the linked work trees have in place of a git directory, wherever they are: one that is gone is shown as prunable. */
function linkedWorkTrees({ commonDir }: Place): string[] {
  const directory = path.join(commonDir, 'worktrees');
  return entriesOf(directory).flatMap((name) => {
    try {
      return [path.resolve(directory, name, readFileSync(path.join(directory, name, 'gitdir'), 'utf8').trimEnd())];
    } catch {
      // git leaves it out, and what would mend it is in the git directory, which is watched.
      return [];
    }
  });
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
