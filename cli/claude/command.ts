import { PyiError } from '../../protocol/errors.ts';
import { converse } from '../call.ts';
import type { Conversation, Services } from '../call.ts';
import type { Ending } from '../run.ts';
import { print } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { install, uninstall } from './install.ts';
import { placeIn, placeWithoutStore, projectPlace, userPlace } from './place.ts';
import type { Place } from './place.ts';
import { readPlugin } from './plugin.ts';
import { renderInstalled, renderStatus, renderUninstalled } from './render.ts';
import { statusOf } from './status.ts';

const ACTIONS = ['install', 'uninstall', 'status'] as const;
type Action = (typeof ACTIONS)[number];

interface Choice { readonly action: Action; readonly user: boolean; readonly json: boolean }

/** `pyi claude install|uninstall|status`, and `pyi claude hook NAME`, which Claude Code runs. */
export async function runClaude(args: readonly string[], terminal: Terminal, services: Services): Promise<Ending> {
  if (args[0] === 'hook') return (await import('./hook.ts')).runHook(args.slice(1), terminal, services);
  if (args.includes('--help') || args.includes('-h')) return (await import('../help.ts')).runExtraHelp('claude', [], terminal);
  const choice = parse(args);
  switch (choice.action) {
    case 'install': return runInstall(choice, terminal, services);
    case 'uninstall': return runUninstall(choice, terminal, services);
    case 'status': return runStatus(choice, terminal, services);
  }
}

function parse(args: readonly string[]): Choice {
  const [action, ...rest] = args.filter((arg) => !arg.startsWith('-'));
  const stray = rest[0] ?? args.find((arg) => arg.startsWith('-') && arg !== '--user' && arg !== '--json');
  if (stray !== undefined) throw new UsageError(`pyi claude does not know what to do with "${stray}".`, 'See "pyi claude --help".');
  if (action === undefined || !ACTIONS.includes(action as Action)) throw new UsageError('pyi claude needs to know what to do.', `One of ${ACTIONS.join(', ')}.`);
  return { action: action as Action, user: args.includes('--user'), json: args.includes('--json') };
}

async function runInstall({ user, json }: Choice, terminal: Terminal, services: Services): Promise<number> {
  const plugin = readPlugin(services.integrations);
  // Without a store the hooks of a project would do nothing.
  const setUp = async ({ client, signal, progress }: Conversation): Promise<{ place: Place; isNewStore: boolean }> => {
    const { root, store, created } = await client.call('setup', { repository: terminal.cwd }, { signal, onProgress: (update) => progress.update(update) });
    return { place: placeIn(root, store), isNewStore: created };
  };
  const { place, isNewStore } = user ? { place: userPlace(terminal), isNewStore: false } : await converse(terminal, services, true, setUp);
  const files = install(place, plugin);
  const { program, state } = statusOf(place, plugin, terminal);
  await print(terminal.stdout, json
    ? `${JSON.stringify({ scope: place.scope, root: place.root, version: plugin.version, state, files, store: place.store, isNewStore, program })}\n`
    : renderInstalled({ place, files, isNewStore, program }));
  return 0;
}

async function runUninstall({ user, json }: Choice, terminal: Terminal, services: Services): Promise<number> {
  const place = await placeOf(user, terminal, services);
  const files = uninstall(place, readPlugin(services.integrations));
  await print(terminal.stdout, json ? `${JSON.stringify({ scope: place.scope, root: place.root, files })}\n` : renderUninstalled(place, files));
  return 0;
}

async function runStatus({ user, json }: Choice, terminal: Terminal, services: Services): Promise<number> {
  const status = statusOf(await placeOf(user, terminal, services), readPlugin(services.integrations), terminal);
  await print(terminal.stdout, json ? `${JSON.stringify(status)}\n` : renderStatus(status));
  return 0;
}

/** Where the settings are. To look, or to take PYI out, no server is needed that works. */
async function placeOf(user: boolean, terminal: Terminal, services: Services): Promise<Place> {
  if (user) return userPlace(terminal);
  try {
    return await converse(terminal, services, true, async (conversation) => projectPlace(terminal, conversation));
  } catch (error) {
    if (!PyiError.is(error) || error.code === 'CANCELLED') throw error;
    return placeWithoutStore(terminal);
  }
}
