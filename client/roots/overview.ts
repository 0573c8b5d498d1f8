import type { Client } from '../../connect/client.ts';
import { PyiError } from '../../protocol/errors.ts';
import { errorText } from '../error-text.ts';

/** What the status bar tells of the store of a folder. */
export type StoreSummary =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'none' }
  /** `openedAt` tells one store from another that took its place, and from itself opened again. */
  | { readonly kind: 'ready'; readonly openedAt: number; readonly liveForks: number; readonly checkpoints: number; readonly warnings: readonly string[] }
  | { readonly kind: 'problem'; readonly message: string };

/** How the store of a folder is; "there is none" is an answer. @throws PyiError when the connection broke */
export async function summarize(client: Pick<Client, 'call'>, folder: string): Promise<StoreSummary> {
  try {
    const { forks, checkpoints, warnings, openedAt } = await client.call('stats', { repository: folder });
    return { kind: 'ready', openedAt, liveForks: forks.live, checkpoints, warnings };
  } catch (error) {
    return storeProblem(error);
  }
}

/** What a window has of stores, as its start view tells it: "not set up" is said only when that is known of every folder. */
export function storeOf(kinds: readonly StoreSummary['kind'][]): StoreSummary['kind'] {
  return (['ready', 'problem', 'unknown', 'none'] as const).find((kind) => kinds.includes(kind)) ?? 'unknown';
}

/** The summary that a failed question about a store amounts to. */
export function storeProblem(error: unknown): StoreSummary {
  if (PyiError.is(error, 'NOT_FOUND')) return { kind: 'none' };
  return { kind: 'problem', message: errorText(error) };
}
