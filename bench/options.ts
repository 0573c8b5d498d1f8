export interface Options {
  /** Smaller trees, fewer repetitions. */
  readonly short: boolean;
  /** Fails when a target is missed by more than {@link CHECK_SLACK}. */
  readonly check: boolean;
  /** Cases whose name begins with one of these; all without. */
  readonly only: readonly string[];
  readonly json: string | undefined;
  /** Directory for a CPU profile of the run. */
  readonly profile: string | undefined;
  readonly help: boolean;
}

/** How far off a target may be under `--check`: machines that run tests are busy, and a regression that matters is larger. */
export const CHECK_SLACK = 10;

export const USAGE = `npm run bench -- [NAME…] [--short] [--only NAME,…] [--json FILE] [--check] [--profile DIR]

  --short        smaller trees and fewer repetitions: about a minute
  NAME           cases whose name begins so, such as git
  --only NAMES   the same, for several: checkpoint,dir/fork
  --json FILE    write the lines as JSON too
  --check        exit with 1 when a target is missed by more than ${CHECK_SLACK} times
  --profile DIR  write a CPU profile there

Data goes to a fresh directory under the system's temporary directory, or under PYI_BENCH_DIR.
Exits with 1 when a state that was timed turns out to be wrong.`;

/** The options, or what is wrong with them. */
export function parseOptions(args: readonly string[]): Options | string {
  const flags = { short: false, check: false, help: false };
  const values: Record<'only' | 'json' | 'profile', string | undefined> = { only: undefined, json: undefined, profile: undefined };
  const names: string[] = [];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [name = '', inline] = arg.replace(/^--/, '').split('=', 2);
    if (!arg.startsWith('-')) names.push(arg);
    else if (name === 'short' || name === 'check' || name === 'help') flags[name] = true;
    else if (name === 'only' || name === 'json' || name === 'profile') {
      values[name] = inline ?? rest.shift();
      if (values[name] === undefined) return `--${name} needs a value`;
    } else return `Unknown option ${arg}`;
  }
  return { ...flags, json: values.json, profile: values.profile, only: [...names, ...values.only?.split(',') ?? []].filter((name) => name !== '') };
}
