import { parseArgs } from 'node:util';
import type { ParseArgsConfig } from 'node:util';
import { install, uninstall } from '../../ccpm/install.ts';
import { portableEnvironment } from '../../connect/spawn.ts';
import { nearest } from '../../protocol/nearest.ts';
import { converse } from '../call.ts';
import type { Conversation, Services } from '../call.ts';
import type { Style } from '../render/style.ts';
import { print, usesColor } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { close } from './close.ts';
import type { CloseOptions } from './close.ts';
import * as render from './render.ts';
import { resolve } from './resolve.ts';
import { EpicSession, requireProject } from './session.ts';
import { start } from './start.ts';
import { status } from './status.ts';
import { stop } from './stop.ts';
import { CCPM_COMMANDS, isCcpmCommand } from './words.ts';
import type { CcpmCommand } from './words.ts';

/** What a command tells, and whether what it checked is in order. */
interface Told {
  readonly json: unknown;
  readonly text: (style: Style) => string;
  readonly ok: boolean;
}

type Options = NonNullable<ParseArgsConfig['options']>;
const FLAGS: Readonly<Record<CcpmCommand, Options>> = {
  install: {}, uninstall: { force: { type: 'boolean' } }, status: {}, start: { fresh: { type: 'boolean' } }, stop: {}, resolve: {},
  close: { message: { type: 'string', short: 'm' }, evidence: { type: 'string' }, timeout: { type: 'string' }, 'dry-run': { type: 'boolean' } },
};

/** How many words a command takes: at least, at most. */
const WORDS: Readonly<Record<CcpmCommand, readonly [least: number, most: number]>> = {
  install: [0, 0], uninstall: [0, 0], status: [0, 1], start: [1, Infinity], stop: [1, Infinity], resolve: [1, 1], close: [2, 2],
};

/** `pyi ccpm COMMAND …`. */
export async function runCcpm(args: readonly string[], terminal: Terminal, services: Services): Promise<number> {
  const [command, ...rest] = args;
  if (command === undefined || command === '--help' || command === '-h') return (await import('../help.ts')).runExtraHelp('ccpm', [], terminal);
  if (!isCcpmCommand(command)) {
    const near = nearest(command, Object.keys(CCPM_COMMANDS));
    throw new UsageError(`pyi ccpm has no command "${command}".`, near === undefined ? `One of ${Object.keys(CCPM_COMMANDS).join(', ')}.` : `Did you mean "pyi ccpm ${near}"?`);
  }
  const line = parse(command, rest);
  if (line.values['help'] === true) return (await import('../help.ts')).runExtraHelp('ccpm', [], terminal);
  const told = await perform(command, line, terminal, services);
  await print(terminal.stdout, line.values['json'] === true ? `${JSON.stringify(told.json)}\n` : told.text({ color: usesColor(terminal), now: terminal.now() }));
  return told.ok ? 0 : 1;
}

interface Line {
  readonly words: readonly string[];
  /** What stands after `--`. */
  readonly command: readonly string[];
  readonly values: Readonly<Record<string, unknown>>;
}

function parse(command: CcpmCommand, args: readonly string[]): Line {
  const end = command === 'close' ? args.indexOf('--') : -1;
  const own = end < 0 ? args : args.slice(0, end);
  let parsed: { values: Readonly<Record<string, unknown>>; positionals: string[] };
  try {
    parsed = parseArgs({ args: [...own], allowPositionals: true, options: { ...FLAGS[command], json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } });
  } catch (error) {
    throw new UsageError(`pyi ccpm ${command}: ${error instanceof Error ? error.message.split('. ')[0] ?? '' : String(error)}.`, SEE_HELP);
  }
  const words = parsed.positionals;
  const [least, most] = WORDS[command];
  if (parsed.values['help'] !== true && words.length < least) throw new UsageError(`pyi ccpm ${command} needs ${words.length === 0 ? 'the name of an epic' : 'the number of a task'}.`, SEE_HELP);
  if (words.length > most) throw new UsageError(`pyi ccpm ${command} does not know what to do with "${words[most] ?? ''}".`, SEE_HELP);
  return { words, values: parsed.values, command: end < 0 ? [] : args.slice(end + 1) };
}

const SEE_HELP = 'See "pyi ccpm --help".';

async function perform(command: CcpmCommand, line: Line, terminal: Terminal, services: Services): Promise<Told> {
  const { cwd } = terminal;
  const [epic = '', ...tasks] = line.words;
  switch (command) {
    case 'install': {
      const done = await install(await requireProject(cwd));
      return { json: done, text: () => render.renderInstallation(done), ok: true };
    }
    case 'uninstall': {
      const done = await uninstall(await requireProject(cwd), line.values['force'] === true);
      return { json: done, text: () => render.renderInstallation(done), ok: done.files.every(({ state }) => state !== 'changed') };
    }
    case 'status':
      return converse(terminal, services, true, async (conversation) => {
        const told = await status(cwd, line.words[0], conversation);
        return { json: told, text: (style) => render.renderStatus(told, style), ok: true };
      });
    case 'start':
      return withEpic(epic, terminal, services, async (session) => {
        const done = await start(session, { tasks, fresh: line.values['fresh'] === true });
        return { json: done, text: () => render.renderStarted(done), ok: true };
      });
    case 'stop':
      return withEpic(epic, terminal, services, async (session) => {
        const done = await stop(session, tasks);
        return { json: done, text: () => render.renderStopped(done), ok: true };
      });
    case 'resolve':
      return withEpic(epic, terminal, services, async (session) => {
        const done = await resolve(session);
        return { json: done, text: (style) => render.renderResolved(done, style), ok: done.conflicts === 0 };
      });
    case 'close': {
      const options = closeOptions(line, tasks[0] ?? '', terminal);
      return withEpic(epic, terminal, services, async (session) => {
        const done = await close(session, options);
        return { json: done, text: (style) => render.renderClosed(done, style), ok: done.missing.length === 0 };
      });
    }
  }
}

async function withEpic(name: string, terminal: Terminal, services: Services, work: (session: EpicSession) => Promise<Told>): Promise<Told> {
  return converse(terminal, services, true, async (conversation: Conversation) => work(await EpicSession.open(name, terminal.cwd, conversation)));
}

function closeOptions(line: Line, task: string, { env }: Terminal): CloseOptions {
  return {
    task, command: line.command, env: portableEnvironment(env), message: text(line, 'message'), evidence: text(line, 'evidence'), timeoutSeconds: seconds(line),
    dryRun: line.values['dry-run'] === true,
  };
}

function text({ values }: Line, option: string): string | undefined {
  const value = values[option];
  return typeof value === 'string' ? value : undefined;
}

function seconds(line: Line): number | undefined {
  const value = text(line, 'timeout');
  if (value === undefined) return undefined;
  if (value.trim() === '' || !(Number(value) > 0)) throw new UsageError(`--timeout must be a number of seconds, not "${value}".`, SEE_HELP);
  return Number(value);
}
