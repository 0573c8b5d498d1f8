import { bytes, safe } from '../../protocol/text.ts';
import { t } from '../l10n.ts';
import type { ServerProcess } from '../server-process.ts';
import type { Command } from '../services.ts';
import { chooseRepository } from './choose-repository.ts';
import { confirm, inform, withProgress } from './dialogs.ts';

/** `PYI: Set Up Repository` */
export const setup: Command = async ({ server, roots }, target) => {
  const repository = await chooseRepository(roots, target.repository, 'new');
  if (repository === undefined) return undefined;
  const client = await server.client();
  const done = await withProgress(t('PYI: setting up'), async (options) => client.call('setup', { repository }, options));
  inform(done.created
    ? done.files === 1 ? t('PYI took in one file, {0}. Its store is {1}.', bytes(done.bytes), safe(done.store)) : t('PYI took in {0} files, {1}. Its store is {2}.', done.files, bytes(done.bytes), safe(done.store))
    : t('PYI was set up here already. Its store is {0}.', safe(done.store)));
  return done;
};

/** `PYI: Stop Server` */
export const stopServer: Command = async ({ server }) => {
  if (await mayStop(server, t('Stop the PYI server?'), t('Stop'))) await server.stop();
  return undefined;
};

/** `PYI: Restart Server`; starts one when none runs. */
export const restartServer: Command = async ({ server }) => {
  const running = server.connected;
  if (running !== undefined) {
    if (!await mayStop(server, t('Restart the PYI server?'), t('Restart'))) return undefined;
    await server.stop();
    await running.closed;
  }
  await server.client();
  return undefined;
};

/** True when nobody else uses the server, or the user says so. */
async function mayStop({ connected }: ServerProcess, question: string, action: string): Promise<boolean> {
  const others = (connected === undefined ? 0 : (await connected.call('about', {})).clients) - 1;
  return others <= 0 || confirm(question, stopDetail(others), action);
}

function stopDetail(others: number): string {
  return others === 1 ? t('Another window or command uses it. Nothing is lost: the next command starts it again.')
    : t('{0} other windows or commands use it. Nothing is lost: the next command starts it again.', others);
}

/** `PYI: Show Dashboard` */
export const showDashboard: Command = async ({ views }, target) => {
  views.showDashboard(target.repository);
  return undefined;
};

/** `PYI: Show Output` */
export const showOutput: Command = async ({ output }) => {
  output.show(true);
  return undefined;
};
