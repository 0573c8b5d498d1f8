import * as vscode from 'vscode';
import { safe, safeLines } from '../../protocol/text.ts';
import { textUri } from '../fs/beside.ts';
import { t } from '../l10n.ts';

/** Shows what a validator printed, read-only, as plain text and never rendered: it comes from programs that agents wrote. */
export async function showEvidence(fork: string, evidence: string): Promise<void> {
  const text = evidence.trim() === '' ? t('The validator of fork "{0}" printed nothing.', safe(fork)) : safeLines(evidence);
  await vscode.commands.executeCommand('vscode.open', textUri(t('Evidence of {0}.txt', safe(fork)), text), { preview: true });
}
