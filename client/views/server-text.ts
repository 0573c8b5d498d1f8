import { t } from '../l10n.ts';
import type { ServerState } from '../server-process.ts';

/** What a view says of the server. */
export function serverText(state: ServerState): string {
  switch (state.kind) {
    case 'connected':
      return t('Server {0}, process {1}', state.server.version, state.server.pid);
    case 'off':
      return t('The server is not running; the next command starts it');
    case 'connecting':
      return t('Connecting to the server');
    case 'waiting':
      return t('The server is gone; reconnecting');
    case 'failed':
      return t('The server cannot be reached');
  }
}
