import * as vscode from 'vscode';
import type { Client } from '../../connect/client.ts';
import { PyiError } from '../../protocol/errors.ts';
import type { ForkInfo } from '../../protocol/values.ts';
import { findFork, forkChoices } from '../choices.ts';
import { t } from '../l10n.ts';

export interface ForkQuestion {
  readonly title: string;
  readonly placeholder: string;
}

/** Where a command works. */
export interface Place {
  readonly client: Pick<Client, 'call'>;
  readonly repository: string;
}

/** The fork that was named, or that the user picks of those offered; undefined when they pick none. @throws PyiError `NOT_FOUND` */
export async function pickFork(forks: readonly ForkInfo[], named: string | undefined, question: ForkQuestion): Promise<ForkInfo | undefined> {
  if (named !== undefined) return findFork(forks, named);
  checkAny(forks);
  const options = { title: question.title, placeHolder: question.placeholder, matchOnDescription: true, matchOnDetail: true };
  return (await vscode.window.showQuickPick(forkChoices(forks, Date.now()), options))?.value;
}

/** As {@link pickFork}, for several at once; undefined when the user leaves or picks none. @throws PyiError `NOT_FOUND` */
export async function pickForks(forks: readonly ForkInfo[], named: readonly string[], question: ForkQuestion): Promise<readonly ForkInfo[] | undefined> {
  if (named.length > 0) return [...new Set(named.map((reference) => findFork(forks, reference)))];
  checkAny(forks);
  const options = { title: question.title, placeHolder: question.placeholder, matchOnDescription: true, matchOnDetail: true, canPickMany: true } as const;
  const chosen = await vscode.window.showQuickPick(forkChoices(forks, Date.now()), options);
  return chosen === undefined || chosen.length === 0 ? undefined : chosen.map(({ value }) => value);
}

function checkAny(forks: readonly ForkInfo[]): void {
  if (forks.length === 0) throw new PyiError('NOT_FOUND', t('There is no fork to choose.'), t('Make one with "PYI: New Fork".'));
}
