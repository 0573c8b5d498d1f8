import type { Log } from '../log.ts';
import { isSameAnswer } from './wire.ts';
import type { Answer } from './wire.ts';

/** Bytes of each output that the log keeps. */
const LOGGED_BYTES = 2_000;

/** A form of a command whose answer was once not git's: it is git's alone until the server ends. */
export interface Fault {
  readonly form: string;
  readonly directory: string;
  readonly args: readonly string[];
  /** Wall clock, ms. */
  readonly time: number;
}

/** Switches off forms of commands that were answered wrongly. */
export class Breaker {
  readonly #faults = new Map<string, Fault>();
  readonly #log: Log;
  #checked = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  get faults(): readonly Fault[] {
    return [...this.#faults.values()];
  }

  /** Answers that were compared. */
  get checked(): number {
    return this.#checked;
  }

  isOff(form: string): boolean {
    return this.#faults.has(form);
  }

  /** Compares what was answered with what git says, of the same state. Returns whether they are the same. */
  check(fault: Fault, given: Answer, truth: Answer): boolean {
    this.#checked++;
    if (isSameAnswer(given, truth)) return true;
    this.#faults.set(fault.form, fault);
    this.#log.error('An answer was not the one of git; commands of this form go to git from now on', {
      ...fault, given: logged(given), git: logged(truth),
    });
    return false;
  }
}

function logged({ code, stdout, stderr }: Answer): Readonly<Record<string, unknown>> {
  return { code, stdout: stdout.toString('latin1', 0, LOGGED_BYTES), stderr: stderr.toString('latin1', 0, LOGGED_BYTES) };
}

/** A command and its options without their values: what was wrong with one of a form may be wrong with all. */
export function formOf(command: string, args: readonly string[]): string {
  const end = args.indexOf('--');
  const options = (end < 0 ? args : args.slice(0, end)).filter((word) => word.startsWith('-')).map((word) => word.replace(/=.*/s, ''));
  return [command, ...new Set(options)].join(' ');
}
