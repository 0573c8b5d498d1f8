import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { nearest } from '../protocol/nearest.ts';
import { UsageError } from './usage-error.ts';
import type { AnyVerb } from './verb.ts';

/** What a command line asks for. */
export interface Invocation {
  readonly params: Readonly<Record<string, unknown>>;
  readonly json: boolean;
  readonly help: boolean;
}

type AnyOption = AnyVerb['options'][number];

/** Reads `PYI_VERB args…`. `directory` is what relative paths start from. @throws UsageError */
export function parseVerb(verb: AnyVerb, args: readonly string[], directory: string): Invocation {
  const values = new Values(verb, directory);
  const words: string[] = [];
  let json = false;
  let help = false;
  /** The `list` option that plain words belong to. */
  let list: AnyOption | undefined;
  for (const token of tokenize(verb, args)) {
    if (token.kind === 'option-terminator') {
      const rest = args.slice(token.index + 1);
      if (verb.command === undefined) words.push(...rest);
      else if (rest.length > 0) values.set(verb.command, rest);
      break;
    }
    if (token.kind === 'positional') {
      if (list === undefined) words.push(token.value);
      else values.append(list, token.value);
      continue;
    }
    list = undefined;
    if (token.name === 'json' || token.name === 'help') {
      if (token.inlineValue === true) throw new UsageError(`--${token.name} takes no value.`, `See "pyi ${verb.word} --help".`);
      if (token.name === 'json') json = true;
      else help = true;
    }
    else {
      const option = findOption(verb, token.name, token.rawName);
      values.option(option, checkPresence(verb, option, token));
      if (option.kind === 'list') list = option;
    }
  }
  if (help) return { params: {}, json, help };
  values.positionals(words);
  values.checkRequired();
  return { params: values.params, json, help };
}

/** True when `--json` stands where it is an option, for telling an error of a line that does not parse. */
export function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? undefined : end).includes('--json');
}

interface OptionToken { readonly kind: 'option'; readonly index: number; readonly name: string; readonly rawName: string; readonly value?: string | undefined; readonly inlineValue?: boolean | undefined }
type Token = OptionToken | { readonly kind: 'positional'; readonly index: number; readonly value: string } | { readonly kind: 'option-terminator'; readonly index: number };

function tokenize(verb: AnyVerb, args: readonly string[]): readonly Token[] {
  const options: Record<string, { type: 'string' | 'boolean'; short?: string }> = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } };
  for (const { flag, short, kind } of verb.options) {
    options[flag] = { type: kind === 'flag' ? 'boolean' : 'string', ...(short === undefined ? {} : { short }) };
  }
  // Not strict: its messages name no verb and suggest nothing, and it refuses "--score -1".
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  return tokens as readonly Token[];
}

function findOption(verb: AnyVerb, name: string, rawName: string): AnyOption {
  const option = verb.options.find((candidate) => candidate.flag === name);
  if (option !== undefined) return option;
  const near = nearest(name, [...verb.options.map(({ flag }) => flag), 'json', 'help']);
  throw new UsageError(`${verb.word} has no option ${rawName}.`, near === undefined ? `See "pyi ${verb.word} --help".` : `Did you mean --${near}?`);
}

function checkPresence(verb: AnyVerb, option: AnyOption, token: OptionToken): string | undefined {
  const { value, inlineValue } = token;
  if (option.kind === 'flag') {
    if (value !== undefined) throw new UsageError(`--${option.flag} takes no value.`, `See "pyi ${verb.word} --help".`);
    return undefined;
  }
  // "-m --json" is a forgotten message, while "-m '- a list'" is one.
  const isOption = inlineValue !== true && value !== undefined && /^--?[a-z]/.test(value) && isOptionOf(verb, value);
  if (value === undefined || isOption) throw new UsageError(`${token.rawName} needs a value: ${option.value ?? 'VALUE'}.`, `See "pyi ${verb.word} --help".`);
  return value;
}

function isOptionOf(verb: AnyVerb, word: string): boolean {
  return ['--json', '--help', '-h', ...verb.options.flatMap(({ flag, short }) => [`--${flag}`, `-${short ?? flag}`])].includes(word);
}

/** Collects parameters, checking what the command line alone can know. The server checks the rest. */
class Values {
  readonly params: Record<string, unknown> = {};
  readonly #verb: AnyVerb;
  readonly #directory: string;

  constructor(verb: AnyVerb, directory: string) {
    this.#verb = verb;
    this.#directory = directory;
    if (verb.repository !== false) this.params['repository'] = directory;
  }

  set(param: string, value: unknown): void {
    this.params[param] = value;
  }

  option(option: AnyOption, value: string | undefined): void {
    if (value === undefined) this.params[option.param] = option.sets === undefined ? true : option.sets;
    else if (option.kind === 'list' || option.kind === 'repeated') this.append(option, value);
    else this.params[option.param] = this.#read(option, `--${option.flag}`, value);
  }

  append(option: AnyOption, value: string): void {
    const before = this.params[option.param];
    this.params[option.param] = [...(Array.isArray(before) ? (before as unknown[]) : []), this.#read(option, `--${option.flag}`, value)];
  }

  positionals(words: readonly string[]): void {
    let index = 0;
    for (const place of this.#verb.positionals) {
      const taken = place.many === true ? words.slice(index) : words.slice(index, index + 1);
      index += taken.length;
      if (taken.length === 0 && place.required) throw new UsageError(`${this.#verb.word} needs ${place.value}.`, `See "pyi ${this.#verb.word} --help".`);
      if (taken.length === 0) continue;
      const read = taken.map((word) => this.#read(place, place.value, word));
      this.params[place.param] = place.many === true ? read : read[0];
    }
    if (index < words.length) {
      throw new UsageError(`${this.#verb.word} does not know what to do with "${words[index] ?? ''}".`, `See "pyi ${this.#verb.word} --help".`);
    }
  }

  checkRequired(): void {
    for (const option of this.#verb.options) {
      if (option.required === true && !Object.hasOwn(this.params, option.param)) {
        throw new UsageError(`${this.#verb.word} needs ${option.short === undefined ? '' : `-${option.short}, `}--${option.flag} ${option.value ?? ''}.`, `See "pyi ${this.#verb.word} --help".`);
      }
    }
  }

  #read(place: Pick<AnyOption, 'choices' | 'path'> & { readonly kind?: AnyOption['kind'] }, name: string, value: string): unknown {
    if (place.choices !== undefined && !place.choices.includes(value)) {
      const near = nearest(value, place.choices);
      throw new UsageError(`${name} is one of ${place.choices.join(', ')}, not "${value}".`, near === undefined ? `See "pyi ${this.#verb.word} --help".` : `Did you mean ${near}?`);
    }
    if (place.kind === 'number') return this.#number(name, value);
    if (place.kind === 'time') return this.#time(name, value);
    if (place.path === 'directory') return resolve(this.#directory, value);
    return place.path === 'tree' ? treePath(value) : value;
  }

  #number(name: string, value: string): number {
    const number = Number(value);
    if (value.trim() === '' || !Number.isFinite(number)) throw new UsageError(`${name} must be a number, not "${value}".`, `See "pyi ${this.#verb.word} --help".`);
    return number;
  }

  #time(name: string, value: string): number {
    const time = /^\d+$/.test(value) ? Number(value) : Date.parse(value);
    if (!Number.isFinite(time)) throw new UsageError(`${name} must be a date, not "${value}".`, 'Write it as 2026-01-31 or 2026-01-31T12:00.');
    return time;
  }
}

/** What completion of a shell writes (`./src/`), as a path inside the tree. */
function treePath(path: string): string {
  return path.replace(/^(?:\.\/+)+/, '').replace(/(?<=[^/])\/+$/, '');
}
