import type { Client } from '../../connect/client.ts';
import { PyiError } from '../../protocol/errors.ts';
import { errorText } from '../error-text.ts';

/** What the status bar tells of the store of a folder. */
export type StoreSummary =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'none' }
  | { readonly kind: 'ready'; readonly liveForks: number; readonly checkpoints: number; readonly warnings: readonly string[] }
  | { readonly kind: 'problem'; readonly message: string };

/** How the store of a folder is; "there is none" is an answer. @throws PyiError when the connection broke */
export async function summarize(client: Pick<Client, 'call'>, folder: string): Promise<StoreSummary> {
  try {
    const { forks, checkpoints, warnings } = await client.call('stats', { repository: folder });
    return { kind: 'ready', liveForks: forks.live, checkpoints, warnings };
  } catch (error) {
    return storeProblem(error);
  }
}

/** The summary that a failed question about a store amounts to. */
export function storeProblem(error: unknown): StoreSummary {
  if (PyiError.is(error, 'NOT_FOUND')) return { kind: 'none' };
  return { kind: 'problem', message: errorText(error) };
}
