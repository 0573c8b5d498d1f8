import * as vscode from 'vscode';
import { bytes, count, safe } from '../../protocol/text.ts';
import { chooseFolder } from '../roots/folders.ts';
import type { Command } from '../services.ts';
import { confirm, withProgress } from './dialogs.ts';

/** `PYI: Set Up Repository` */
export const setup: Command = async ({ server }, target) => {
  const repository = await chooseFolder(target.repository);
  if (repository === undefined) return undefined;
  const client = await server.client();
  const done = await withProgress('PYI: setting up', async (options) => client.call('setup', { repository }, options));
  void vscode.window.showInformationMessage(done.created
    ? `PYI took in ${count(done.files, 'file')} (${bytes(done.bytes)}). Its store is ${safe(done.store)}.`
    : `PYI was set up here already: ${safe(done.store)}`);
  return done;
};

/** `PYI: Stop Server` */
export const stopServer: Command = async ({ server }) => {
  const clients = server.connected === undefined ? 0 : (await server.connected.call('about', {})).clients;
  const others = clients - 1;
  if (others > 0 && !await confirm('Stop the PYI server?', `${count(others, 'other window or command uses', 'other windows or commands use')} it. Nothing is lost: the next command starts it again.`, 'Stop')) return undefined;
  await server.stop();
  return undefined;
};

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
