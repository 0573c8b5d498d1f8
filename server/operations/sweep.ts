import { existsSync } from 'node:fs';
import type { HexId } from '../../protocol/ids.ts';
import type { CallContext, Params, Result } from '../../protocol/registry.ts';
import { Collection } from '../engine/collection.ts';
import type { CollectionResult } from '../engine/collection.ts';
import { decodeRecord } from '../engine/records.ts';
import { claimKey, receiptKey } from '../engine/state.ts';
import type { Fork } from '../engine/state.ts';
import type { RetentionRules } from '../engine/retention.ts';
import { isPurgeable, purgeable } from '../engine/retention.ts';
import { decayed } from '../engine/superposition.ts';
import { removeDirectory } from './fork.ts';
import type { Host } from './host.ts';
import type { Repository } from './repository.ts';

const DAY = 86_400_000;
/** How long a collection works before it lets others have a turn, µs: below what a checkpoint may wait. */
const SLICE_MICROS = 3000;

/** `pyi sweep`: decay, retention, garbage collection, compaction. Checkpoints go on meanwhile. */
export async function sweep(host: Host, params: Params<'sweep'>, context: CallContext): Promise<Result<'sweep'>> {
  const { repository } = await host.locate(params.repository);
  return repository.mutex.run(['sweep'], () => sweepRepository(repository, params, context));
}

export interface SweepChoice {
  readonly dryRun: boolean;
  /** Overrides the configured grace period. */
  readonly graceSeconds?: number | undefined;
}

/** The caller holds the key `sweep`. */
export async function sweepRepository(repository: Repository, params: SweepChoice, context: CallContext): Promise<Result<'sweep'>> {
  const { engine, parts } = repository;
  const started = parts.clock.micros();
  const rules = rulesOf(repository, params.graceSeconds);
  const overdue = params.dryRun ? decayed(engine, parts.clock.now()) : await decay(repository, context);
  if (!params.dryRun) for (const fork of purgeable(engine, rules, parts.clock.now())) await removeDirectoryOf(repository, fork, rules, context);
  const collected = await collect(repository, rules, params.dryRun, context);
  const gone = new Set(collected.forks);
  const bytesFreed = params.dryRun ? 0 : await compact(repository, gone);
  if (!params.dryRun) parts.audit.prune(parts.clock.now() - parts.config.retention.auditDays * DAY);
  repository.emit('sweep', null, null);
  return {
    forks: [...collected.forks], decayed: overdue.map((fork) => fork.id), checkpoints: collected.checkpoints.length,
    objects: collected.objects, bytes: collected.bytes, bytesFreed, millis: Math.round((parts.clock.micros() - started) / 1000),
  };
}

/** Discards forks whose time is over. Work that no checkpoint holds is recorded first; it shows that the fork is in use, so it lives on. */
async function decay(repository: Repository, context: CallContext): Promise<Fork[]> {
  const { engine, parts } = repository;
  const gone: Fork[] = [];
  for (const fork of decayed(engine, parts.clock.now())) {
    context.signal.throwIfAborted();
    await repository.mutex.run([fork.id], async () => {
      if (fork.state === 'live') await repository.settleLast(fork, 'before decay', context);
      if (!decayed(engine, parts.clock.now()).includes(fork)) return;
      engine.discard([fork]);
      gone.push(fork);
      await repository.release([fork]);
    }).catch((error: unknown) => {
      context.signal.throwIfAborted();
      parts.log.warn('A fork past its time could not be recorded, so it stays', { fork: fork.name, error });
    });
  }
  return gone;
}

/** Removes the directory of a fork that goes, unless an undo brings the fork back first, or somebody went on working there. */
async function removeDirectoryOf(repository: Repository, fork: Fork, rules: RetentionRules, context: CallContext): Promise<void> {
  const { engine, parts } = repository;
  await repository.mutex.run([fork.id], async () => {
    const { dir } = fork;
    if (dir === null || fork.workspace || !isPurgeable(fork, rules, parts.clock.now())) return;
    if (existsSync(dir) && !(await repository.peek(fork, context)).equals(engine.headRoot(fork))) {
      await parts.directories.forget(fork.id);
      parts.log.warn('A directory was left: it has changes from after the end of its fork', { dir });
      parts.warnings.add(`${dir} has changes from after the end of its fork, so it was left. When you need them no more: git worktree remove --force ${dir}`);
    } else {
      await removeDirectory(repository, fork.id, dir);
    }
    engine.setDirectory(fork, null); // an undo may still come before the collection ends
  });
}

export function rulesOf(repository: Repository, graceSeconds?: number): RetentionRules {
  const { keepLast, keepDays, graceDays } = repository.parts.config.retention;
  return { keepLast, keepDays, grace: graceSeconds === undefined ? graceDays * DAY : graceSeconds * 1000 };
}

async function collect(repository: Repository, rules: RetentionRules, dryRun: boolean, context: CallContext): Promise<CollectionResult> {
  const { engine, parts } = repository;
  const collection = await repository.leases.whenIdle(() => new Collection(engine, parts.store, rules, dryRun));
  while (!collection.step(SLICE_MICROS)) {
    if (context.signal.aborted) collection.abort();
    context.signal.throwIfAborted();
    await new Promise<void>((resolve) => { setImmediate(resolve); });
  }
  if (collection.result === undefined) throw new Error('a finished collection has a result');
  return collection.result;
}

/** Gives space back; records of forks that are gone need not be kept. */
async function compact(repository: Repository, gone: ReadonlySet<HexId>): Promise<number> {
  const { state } = repository.engine;
  const isGone = (fork: HexId): boolean => gone.has(fork) && !state.forks.has(fork);
  const { bytesBefore, bytesAfter } = await repository.parts.store.compact({
    purgeRecord: (payload) => {
      const record = decodeRecord(payload);
      switch (record.type) {
        case 'fork': case 'edit': case 'observation': case 'directory': return isGone(record.fork);
        // Of agents and claims the last record counts; a receipt is kept as long as the state knows it.
        case 'agent': return state.agents.get(record.agent)?.time !== record.time;
        case 'claim': return state.claims.get(claimKey(record.agent, record.fork))?.time !== record.time && record.globs.length > 0;
        case 'receipt': return !state.receipts.has(receiptKey(record.agent, record.key));
        default: return false;
      }
    },
  });
  return bytesBefore - bytesAfter;
}
