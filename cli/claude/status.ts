import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { isHookEvent } from '../../hooks/payload.ts';
import { serverAddress } from '../../server/transport/address.ts';
import type { Terminal } from '../terminal.ts';
import { readIfThere } from './files.ts';
import { hooksIn, serverIn } from './merge.ts';
import type { Place, Scope } from './place.ts';
import type { HookGroup, Plugin } from './plugin.ts';

/** One part of the plugin: how much of it is there, as this version has it. */
export interface PartStatus {
  readonly part: 'hooks' | 'skill' | 'commands' | 'server';
  /** The file, or the folder, in which it is. */
  readonly place: string;
  readonly installed: number;
  /** There, but not as this version has it. */
  readonly differing: number;
  readonly of: number;
}

export interface ClaudeStatus {
  readonly scope: Scope;
  readonly root: string;
  readonly state: 'installed' | 'partly' | 'absent';
  readonly version: string;
  readonly parts: readonly PartStatus[];
  /** Null: hooks of a project do nothing until "pyi setup" was run. Of a user's settings each project has its own. */
  readonly store: string | null;
  /** The program that hooks find on PATH; null: they do nothing. */
  readonly program: string | null;
  /** Where hooks say what they let go; `last`: their newest lines. */
  readonly log: { readonly file: string; readonly last: readonly string[] };
}

/** How many lines of the log are told. */
const LAST_LINES = 3;

/** What is installed at a place. @throws PyiError `INVALID_ARGUMENT` when a file there is no JSON */
export function statusOf(place: Place, plugin: Plugin, terminal: Terminal): ClaudeStatus {
  const parts = [hooksStatus(place, plugin), ...filesStatus(place, plugin), serverStatus(place, plugin)];
  const isWhole = parts.every(({ installed, of }) => installed === of);
  const isAbsent = parts.every(({ installed, differing }) => installed === 0 && differing === 0);
  return {
    scope: place.scope, root: place.root, state: isWhole ? 'installed' : isAbsent ? 'absent' : 'partly', version: plugin.version, parts,
    store: place.store, program: programOnPath(terminal), log: logStatus(terminal),
  };
}

function hooksStatus({ settings }: Place, { hooks }: Plugin): PartStatus {
  const there = hooksIn(readIfThere(settings)?.toString('utf8').trim() || '{}', settings);
  const events = Object.entries(hooks).filter(([event]) => isHookEvent(event));
  const isAsHere = (event: string, groups: readonly HookGroup[]): boolean => JSON.stringify(there.get(event)) === JSON.stringify(groups);
  return {
    part: 'hooks', place: settings, of: events.length,
    installed: events.filter(([event, groups]) => isAsHere(event, groups)).length,
    differing: events.filter(([event, groups]) => there.has(event) && !isAsHere(event, groups)).length,
  };
}

function filesStatus({ directory }: Place, { files }: Plugin): PartStatus[] {
  return (['skill', 'commands'] as const).map((part) => {
    const folder = part === 'skill' ? 'skills' : part;
    const ours = [...files].filter(([name]) => name.startsWith(`${folder}/`)).map(([name, content]) => ({ content, there: readIfThere(join(directory, name)) }));
    return {
      part, place: join(directory, folder, 'pyi'), of: ours.length,
      installed: ours.filter(({ content, there }) => there?.equals(content) === true).length,
      differing: ours.filter(({ content, there }) => there?.equals(content) === false).length,
    };
  });
}

function serverStatus({ servers }: Place, { server }: Plugin): PartStatus {
  const there = serverIn(readIfThere(servers)?.toString('utf8').trim() || '{}', servers, server.name);
  return { part: 'server', place: servers, of: 1, installed: there === undefined ? 0 : 1, differing: 0 };
}

/** The `pyi` that a shell would run. */
function programOnPath({ env, platform }: Terminal): string | null {
  const names = platform === 'win32' ? ['pyi.exe', 'pyi.cmd'] : ['pyi'];
  const candidates = (env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '').flatMap((directory) => names.map((name) => join(directory, name)));
  return candidates.find((candidate) => existsSync(candidate)) ?? null;
}

function logStatus(terminal: Terminal): ClaudeStatus['log'] {
  const file = join(serverAddress(terminal).directory, 'hooks.log');
  try {
    return { file, last: readFileSync(file, 'utf8').trimEnd().split('\n').slice(-LAST_LINES) };
  } catch {
    return { file, last: [] };
  }
}
