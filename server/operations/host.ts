import type { CallContext } from '../../protocol/registry.ts';
import type { Clock } from '../engine/ports.ts';
import type { ReceiptRecord } from '../engine/records.ts';
import type { Layout } from '../git/layout.ts';
import type { Repository } from './repository.ts';

/** A store and the place in it from which a call was made. */
export interface Located {
  readonly repository: Repository;
  /** Layout of the work tree that the caller named. */
  readonly layout: Layout;
}

/** A call, and what is to be committed together with its effect where its client may repeat it. */
export interface OperationContext extends CallContext {
  readonly receipt?: ReceiptRecord;
}

/** The call, for a step of it that does not complete it. */
export function withoutReceipt(context: OperationContext): CallContext {
  const { signal, progress, caller } = context;
  return { signal, progress, ...(caller === undefined ? {} : { caller }) };
}

/** How answering for git goes, in all repositories. */
export interface ShimHealth {
  /** Commands of git that are no longer answered, because an answer was wrong once. */
  readonly faults: readonly string[];
  /** Questions left to git because the caller's configuration lies elsewhere than the server's. */
  readonly elsewhere: number;
}

/** What handlers ask of the server: the repositories that it has open. `repositories.ts` implements it. */
export interface Host {
  readonly clock: Clock;
  readonly gitShim: ShimHealth;
  /** The repository around a directory, opened if need be. @throws PyiError `NOT_FOUND` when there is no store yet */
  locate(directory: string): Promise<Located>;
  /** As `locate`, but makes the store when there is none. */
  create(directory: string, allowUnusualRoot: boolean): Promise<Located & { readonly created: boolean }>;
}
