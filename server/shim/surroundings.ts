import * as path from 'node:path';
import type { Clock } from '../engine/ports.ts';
import type { Place } from './place.ts';
import { runGit } from './real-git.ts';
import type { Route } from './routes/route.ts';
import { SeenFiles } from './seen-files.ts';

/** Who asks: which git, with which environment. */
export interface Asker {
  readonly git: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Settings with which git's output depends on programs, on the time of day, or on files that are not looked at here. */
const DELEGATED_SETTINGS = [
  /^diff\.(?:external$|.*\.(?:command|textconv)$)/, /^log\.showsignature$/, /^mailmap\./, /^blame\.ignorerevsfile$/, /^core\.worktree$/, /^extensions\.partialclone$/,
  /^core\.virtualfilesystem$/, /^core\.attributesfile$/, /^submodule\..*\.update$/, /^core\.usereplacerefs$/, /^format\.pretty$/,
  /^diff\.orderfile$/,
];
/** Settings that only matter to commands that look at files. */
const FILE_SETTINGS = [/^core\.fsmonitor$/, /^core\.untrackedcache$/, /^filter\..*\.(?:clean|process)$/];
const NAMES_FILE = /^(?:include\.path|includeif\..*\.path|core\.excludesfile)$/;
/** The home of another user, or the directory of git's installation. */
const ELSEWHERE = /^(?:~[^/]|%\()/;
const DATES = /^(?:log|blame)\.date$/;
const STEADY_DATES = /^(?:short|iso|iso8601|iso-strict|rfc|rfc2822|raw|unix|default)$/;

/**
 * What git's answers in one repository for one asker depend on, beside the repository: the files that hold configuration,
 * excludes and attributes, the program itself, and what the configuration says that makes an answer impossible.
 */
export class Surroundings {
  readonly #files: SeenFiles;
  readonly #isDelegated: boolean;
  readonly #isFileDelegated: boolean;
  /** What the configuration says, by key in lower case; the last value of each. */
  readonly settings: ReadonlyMap<string, string>;
  /** Files of attributes that are no part of the work tree. */
  readonly attributes: readonly string[];

  private constructor(files: SeenFiles, settings: readonly Setting[], attributes: readonly string[]) {
    this.#files = files;
    this.settings = new Map(settings.map(({ key, value }) => [key, value]));
    this.attributes = attributes;
    const has = (patterns: readonly RegExp[]): boolean => settings.some(({ key }) => patterns.some((pattern) => pattern.test(key)));
    this.#isDelegated = has(DELEGATED_SETTINGS) || settings.some(({ key, value }) => NAMES_FILE.test(key) && ELSEWHERE.test(value)) || settings.some(({ key, value }) => DATES.test(key) && !STEADY_DATES.test(value));
    this.#isFileDelegated = has(FILE_SETTINGS);
  }

  /** Reads the configuration with git. Undefined when that fails, or when one of the files was written just now. */
  static async read(place: Place, asker: Asker, clock: Pick<Clock, 'now'>, signal: AbortSignal): Promise<Surroundings | undefined> {
    const run = (args: readonly string[]): ReturnType<typeof runGit> => runGit({ ...asker, args, cwd: place.root, signal });
    const system = asker.env['GIT_CONFIG_SYSTEM'] ?? await systemFile(run);
    const before = new SeenFiles(standardFiles(place, asker, system), clock);
    const listed = await run(['config', '--list', '--show-origin', '-z', '--includes']);
    if (listed?.code !== 0 || system === undefined) return undefined;
    const settings = parseSettings(listed.stdout.toString('utf8'), place.root);
    const files = new SeenFiles([...standardFiles(place, asker, system), ...namedFiles(settings, asker, place.root)], clock);
    return before.areSame() && files.areSettled() ? new Surroundings(files, settings, attributeFiles(place, asker, system)) : undefined;
  }

  /** Whether everything is as it was read. */
  areSame(): boolean {
    return this.#files.areSame();
  }

  allows(route: Route): boolean {
    return !this.#isDelegated && !(this.#isFileDelegated && route.needs.includes('files'));
  }
}

interface Setting {
  readonly file: string | undefined;
  readonly key: string;
  readonly value: string;
}

/** The file that `--system` means is compiled into git; only its complaint names it when it is not there. */
async function systemFile(run: (args: readonly string[]) => ReturnType<typeof runGit>): Promise<string | undefined> {
  const shown = await run(['config', '--system', '--show-origin', '-z', '--list']);
  const name = shown?.code === 0 ? /^file:([^\0]+)/.exec(shown.stdout.toString('utf8'))?.[1] : /'(\/[^\n]+)'/.exec(shown?.stderr.toString('utf8') ?? '')?.[1];
  // An empty file lists nothing.
  return name ?? (shown?.code === 0 ? '/etc/gitconfig' : undefined);
}

/** Of the system, of the user, and of this repository alone (gitattributes(5)). */
function attributeFiles(place: Place, { env }: Asker, system: string): string[] {
  const xdg = xdgDirectory(env);
  return [path.join(path.dirname(system), 'gitattributes'), path.join(place.commonDir, 'info', 'attributes'), ...(xdg === undefined ? [] : [path.join(xdg, 'git', 'attributes')])];
}

function xdgDirectory({ XDG_CONFIG_HOME, HOME }: Asker['env']): string | undefined {
  return XDG_CONFIG_HOME || (HOME === undefined ? undefined : path.join(HOME, '.config'));
}

function standardFiles(place: Place, { git, env }: Asker, system: string | undefined): string[] {
  const home = env['HOME'];
  const xdg = xdgDirectory(env);
  return [
    git, path.join(place.root, '.mailmap'), '/etc/localtime',
    ...(system === undefined ? [] : [system, path.join(path.dirname(system), 'gitattributes')]),
    ...(env['GIT_CONFIG_GLOBAL'] === undefined ? [] : [env['GIT_CONFIG_GLOBAL']]),
    ...(home === undefined ? [] : [path.join(home, '.gitconfig')]),
    ...(xdg === undefined ? [] : ['config', 'ignore', 'attributes'].map((name) => path.join(xdg, 'git', name))),
  ];
}

/** Files that settings name: what they include, whether it is there or not, and what they exclude by. */
function namedFiles(settings: readonly Setting[], { env }: Asker, root: string): string[] {
  return settings.flatMap(({ file, key, value }) => {
    const isIncluded = NAMES_FILE.test(key) && key !== 'core.excludesfile';
    if (file === undefined) return [];
    if (!isIncluded && key !== 'core.excludesfile') return [file];
    // What is included lies beside the file that says so, rules of what is ignored in the work tree.
    const base = isIncluded ? path.dirname(file) : root;
    return [file, value.startsWith('~/') ? path.join(env['HOME'] ?? '/', value.slice(2)) : path.resolve(base, value)];
  });
}

/** The output of `git config --list --show-origin -z`: origin NUL key LF value NUL. Keys are in lower case but for what stands between the dots. */
function parseSettings(text: string, root: string): Setting[] {
  const fields = text.split('\0');
  const settings: Setting[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [origin = '', item = ''] = [fields[at], fields[at + 1]];
    const newline = item.indexOf('\n');
    const key = newline < 0 ? item : item.slice(0, newline);
    settings.push({ file: origin.startsWith('file:') ? path.resolve(root, origin.slice(5)) : undefined, key, value: newline < 0 ? 'true' : item.slice(newline + 1) });
  }
  return settings;
}
