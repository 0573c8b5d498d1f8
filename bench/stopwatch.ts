import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { spreadOf } from './harness.ts';
import type { Spread } from './rows.ts';

/** A program that is run and timed. */
export interface Way {
  readonly directory: string;
  readonly program: string;
  /** What it is told that it is called. */
  readonly name: string;
  readonly args: readonly string[];
  /** Beside the environment of all. */
  readonly env?: Readonly<Record<string, string>>;
  /** A file for stdin; nothing by default. */
  readonly input?: string;
  /** A file that gets a line before. */
  readonly touched?: string;
  /** Rest before the start, ms. */
  readonly delay?: number;
  /** Number of the way whose output it must have. */
  readonly like: number;
}

export interface Timed {
  readonly micros: number;
  readonly code: number;
  /** Whether exit code, stdout and stderr were those of the way that it must be like. */
  readonly isSame: boolean;
  /** Name of the program file that the process had become in the end. */
  readonly endedAs: string;
}

export interface Rounds {
  readonly count: number;
  readonly warmup: number;
  /** Rest after each run, ms. */
  readonly pause?: number;
}

/** Times whole processes from outside: `native/stopwatch.c`. */
export class Stopwatch {
  readonly #program: string;

  private constructor(program: string) {
    this.#program = program;
  }

  /** Compiles it to `file`. Undefined where there is no C compiler, or the system does not tell what a process has become. */
  static compile(file: string): Stopwatch | undefined {
    if (process.platform !== 'linux') return undefined;
    return compileNative('stopwatch.c', file, [['cc']]) ? new Stopwatch(file) : undefined;
  }

  /** What each way did in each round, without the warm-up. */
  run(ways: readonly Way[], { count, warmup, pause = 0 }: Rounds, env: NodeJS.ProcessEnv): Timed[][] {
    const args = [String(warmup + count), String(pause), ...ways.flatMap(wordsOf)];
    const { status, stdout, stderr } = spawnSync(this.#program, args, { env, encoding: 'utf8', maxBuffer: 1 << 26 });
    if (status !== 0) throw new Error(`The stopwatch failed: ${stderr}`);
    return readTimes(stdout, ways.length).map((times) => times.slice(warmup));
  }
}

/** Compiles one of `native/` with the first compiler that can. */
export function compileNative(source: string, file: string, compilers: readonly (readonly string[])[]): boolean {
  const args = ['-std=c99', '-D_GNU_SOURCE', '-O2', '-o', file, path.join(__dirname, '../../bench/native', source)];
  return compilers.some(([compiler = 'cc', ...flags]) => spawnSync(compiler, [...flags, ...args], { stdio: 'ignore' }).status === 0);
}

function wordsOf({ directory, program, name, args, env = {}, input = '/dev/null', touched = '', delay = 0, like }: Way): string[] {
  const variables = Object.entries(env).map(([variable, value]) => `${variable}=${value}`);
  return [String(like), directory, input, touched, String(delay), program, name, String(variables.length), ...variables, String(args.length), ...args];
}

/** The lines of the stopwatch, by way. */
export function readTimes(text: string, ways: number): Timed[][] {
  const times: Timed[][] = Array.from({ length: ways }, () => []);
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [way = '', micros = '', code = '', isSame = '', ...name] = line.split(' ');
    times[Number(way)]?.push({ micros: Number(micros), code: Number(code), isSame: isSame === '1', endedAs: name.join(' ') });
  }
  return times;
}

/** How the sums over several ways are spread, one sum for each round; `sign` says what is added and what is taken off. */
export function spreadOfSums(ways: readonly (readonly Timed[])[], sign: (way: number) => number = () => 1): Spread {
  const rounds = ways[0]?.length ?? 0;
  return spreadOf(Float64Array.from({ length: rounds }, (_, round) => ways.reduce((sum, times, way) => sum + sign(way) * (times[round]?.micros ?? Number.NaN), 0)));
}
