import { resolve } from 'node:path';
import { PyiError } from '../protocol/errors.ts';
import { nearest } from '../protocol/nearest.ts';
import type { OperationName, Params, Result } from '../protocol/registry.ts';
import { safe, safeLines } from '../protocol/text.ts';
import type { ForkInfo } from '../protocol/values.ts';
import { EXIT_INTERRUPTED, Interrupted, converse } from './call.ts';
import type { Conversation, Services } from './call.ts';
import { parseVerb, wantsJson } from './parse.ts';
import { patchBytes } from './render/states.ts';
import { paint } from './render/style.ts';
import { print, usesColor } from './terminal.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';
import type { AnyVerb } from './verb.ts';
import { EXTRA_WORDS, VERB_WORDS, findVerb, isExtraWord } from './verbs/table.ts';
import type { ExtraWord } from './verbs/table.ts';

const EXIT_ERROR = 1;
const EXIT_USAGE = 2;

/** How a command ended: an exit code, or the signal that ended what it ran. */
export type Ending = number | NodeJS.Signals;

/**
 * Runs one command line (without the program's name) and says how it ended. PYI's verbs run here; any
 * other word is git's business.
 */
export async function run(argv: readonly string[], terminal: Terminal, services: Services): Promise<Ending> {
  const { directory, rest } = leadingDirectory(argv, terminal.cwd);
  const [word, ...args] = rest;
  const here: Terminal = { ...terminal, cwd: directory };
  const verb = word === undefined ? undefined : findVerb(word);
  try {
    if (verb !== undefined) return await runVerb(verb, args, here, services);
    if (word === undefined || word === '--help' || word === '-h') return await runExtra('help', args, here, services);
    if (isExtraWord(word)) return await runExtra(word, args, here, services);
    return await runGit(word, argv, terminal);
  } catch (error) {
    return report(error, here, wantsJson(args));
  }
}

/** Runs git. When it fails on a word that is no command of its own but looks like a verb of ours, the caller is told so. */
async function runGit(word: string, argv: readonly string[], terminal: Terminal): Promise<Ending> {
  const { delegateToGit, isGitCommand } = await import('./git.ts');
  const ending = await delegateToGit(argv, terminal);
  const near = ending === EXIT_ERROR ? nearest(word, [...VERB_WORDS, ...Object.keys(EXTRA_WORDS)]) : undefined;
  if (near !== undefined && !isGitCommand(word, terminal)) await print(terminal.stderr, `pyi: did you mean "pyi ${near}"?\n`);
  return ending;
}

/** `-C DIR` before the verb, as often as it stands there, each from where the one before leads (as git does). */
function leadingDirectory(argv: readonly string[], cwd: string): { directory: string; rest: readonly string[] } {
  let directory = cwd;
  let index = 0;
  while (argv[index] === '-C' && argv[index + 1] !== undefined) {
    directory = resolve(directory, argv[index + 1] ?? '');
    index += 2;
  }
  return { directory, rest: argv.slice(index) };
}

async function runExtra(word: ExtraWord, args: readonly string[], terminal: Terminal, services: Services): Promise<Ending> {
  switch (word) {
    case 'help': {
      const { runHelp } = await import('./help.ts');
      return runHelp(args, terminal);
    }
    case 'completion': {
      const { runCompletion } = await import('./completion.ts');
      return runCompletion(args, terminal, services);
    }
    case 'serve': {
      const { runServe } = await import('./serve.ts');
      return runServe(args, terminal, services);
    }
    case 'ccpm': {
      const { runCcpm } = await import('./ccpm/run.ts');
      return runCcpm(args, terminal, services);
    }
    case 'claude': {
      const { runClaude } = await import('./claude/command.ts');
      return runClaude(args, terminal, services);
    }
    case 'mcp': {
      if (args.length > 0) return (await import('./help.ts')).runExtraHelp('mcp', args, terminal);
      const { serveMcp } = await import('./mcp/server.ts');
      await serveMcp(terminal, services);
      return 0;
    }
  }
}

async function runVerb(verb: AnyVerb, args: readonly string[], terminal: Terminal, services: Services): Promise<Ending> {
  const { params, json, help } = parseVerb(verb, args, terminal.cwd);
  if (help) return (await import('./help.ts')).printVerbHelp(verb, terminal);
  // A server is not started only to be stopped.
  const start = verb.name !== 'stop';
  try {
    return await converse(terminal, services, start, async (conversation) => perform(verb, params, json, terminal, conversation));
  } catch (error) {
    if (verb.name !== 'stop' || !PyiError.is(error, 'NOT_FOUND')) throw error;
    await print(terminal.stdout, json ? '{"stopping":false}\n' : 'No server is running.\n');
    return 0;
  }
}

async function perform(verb: AnyVerb, params: Readonly<Record<string, unknown>>, json: boolean, terminal: Terminal, conversation: Conversation): Promise<number> {
  const { client, signal, progress } = conversation;
  if (verb.content === 'stdout') return performRead(params as Params<'read'>, json, terminal, conversation);
  const content = verb.content === 'stdin' ? { content: await (await import('./content.ts')).readContent(terminal.stdin) } : {};
  // The table ties the parameters of a verb to its operation; here the verb is any of them.
  const environment = verb.environment === true ? { env: (await import('../connect/spawn.ts')).portableEnvironment(terminal.env) } : {};
  const complete = { ...params, ...content, ...environment } as Params<OperationName>;
  const result: Result<OperationName> = await client.call(verb.name, complete, { signal, onProgress: (update) => progress.update(update) });
  progress.clear();
  // What "stop" stops is gone when its connection ends; whoever starts a server next relies on it.
  if (verb.name === 'stop') await client.closed;
  await print(terminal.stdout, json ? `${JSON.stringify(result)}\n` : humanOutput(verb, result, complete, terminal, await namedForks(verb, result, params, conversation)));
  return verb.failed?.(result as never) === true ? EXIT_ERROR : 0;
}

/** How many forks are asked for by name; what lists more shows ids. */
const MAX_NAMED = 1000;

/** What the server knows of the forks that a result names. Only for reading: without it, ids are shown. */
async function namedForks(verb: AnyVerb, result: Result<OperationName>, { repository }: Readonly<Record<string, unknown>>, { client, signal }: Conversation): Promise<ReadonlyMap<string, ForkInfo>> {
  const ids = [...new Set(verb.forks?.(result as never))].slice(0, MAX_NAMED);
  const known = new Map<string, ForkInfo>();
  if (ids.length === 0 || typeof repository !== 'string') return known;
  const ask = async (which: { forks: string[] } | { all: true }): Promise<readonly ForkInfo[]> => client.call('forks', { repository, ...which }, { signal });
  try {
    // A fork that was swept is not found by its id; the others are.
    const infos = await ask({ forks: ids }).catch(() => ask({ all: true }));
    for (const info of infos) known.set(info.fork, info);
  } catch {
    // Nothing depends on it.
  }
  return known;
}

function humanOutput(verb: AnyVerb, result: Result<OperationName>, asked: Params<OperationName>, terminal: Terminal, forks: ReadonlyMap<string, ForkInfo>): string | Uint8Array {
  const isPatch = typeof result === 'object' && 'patch' in result && typeof result.patch === 'string';
  if (isPatch && terminal.stdout.isTTY !== true) return patchBytes(result.patch ?? '');
  return verb.render(result as never, { color: usesColor(terminal), now: terminal.now(), forks }, asked as never);
}

async function performRead(params: Params<'read'>, json: boolean, terminal: Terminal, conversation: Conversation): Promise<number> {
  const { printFile, readWhole } = await import('./content.ts');
  if (json) await print(terminal.stdout, `${JSON.stringify(await readWhole(conversation, params))}\n`);
  else await printFile(terminal, conversation, params);
  return 0;
}

/** Tells an error and says with which code to exit. */
async function report(error: unknown, terminal: Terminal, json: boolean): Promise<number> {
  const shape = PyiError.is(error)
    ? error.toShape()
    : { code: 'INTERNAL' as const, message: error instanceof Error ? error.message : String(error), hint: 'This is a fault of PYI itself; please report it.' };
  if (json) {
    await print(terminal.stdout, `${JSON.stringify({ error: shape })}\n`);
  } else {
    const style = { color: terminal.stderr.isTTY === true && !terminal.env['NO_COLOR'], now: 0 };
    const hint = shape.hint === '' ? '' : `${paint(style, 'dim', `  ${safe(shape.hint)}`)}\n`;
    await print(terminal.stderr, `${paint(style, 'red', 'pyi:')} ${safeLines(shape.message)} (${shape.code})\n${hint}`);
  }
  if (error instanceof Interrupted) return EXIT_INTERRUPTED;
  return error instanceof UsageError ? EXIT_USAGE : EXIT_ERROR;
}
