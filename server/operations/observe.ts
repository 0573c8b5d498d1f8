import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import type { HexId } from '../../protocol/ids.ts';
import type { Params, Result } from '../../protocol/registry.ts';
import type { Observation } from '../../protocol/values.ts';
import { rootOfCheckpoint } from '../engine/checkpoint-object.ts';
import { checkLive } from '../engine/guards.ts';
import { conflictText } from '../engine/merge.ts';
import { resolveFork } from '../engine/references.ts';
import type { Fork } from '../engine/state.ts';
import { updatedProbability } from '../engine/superposition.ts';
import { writeTree } from '../worktree/write-tree.ts';
import { runCommand } from './command.ts';
import type { Host, OperationContext } from './host.ts';
import type { Repository } from './repository.ts';

/** Evidence kept when the caller gives none: the end of the validator's output. */
const EVIDENCE_BYTES = 4096;

export interface Validation {
  readonly command: readonly string[];
  readonly score?: number | undefined;
  readonly evidence?: string | undefined;
  readonly timeoutSeconds: number;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** `pyi observe`. */
export async function observe(host: Host, params: Params<'observe'>, context: OperationContext): Promise<Result<'observe'>> {
  const { repository } = await host.locate(params.repository);
  return observeFork(repository, resolveFork(repository.engine, params.fork), params, context);
}

/** Runs a validator on a fork as it is now and records what it said. The fork is not held while the validator runs. */
export async function observeFork(repository: Repository, fork: Fork, validation: Validation, context: OperationContext): Promise<Result<'observe'>> {
  checkLive(fork);
  const checkpoint = await repository.mutex.run([fork.id], async () => {
    await repository.settle(fork, 'observed', context);
    return fork.head;
  });
  const started = repository.parts.clock.micros();
  const outcome = validation.command.length === 0 ? undefined : await validate(repository, fork, checkpoint, validation, context);
  const millis = Math.round((repository.parts.clock.micros() - started) / 1000);
  const ok = outcome === undefined ? true : outcome.exit === 0;
  const observation: Observation = {
    checkpoint, ok, exit: outcome?.exit ?? null,
    score: validation.score ?? (outcome === undefined ? null : scoreIn(outcome.output) ?? (ok ? 1 : 0)),
    evidence: validation.evidence ?? outcome?.output.subarray(-EVIDENCE_BYTES).toString('utf8') ?? '',
    command: [...validation.command], millis, time: repository.parts.clock.now(),
  };
  await repository.mutex.run([fork.id], async () => {
    repository.engine.withReceipt(context.receipt, () => { repository.engine.observe(fork, observation, updatedProbability(fork.probability, ok, observation.score)); });
  });
  repository.emit('observe', fork, checkpoint);
  const { exit, score, evidence } = observation;
  return { fork: fork.id, checkpoint, ok, exit, score, millis, evidence };
}

async function validate(repository: Repository, fork: Fork, checkpoint: HexId, validation: Validation, context: OperationContext): Promise<{ exit: number | null; output: Buffer }> {
  const options = { timeoutMillis: validation.timeoutSeconds * 1000, signal: context.signal, env: validation.env, variables: { PYI_FORK: fork.name } };
  if (fork.dir !== null) return runCommand(validation.command, { ...options, cwd: fork.dir });
  const { store } = repository.engine;
  const scratch = await mkdtemp(path.join(tmpdir(), 'pyi-observe-'));
  try {
    await writeTree(repository.engine.store, rootOfCheckpoint(store, checkpoint), scratch, { signal: context.signal, conflictText: (entry) => conflictText(store, entry) });
    return await runCommand(validation.command, { ...options, cwd: scratch });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The last line that says `score: N` (any case), as a validator prints it. */
function scoreIn(output: Buffer): number | undefined {
  const matches = [...output.toString('utf8').matchAll(/^\s*score\s*[:=]\s*(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*$/gim)];
  const last = matches.at(-1)?.[1];
  return last === undefined ? undefined : Number(last);
}
