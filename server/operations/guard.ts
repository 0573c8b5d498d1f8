import { PyiError } from '../../protocol/errors.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import { OPERATIONS } from '../../protocol/registry.ts';
import type { CallContext, OperationName, Params, Result } from '../../protocol/registry.ts';
import { readCheckpoint } from '../engine/checkpoint-object.ts';
import type { ReceiptRecord } from '../engine/records.ts';
import { findFork } from '../engine/references.ts';
import { checkAccess } from './access.ts';
import type { Located, OperationContext } from './host.ts';
import type { Repository } from './repository.ts';

/** What stands between a caller and an operation of a store: may it, was it done already, and who is told of it later. */

/** Refusals that the audit log shows: somebody tried what is not theirs. Other errors changed nothing and say nothing of anybody. */
const AUDITED_REFUSALS: readonly ErrorCode[] = ['UNAUTHORIZED', 'QUOTA_EXCEEDED'];
/** Named in one entry of the audit log. */
const MAX_FORKS = 100;

/**
 * Runs `operation` for a caller: checks its rights, carries a repeated call out once, and writes the audit log before the reply.
 * @throws PyiError `UNAUTHORIZED`, `QUOTA_EXCEEDED`, `BUSY`, and what the operation throws
 */
export async function guarded<N extends OperationName>(
  located: Located, name: N, params: Params<N>, context: CallContext, operation: (context: OperationContext) => Promise<Result<N>>,
): Promise<Result<N>> {
  const { repository } = located;
  try {
    checkAccess(located, context.caller, name, params);
    const result = await onceOnly(repository, name, params, context, operation);
    if (isAudited(name, params)) note(repository, name, params, context, 'ok', result);
    if ('level' in params && params.level === 'disk') await syncAudit(repository);
    return result;
  } catch (error) {
    if (PyiError.is(error) && AUDITED_REFUSALS.includes(error.code)) note(repository, name, params, context, error.code, undefined);
    throw error;
  }
}

/** Refuses an agent what is about the server, not about one store. @throws PyiError `UNAUTHORIZED` */
export function checkServerAccess(name: OperationName, { caller }: CallContext): void {
  if (caller?.identity === undefined || OPERATIONS[name].readOnly) return;
  throw new PyiError('UNAUTHORIZED', `${caller.identity.agent} may not ask for ${name}`, 'That is the user\'s: ask on a connection that acts for no agent.');
}

async function onceOnly<N extends OperationName>(
  repository: Repository, name: N, params: Params<N>, context: CallContext, operation: (context: OperationContext) => Promise<Result<N>>,
): Promise<Result<N>> {
  const { idempotencyKey: key, caller } = context;
  if (key === undefined) return operation(context);
  const call = { agent: caller?.identity?.agent ?? '', key, operation: name, params, secret: name === 'agent/register' };
  return repository.calls.once<Result<N>>(call, (receipt) => operation({ ...context, receipt }), (receipt) => rebuilt(repository, name, params, receipt));
}

/** The result of a call whose effect is in the journal and whose result a crash took: where the journal tells all of it. */
function rebuilt<N extends OperationName>(repository: Repository, name: N, params: Params<N>, { subject }: ReceiptRecord): Result<N> | undefined {
  const rebuild: Rebuild<N> | undefined = REBUILDS[name];
  return subject === undefined || rebuild === undefined ? undefined : rebuild(repository, subject, params);
}

type Rebuild<N extends OperationName> = (repository: Repository, subject: string, params: Params<N>) => Result<N> | undefined;

const REBUILDS: { readonly [N in OperationName]?: Rebuild<N> } = {
  checkpoint: ({ engine }, checkpoint, { level }) => {
    const { root, parents, fork, insight } = readCheckpoint(engine.store, checkpoint);
    return { checkpoint, root, parents: [...parents], fork, insight: { ...insight }, level };
  },
  fork: ({ engine }, id) => {
    const fork = engine.state.forks.get(id);
    return fork === undefined ? undefined : { fork: id, name: fork.name, agent: fork.agent, base: fork.base, dir: fork.dir };
  },
  write: (_, fork, { path, content, level }) => ({ fork, path, bytes: Buffer.byteLength(content.text ?? content.base64 ?? '', content.text === undefined ? 'base64' : 'utf8'), level }),
  remove: (_, fork, { path, level }) => ({ fork, path, level }),
  observe: ({ engine }, id) => {
    const seen = engine.state.forks.get(id)?.observations.at(-1);
    return seen === undefined ? undefined : { fork: id, checkpoint: seen.checkpoint, ok: seen.ok, exit: seen.exit, score: seen.score, millis: seen.millis, evidence: seen.evidence };
  },
};

/** Changes are noted; a dry run is none. */
function isAudited(name: OperationName, params: object): boolean {
  return !OPERATIONS[name].readOnly && !('dryRun' in params && params.dryRun === true);
}

/** What the log tells of has happened and is safe: an error now would say the opposite. */
async function syncAudit({ parts }: Repository): Promise<void> {
  await parts.audit.sync().catch((error: unknown) => { parts.log.warn('The audit log could not be flushed', { error }); });
}

function note(repository: Repository, operation: OperationName, params: object, { caller }: CallContext, outcome: string, result: unknown): void {
  const { audit, clock } = repository.parts;
  audit.append({
    time: clock.now(), agent: caller?.identity?.agent ?? '', client: caller?.client ?? 'server', operation,
    forks: forksIn(repository, params, result), checkpoint: checkpointIn(result), outcome,
  });
}

/** Ids of the forks that a call was about: those that it names, and those that its result names. */
function forksIn({ engine }: Repository, params: object, result: unknown): string[] {
  const ids = new Set<string>();
  for (const value of [...namesIn(params), ...namesIn(result)]) {
    if (ids.size === MAX_FORKS) break;
    // What the operation refused, or meant otherwise, may name no fork.
    const id = engine.state.forks.has(value) ? value : engine.state.names.get(value) ?? foundFork(engine, value);
    if (id !== undefined) ids.add(id);
  }
  return [...ids];
}

function foundFork(engine: Repository['engine'], reference: string): string | undefined {
  try {
    return findFork(engine, reference)?.id;
  } catch {
    return undefined; // ambiguous
  }
}

const FORK_FIELDS = ['fork', 'forks', 'into', 'first', 'second', 'winner', 'discarded'] as const;

function namesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const record = value as Readonly<Record<string, unknown>>;
  return FORK_FIELDS.flatMap((field) => {
    const names = record[field];
    return Array.isArray(names) ? names.flatMap((name: unknown) => (typeof name === 'string' ? [name] : [])) : typeof names === 'string' ? [names] : [];
  });
}

function checkpointIn(result: unknown): string | null {
  return typeof result === 'object' && result !== null && 'checkpoint' in result && typeof result.checkpoint === 'string' ? result.checkpoint : null;
}
