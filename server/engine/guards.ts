import { PyiError } from '../../protocol/errors.ts';
import type { BytePath } from '../../protocol/paths.ts';
import { textFromBytePath } from '../../protocol/paths.ts';
import type { ObjectStore } from './ports.ts';
import { ObjectType } from './ports.ts';
import type { Fork } from './state.ts';
import type { Entry } from './tree/entry.ts';
import { FileMode } from './tree/entry.ts';

/**
 * What enters a tree must be there to be read. A caller whose content another one's rollback, or a collection, took away
 * learns of it here, before it is acknowledged.
 * @throws PyiError `NOT_FOUND`
 */
export function checkContent(store: ObjectStore, path: BytePath, entry: Entry): void {
  const type = store.typeOf(entry.id);
  if (entry.mode === FileMode.conflict ? type === ObjectType.conflict : type === ObjectType.blob || type === ObjectType.chunkList) return;
  throw new PyiError('NOT_FOUND', `The content of ${JSON.stringify(textFromBytePath(path))} is not in the store`, 'Write it again.');
}

/** A head that moves takes what is pending with it. @throws PyiError `CONFLICT` when something was written since the last checkpoint */
export function checkNothingPending(fork: Fork): void {
  if (fork.pending.size > 0) {
    throw new PyiError('CONFLICT', `Fork ${fork.name} has changes since its last checkpoint`, `Take a checkpoint first: pyi checkpoint --fork ${fork.id.slice(0, 12)}`);
  }
}

/** @throws PyiError `FORK_DISCARDED`, `FORK_MERGED` unless the fork is live. */
export function checkLive(fork: Fork): void {
  if (fork.state === 'discarded') {
    throw new PyiError('FORK_DISCARDED', `Fork ${fork.name} was discarded`, `Bring it back with "pyi undo --fork ${fork.id.slice(0, 12)}", or make a new fork.`);
  }
  if (fork.state === 'merged') {
    throw new PyiError('FORK_MERGED', `Fork ${fork.name} has collapsed already`, `Make a new fork, or undo the collapse with "pyi undo --fork ${fork.id.slice(0, 12)}".`);
  }
}
