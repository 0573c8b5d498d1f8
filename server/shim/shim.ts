import * as path from 'node:path';
import { mkdirSync, realpathSync, rmSync } from 'node:fs';
import type { Clock } from '../engine/ports.ts';
import type { Git } from '../git/exec.ts';
import type { Log } from '../log.ts';
import type { After } from '../transport/timers.ts';
import { Breaker, formOf } from './breaker.ts';
import type { Fault } from './breaker.ts';
import { parseCommandLine } from './command-line.ts';
import type { HotQuestion } from './hot-questions.ts';
import { locate } from './place.ts';
import type { Place } from './place.ts';
import { RepositoryAnswers } from './repository-answers.ts';
import { routeOf } from './routes/table.ts';
import { Tally } from './tally.ts';
import type { CommandTally } from './tally.ts';
import { exactText } from './text.ts';
import type { Answer, Question } from './wire.ts';

export interface ShimOptions {
  readonly git: Git;
  readonly clock: Clock;
  readonly after: After;
  readonly log: Log;
  /** Version that a front must have. */
  readonly version: string;
  readonly uid: number | undefined;
  /** The server's own environment: askers whose configuration lies elsewhere have other rules of what is ignored. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Private directory, made and emptied here. */
  readonly directory: string;
  /** Whether it may answer in a repository. */
  readonly isInScope: (place: Place) => boolean;
  /** The share of the time, between 0 and 1, for answers ahead of the question. */
  readonly share: number;
  /** One in so many answers is compared with git's; 0: none. */
  readonly checkEvery: number;
}

/** For the answers of one repository. */
const MEMORY_BYTES = 8 * 1024 * 1024;
const MAX_REPOSITORIES = 32;
/** A repository in which nobody asked for this long is let go. */
const IDLE_MILLIS = 10 * 60_000;

/**
 * Answers for git. Whatever it does not know, and whatever it is not sure of, is undefined: then git is run, and what it would
 * have said is found out before the question comes again.
 */
export class Shim {
  readonly #options: ShimOptions;
  readonly #repositories = new Map<string, RepositoryAnswers>();
  readonly #breaker: Breaker;
  readonly #tally = new Tally();
  #elsewhere = 0;
  #cancelTidying: (() => void) | undefined;
  #isClosed = false;

  constructor(options: ShimOptions) {
    this.#options = options;
    this.#breaker = new Breaker(options.log);
    rmSync(options.directory, { recursive: true, force: true });
    mkdirSync(options.directory, { recursive: true, mode: 0o700 });
  }

  get tally(): readonly CommandTally[] {
    return this.#tally.list();
  }

  /** Answers that were compared with git's own. */
  get checked(): number {
    return this.#breaker.checked;
  }

  get faults(): readonly Fault[] {
    return this.#breaker.faults;
  }

  /** Questions that were left to git because the caller's configuration lies elsewhere than the server's. */
  get elsewhere(): number {
    return this.#elsewhere;
  }

  get repositories(): number {
    return this.#repositories.size;
  }

  /** The system's watches that all repositories hold together. */
  get watches(): number {
    return [...this.#repositories.values()].reduce((sum, { watches }) => sum + watches, 0);
  }

  /** What git would print; undefined when git has to be run. */
  async ask(question: Question): Promise<Answer | undefined> {
    if (this.#isClosed || question.version !== this.#options.version) return undefined;
    const { clock } = this.#options;
    const started = clock.micros();
    const command = parseCommandLine(question.args)?.command ?? 'other';
    const found = this.#find(question);
    const given = await found?.answers.ask(found.question);
    if (found === undefined) this.#tally.delegated(command);
    else if (given === undefined || (question.isErrorTerminal && given.answer.stderr.length > 0)) this.#tally.miss(command);
    else this.#tally.hit(command, given.gitMillis - (clock.micros() - started) / 1000);
    return given === undefined || (question.isErrorTerminal && given.answer.stderr.length > 0) ? undefined : given.answer;
  }

  /** Resolves when all that was asked often enough is known, or cannot be. */
  async rehearsed(): Promise<void> {
    await Promise.all(Array.from(this.#repositories.values(), async (answers) => answers.rehearsed()));
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelTidying?.();
    for (const answers of this.#repositories.values()) answers.close();
    this.#repositories.clear();
    rmSync(this.#options.directory, { recursive: true, force: true });
  }

  #find(question: Question): { readonly answers: RepositoryAnswers; readonly question: HotQuestion } | undefined {
    const parsed = parseCommandLine(question.args);
    const line = parsed === undefined ? undefined : { ...parsed, input: question.input };
    const route = line === undefined ? undefined : routeOf(line);
    if (line === undefined || route === undefined || this.#breaker.isOff(formOf(line.command, line.args))) return undefined;
    const [cwd, ...directories] = [question.directory, ...line.directories].map(exactText);
    const args = question.args.map(exactText);
    if (cwd === undefined || !directories.every(isText) || !args.every(isText)) return undefined;
    if (!this.#sharesConfiguration(question)) {
      this.#elsewhere++;
      return undefined;
    }
    const enter = (): string | undefined => directories.reduce<string | undefined>((from, to) => (from === undefined ? undefined : entered(from, to)), cwd);
    const directory = enter();
    const place = directory === undefined ? undefined : locate(directory, this.#options);
    if (directory === undefined || place === undefined || !this.#options.isInScope(place)) return undefined;
    if (!route.absolute.every((file) => file.startsWith(`${place.root}/`))) return undefined;
    const answers = this.#answersOf(place);
    const mayLock = !line.noOptionalLocks && !/^(?:0|false|no|off)$/.test(question.env['GIT_OPTIONAL_LOCKS'] ?? '1');
    const asker = { git: question.git, env: question.env };
    const isThere = (): boolean => enter() === directory && locate(directory, this.#options)?.identity === place.identity;
    const key = JSON.stringify([cwd, directory, args, asker, question.input]);
    return { answers, question: { key, args, line, route, asker, cwd, directory, isThere, mayLock } };
  }

  #sharesConfiguration({ env }: Question): boolean {
    return ['HOME', 'XDG_CONFIG_HOME', 'GIT_CONFIG_GLOBAL', 'GIT_CONFIG_SYSTEM', 'GIT_CONFIG_NOSYSTEM'].every((name) => env[name] === this.#options.env[name]);
  }

  #answersOf(place: Place): RepositoryAnswers {
    const known = this.#repositories.get(place.identity);
    if (known !== undefined) return known;
    this.#letGo(MAX_REPOSITORIES - 1, Infinity);
    const answers = new RepositoryAnswers({ ...this.#options, place, breaker: this.#breaker, memoryBytes: MEMORY_BYTES });
    this.#repositories.set(place.identity, answers);
    this.#planTidying();
    return answers;
  }

  #planTidying(): void {
    this.#cancelTidying ??= this.#options.after(IDLE_MILLIS, () => {
      this.#cancelTidying = undefined;
      this.#letGo(Infinity, IDLE_MILLIS);
      if (this.#repositories.size > 0) this.#planTidying();
    });
  }

  /** Lets go of all but `most`, and of those that nobody asked about for `idle` ms. */
  #letGo(most: number, idle: number): void {
    const now = this.#options.clock.now();
    const byAge = [...this.#repositories].sort(([, a], [, b]) => a.lastAsked - b.lastAsked);
    byAge.forEach(([identity, answers], place) => {
      if (byAge.length - place <= most && now - answers.lastAsked < idle) return;
      this.#repositories.delete(identity);
      answers.close();
    });
  }
}

/** Where a process is that was in `from` and goes to `to`: `..` leads out of what a link leads to. */
function entered(from: string, to: string): string | undefined {
  try {
    return realpathSync.native(path.isAbsolute(to) ? to : `${from}/${to}`);
  } catch {
    return undefined;
  }
}

function isText(text: string | undefined): text is string {
  return text !== undefined;
}
