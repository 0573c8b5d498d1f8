import { createHash } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { PyiError } from '../../protocol/errors.ts';
import type { Conversation } from '../call.ts';
import type { Terminal } from '../terminal.ts';

export type Scope = 'project' | 'user';

/** Where Claude Code reads its settings, and where PYI remembers what was there before. */
export interface Place {
  readonly scope: Scope;
  /** The project, or the user's home directory. */
  readonly root: string;
  /** `.claude`: skills and commands lie below it. */
  readonly directory: string;
  readonly settings: string;
  /** The file of MCP servers. */
  readonly servers: string;
  /** What was there before; undefined where there is no store to keep it. */
  readonly record: string | undefined;
  readonly store: string | null;
}

/** The user's settings. */
export function userPlace(terminal: Terminal): Place {
  const home = homeOf(terminal);
  const configured = terminal.env['CLAUDE_CONFIG_DIR'];
  const directory = configured ? configured : join(home, '.claude');
  return {
    scope: 'user', root: home, directory, settings: join(directory, 'settings.json'),
    // Claude Code keeps the MCP servers of a user apart from the settings.
    servers: join(configured ? directory : home, '.claude.json'), record: join(directory, 'pyi', 'installed.json'), store: null,
  };
}

/** The settings of the project around the current directory. */
export async function projectPlace(terminal: Terminal, { client, signal }: Conversation): Promise<Place> {
  try {
    const { root, store } = await client.call('where', { repository: terminal.cwd }, { signal });
    return placeIn(root, store);
  } catch (error) {
    if (!PyiError.is(error, 'NOT_FOUND')) throw error;
    return placeWithoutStore(terminal);
  }
}

/** As {@link projectPlace}, where the server has nothing to say. */
export function placeWithoutStore(terminal: Terminal): Place {
  return placeIn(rootAbove(terminal.cwd), null);
}

/** The settings of a project whose root is known. */
export function placeIn(root: string, store: string | null): Place {
  const directory = join(root, '.claude');
  // Linked work trees share a store, and have settings of their own.
  const name = `${createHash('sha256').update(root).digest('hex').slice(0, 16)}.json`;
  return {
    scope: 'project', root, directory, settings: join(directory, 'settings.json'), servers: join(root, '.mcp.json'),
    record: store === null ? undefined : join(store, 'claude', name), store,
  };
}

function homeOf({ env, platform }: Terminal): string {
  return (platform === 'win32' ? env['USERPROFILE'] : env['HOME']) ?? homedir();
}

function rootAbove(directory: string): string {
  const start = realpathSync(directory);
  for (let at = start; ; at = dirname(at)) {
    if (existsSync(join(at, '.git')) || existsSync(join(at, '.pyi'))) return at;
    if (at === dirname(at)) return start;
  }
}
