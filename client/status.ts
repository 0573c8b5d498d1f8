import { count, safe } from '../protocol/text.ts';
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
  if (!trusted) return status('shield', 'restricted', 'PYI does nothing in a workspace that is not trusted.');
  switch (server.kind) {
    case 'off':
      return status('circle-slash', 'stopped', 'The PYI server is not running. The next command starts it.');
    case 'connecting':
      return status('sync~spin', 'connecting', 'Connecting to the PYI server.');
    case 'waiting':
      return status('warning', 'reconnecting', `${server.reason.message} Trying again (attempt ${server.attempt}).`, true);
    case 'failed':
      return status('error', 'not connected', `${server.reason.message} ${server.reason.hint}`, true);
    case 'connected':
      return connected(server.server.version, server.server.pid, folders);
  }
}

function connected(version: string, pid: number, folders: readonly Pick<Root, 'name' | 'store'>[]): Status {
  const ready = folders.flatMap(({ store }) => (store.kind === 'ready' ? [store] : []));
  const problem = folders.some(({ store }) => store.kind === 'problem' || (store.kind === 'ready' && store.warnings.length > 0));
  const tooltip = [`PYI server ${version}, process ${pid}`, ...folders.map(folderLine), ...ready.flatMap(({ warnings }) => warnings.map(safe))].join('\n');
  const icon = problem ? 'warning' : 'layers';
  if (ready.length === 0) return status(icon, problem ? 'problem' : 'not set up', tooltip, problem);
  const sum = (pick: (store: { liveForks: number; checkpoints: number }) => number): number => ready.reduce((total, store) => total + pick(store), 0);
  return status(icon, `${count(sum((store) => store.liveForks), 'fork')}, ${count(sum((store) => store.checkpoints), 'checkpoint')}`, tooltip, problem);
}

function folderLine({ name, store }: Pick<Root, 'name' | 'store'>): string {
  switch (store.kind) {
    case 'unknown':
      return safe(name);
    case 'none':
      return `${safe(name)}: not set up`;
    case 'problem':
      return `${safe(name)}: ${safe(store.message)}`;
    case 'ready':
      return `${safe(name)}: ${count(store.liveForks, 'live fork')}, ${count(store.checkpoints, 'checkpoint')}`;
  }
}

function status(icon: string, words: string, tooltip: string, warning = false): Status {
  return { text: `$(${icon}) PYI: ${words}`, tooltip, label: `PYI: ${words}`, warning };
}
