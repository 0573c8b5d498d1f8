import { safe } from '../protocol/text.ts';
import { errorText } from './error-text.ts';
import { t } from './l10n.ts';
import { storeOf } from './roots/overview.ts';
import type { Root } from './roots/roots.ts';
import type { ServerState } from './server-process.ts';

/** What the status bar item shows. `text` may hold icons: `$(name)`. */
export interface Status {
  readonly text: string;
  readonly tooltip: string;
  /** What a screen reader says: the text without its icons. */
  readonly label: string;
  readonly warning: boolean;
}

/** The status bar item for the state of the server and of the folders of this window. */
export function statusOf(server: ServerState, folders: readonly Pick<Root, 'name' | 'store'>[], trusted: boolean): Status {
  if (!trusted) return status('shield', t('restricted'), t('PYI does nothing in a workspace that is not trusted.'));
  switch (server.kind) {
    case 'off':
      return status('circle-slash', t('stopped'), t('The PYI server is not running. The next command starts it.'));
    case 'connecting':
      return status('sync~spin', t('connecting'), t('Connecting to the PYI server.'));
    case 'waiting':
      return status('warning', t('reconnecting'), t('{0} Trying again (attempt {1}).', server.reason.message, server.attempt), true);
    case 'failed':
      return status('error', t('not connected'), errorText(server.reason), true);
    case 'connected':
      return connected(server.server.version, server.server.pid, folders);
  }
}

function connected(version: string, pid: number, folders: readonly Pick<Root, 'name' | 'store'>[]): Status {
  const ready = folders.flatMap(({ store }) => (store.kind === 'ready' ? [store] : []));
  const problem = folders.some(({ store }) => store.kind === 'problem' || (store.kind === 'ready' && store.warnings.length > 0));
  const tooltip = [t('PYI server {0}, process {1}', version, pid), ...folders.map(folderLine), ...ready.flatMap(({ warnings }) => warnings.map(safe))].join('\n');
  const icon = problem ? 'warning' : 'layers';
  if (folders.length > 0 && storeOf(folders.map(({ store }) => store.kind)) === 'unknown') return status('sync~spin', t('opening'), tooltip);
  if (ready.length === 0) return status(icon, problem ? t('problem') : t('not set up'), tooltip, problem);
  const sum = (pick: (store: { liveForks: number; checkpoints: number }) => number): number => ready.reduce((total, store) => total + pick(store), 0);
  return status(icon, `${forkCount(sum((store) => store.liveForks))}, ${checkpointCount(sum((store) => store.checkpoints))}`, tooltip, problem);
}

function folderLine({ name, store }: Pick<Root, 'name' | 'store'>): string {
  switch (store.kind) {
    case 'unknown':
      return safe(name);
    case 'none':
      return t('{0}: not set up', safe(name));
    case 'problem':
      return `${safe(name)}: ${safe(store.message)}`;
    case 'ready':
      return `${safe(name)}: ${store.liveForks === 1 ? t('1 live fork') : t('{0} live forks', store.liveForks)}, ${checkpointCount(store.checkpoints)}`;
  }
}

function forkCount(forks: number): string {
  return forks === 1 ? t('1 fork') : t('{0} forks', forks);
}

function checkpointCount(checkpoints: number): string {
  return checkpoints === 1 ? t('1 checkpoint') : t('{0} checkpoints', checkpoints);
}

function status(icon: string, words: string, tooltip: string, warning = false): Status {
  return { text: `$(${icon}) PYI: ${words}`, tooltip, label: `PYI: ${words}`, warning };
}
