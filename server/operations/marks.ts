import { PyiError } from '../../protocol/errors.ts';
import type { Params, Result } from '../../protocol/registry.ts';
import { readCheckpoint } from '../engine/checkpoint-object.ts';
import { resolveCheckpoint, resolveFork } from '../engine/references.ts';
import type { ReceiptRecord } from '../engine/records.ts';
import type { Fork } from '../engine/state.ts';
import type { Host, OperationContext } from './host.ts';
import type { Repository } from './repository.ts';
import { markPhase } from './phase-mark.ts';

/** Operations that change what is known about forks and checkpoints, not their content. */

/** `pyi discard`. Directories stay until the forks are swept. */
export async function discard(host: Host, params: Params<'discard'>, context: OperationContext): Promise<Result<'discard'>> {
  const { repository } = await host.locate(params.repository);
  const forks = [...new Set(params.forks.map((reference) => resolveFork(repository.engine, reference)))];
  await discardForks(repository, forks, context.receipt);
  return { discarded: forks.map((fork) => fork.id) };
}

/** Discards forks as one operation, with all that their directories hold recorded. */
export async function discardForks(repository: Repository, forks: readonly Fork[], receipt?: ReceiptRecord): Promise<void> {
  await repository.mutex.run(forks.map((fork) => fork.id), async () => {
    for (const fork of forks) if (fork.state === 'live' && !fork.workspace) await repository.settleLast(fork, 'before a discard');
    repository.engine.withReceipt(receipt, () => repository.engine.discard(forks));
    await repository.release(forks);
    for (const fork of forks) repository.emit('discard', fork, fork.head);
  });
}

/** `pyi entangle`. */
export async function entangle(host: Host, params: Params<'entangle'>, context: OperationContext): Promise<Result<'entangle'>> {
  const { repository } = await host.locate(params.repository);
  const first = resolveFork(repository.engine, params.first);
  const second = resolveFork(repository.engine, params.second);
  repository.engine.withReceipt(context.receipt, () => { repository.engine.entangle(first, second, params.kind); });
  repository.emit('entangle', first, null);
  return { first: first.id, second: second.id, kind: params.kind };
}

/** `pyi pin`. */
export async function pin(host: Host, params: Params<'pin'>, context: OperationContext): Promise<Result<'pin'>> {
  const { repository } = await host.locate(params.repository);
  const checkpoint = resolveCheckpoint(repository.engine, params.checkpoint);
  if (typeof params.name === 'string' && !params.pinned) {
    throw new PyiError('INVALID_ARGUMENT', 'A checkpoint that is let go keeps no name', 'Give a name, or let it go.');
  }
  const { engine } = repository;
  if (engine.withReceipt(context.receipt, () => engine.pin(checkpoint, params.pinned, params.name))) {
    repository.emit('pin', engine.state.forks.get(readCheckpoint(engine.store, checkpoint).fork) ?? null, checkpoint);
  }
  return { checkpoint, pinned: params.pinned, name: engine.state.pins.get(checkpoint) ?? null };
}

/** `pyi phase`. */
export async function phase(host: Host, params: Params<'phase'>): Promise<Result<'phase'>> {
  const { repository } = await host.locate(params.repository);
  const previous = repository.engine.state.phase;
  if (params.phase !== undefined) {
    repository.engine.setPhase(params.phase);
    markPhase(repository.parts.layout.storeDirectory, params.phase, repository.parts.log);
    repository.emit('phase', null, null);
  }
  return { phase: repository.engine.state.phase, previous };
}
