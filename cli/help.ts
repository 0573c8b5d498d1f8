import * as z from 'zod';
import { OPERATIONS } from '../protocol/registry.ts';
import { nearest } from '../protocol/nearest.ts';
import { safe } from '../protocol/text.ts';
import { CCPM_COMMANDS } from './ccpm/words.ts';
import { paint } from './render/style.ts';
import type { Style } from './render/style.ts';
import { table } from './render/table.ts';
import type { Ending } from './run.ts';
import { print, usesColor } from './terminal.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';
import type { AnyVerb } from './verb.ts';
import { EXTRA_WORDS, VERBS, VERB_WORDS, findVerb, isExtraWord } from './verbs/table.ts';
import type { ExtraWord } from './verbs/table.ts';

/** `pyi help [WORD]`. A word that is git's is explained by git. */
export async function runHelp(args: readonly string[], terminal: Terminal): Promise<Ending> {
  const word = args.find((arg) => !arg.startsWith('-'));
  if (word === undefined) {
    await print(terminal.stdout, overview(styleOf(terminal)));
    return 0;
  }
  const verb = findVerb(word);
  if (verb !== undefined) return printVerbHelp(verb, terminal);
  if (isExtraWord(word)) return runExtraHelp(word, [], terminal);
  const near = nearest(word, [...VERB_WORDS, ...Object.keys(EXTRA_WORDS)]);
  const { delegateToGit, isGitCommand } = await import('./git.ts');
  if (near !== undefined && !isGitCommand(word, terminal)) throw new UsageError(`There is no verb "${safe(word)}".`, `Did you mean "pyi help ${near}"?`);
  return delegateToGit(['help', ...args], terminal);
}

export async function printVerbHelp(verb: AnyVerb, terminal: Terminal): Promise<number> {
  await print(terminal.stdout, verbHelp(verb, styleOf(terminal)));
  return 0;
}

const EXTRA_USAGE: Readonly<Record<ExtraWord, string>> = {
  serve: `Usage: pyi serve [--socket PATH] [--stdio] [--foreground] [--json]

  --socket PATH  Listen there instead of in the private directory of this user
  --stdio        Serve one client on stdin and stdout, for places without sockets
  --foreground   Do not go into the background

Example: pyi serve --foreground
`,
  mcp: `Usage: pyi mcp

Agents start it. Its tools work on the directory it was started in, or the first root of the client,
unless told otherwise. PYI_AGENT names the agent; default: the name of the client.

Example: claude mcp add pyi -- pyi mcp
`,
  ccpm: `Usage: pyi ccpm COMMAND [ARGUMENTS] [--json]

${table(['', ''], Object.entries(CCPM_COMMANDS).map(([name, summary]) => [`  ${name}`, summary])).split('\n').slice(1).join('\n')}
Exit code 1: something is missing, in conflict, or was left as it is.

Example: pyi ccpm close checkout 12 -- npm test
`,
  claude: `Usage: pyi claude install|uninstall|status [--user] [--json]

  install    Merge hooks, a skill, slash commands and an MCP server into the settings of the project, and set PYI up there
  uninstall  Take them out again: a file that nobody changed since gets the bytes that it had
  status     Say what is installed, and what hooks had to let go
  --user     Your own settings (~/.claude), for all projects in which "pyi setup" was run
  --json     Print one JSON value

"pyi claude hook NAME" is what Claude Code runs: it records the files after each tool, and never holds the agent up (docs/claude-code.md).

Example: pyi claude install
`,
  completion: `Usage: pyi completion bash|zsh|fish

Example: source <(pyi completion bash)
`,
  help: `Usage: pyi help [VERB]

Example: pyi help checkpoint
`,
};

/** Help for a word that is no operation; with arguments that it does not take, a usage error. */
export async function runExtraHelp(word: ExtraWord, args: readonly string[], terminal: Terminal): Promise<number> {
  const stray = args.find((arg) => arg !== '--help' && arg !== '-h');
  if (stray !== undefined) throw new UsageError(`pyi ${word} does not know what to do with "${stray}".`, `See "pyi ${word} --help".`);
  await print(terminal.stdout, extraHelp(word));
  return 0;
}

/** `pyi WORD --help` for a word that is no operation. */
export function extraHelp(word: ExtraWord): string {
  return `${EXTRA_WORDS[word]}\n\n${EXTRA_USAGE[word]}`;
}

function styleOf(terminal: Terminal): Style {
  return { color: usesColor(terminal), now: terminal.now() };
}

/** `pyi help`. */
export function overview(style: Style): string {
  const rows = [...Object.values(VERBS).map(({ name, word }) => [word, OPERATIONS[name].summary]), ...Object.entries(EXTRA_WORDS)];
  return `${paint(style, 'bold', 'pyi')}: state that agents branch like thought, beside Git.

Usage: pyi [-C DIR] VERB [ARGUMENTS] [--json]

${table(['VERB', ''], rows.map(([name = '', summary = '']) => [`  ${paint(style, 'green', name)}`, summary])).split('\n').slice(1).join('\n')}
Any other word is handed to git: "pyi status" is "git status".
"pyi VERB --help" explains a verb.
`;
}

interface ParameterHelp { readonly description?: string; readonly default?: unknown }

/** `pyi VERB --help`: usage, arguments and options with the defaults of the schema, an example. */
export function verbHelp(verb: AnyVerb, style: Style): string {
  const operation = OPERATIONS[verb.name];
  const schema = z.toJSONSchema(operation.params, { io: 'input', unrepresentable: 'any' }) as { properties?: Record<string, ParameterHelp> };
  const properties = schema.properties ?? {};
  const usage = [
    ...verb.positionals.map(({ value, required, many }) => bracket(`${value}${many === true ? '…' : ''}`, required)),
    ...verb.options.map((option) => bracket(`${option.short === undefined ? `--${option.flag}` : `-${option.short}`}${option.kind === 'flag' ? '' : ` ${option.value ?? 'VALUE'}`}`, option.required === true)),
    '[--json]',
    ...(verb.command === undefined ? [] : ['[-- COMMAND…]']),
  ];
  const rows = [
    ...verb.positionals.map((place) => [`  ${place.value}`, explain(properties[place.param], place.help, place.choices, false)]),
    ...verb.options.map((option) => [
      `  ${option.short === undefined ? '' : `-${option.short}, `}--${option.flag}${option.kind === 'flag' ? '' : ` ${option.value ?? 'VALUE'}`}`,
      explain(properties[option.param], option.help, option.choices, option.kind === 'flag'),
    ]),
    ...(verb.command === undefined ? [] : [['  -- COMMAND…', explain(properties[verb.command], undefined, undefined, false)]]),
    ['  --json', 'Print one JSON value'],
  ];
  const redirect = verb.content === 'stdin' ? ' < CONTENT' : '';
  return `${operation.summary}

Usage: pyi ${verb.word} ${usage.join(' ')}${redirect}

${table(['', ''], rows).split('\n').slice(1).join('\n')}
Example: ${paint(style, 'green', operation.example)}
`;
}

function bracket(text: string, required: boolean): string {
  return required ? text : `[${text}]`;
}

function explain(parameter: ParameterHelp | undefined, help: string | undefined, choices: readonly string[] | undefined, isFlag: boolean): string {
  const description = help ?? parameter?.description ?? '';
  const values = choices === undefined || description.includes(choices[0] ?? '') ? '' : `One of ${choices.join(', ')}`;
  const fallback = parameter?.default;
  const shown = isFlag || fallback === undefined || fallback === '' || Array.isArray(fallback) || /default:/i.test(description) ? '' : `default: ${String(fallback)}`;
  const text = [description, values].filter((part) => part !== '').join('. ');
  if (shown === '') return text;
  return text === '' ? `${shown[0]?.toUpperCase() ?? ''}${shown.slice(1)}` : `${text} (${shown})`;
}
