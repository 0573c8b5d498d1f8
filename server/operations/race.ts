import type { HexId } from '../../protocol/ids.ts';
import type { CallContext, Params, Result } from '../../protocol/registry.ts';
import type { Fork } from '../engine/state.ts';
import { bestOf, collapseFork } from './collapse.ts';
import { runCommand } from './command.ts';
import { freeNames, headAsItIs, makeFork } from './fork.ts';
import { withoutReceipt } from './host.ts';
import type { Host, OperationContext } from './host.ts';
import { discardForks } from './marks.ts';
import { observeFork } from './observe.ts';
import type { Repository } from './repository.ts';

type Attempt = Result<'race'>['attempts'][number];

/** What all attempts of a race have in common. */
interface Start {
  readonly parent: Fork;
  readonly base: HexId;
  readonly task: string;
  /** Whose forks they are; undefined: each its own. */
  readonly agent: string | undefined;
  /** Of the forks; the task may have forks of an earlier race. */
  readonly names: Generator<string, never>;
}

/** `pyi race`: K forks with directories, the same command in each, each validated, the best collapsed. Cut short, it discards what it made. */
export async function race(host: Host, params: Params<'race'>, context: OperationContext): Promise<Result<'race'>> {
  const { repository, layout } = await host.locate(params.repository);
  const task = params.task ?? `race-${repository.engine.newId().slice(0, 8)}`;
  const parent = repository.forkAt(layout);
  // One base for all, whatever happens in the work tree meanwhile: else they could not be compared.
  const start: Start = { parent, task, agent: context.caller?.identity?.agent, names: freeNames(repository, task), base: await headAsItIs(repository, parent, context) };
  const { attempts, stopped } = await runAttempts(repository, start, params, withoutReceipt(context));
  attempts.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  const best = bestOf(attempts.flatMap(({ fork }) => repository.engine.state.forks.get(fork) ?? []));
  if (best === undefined || !params.collapse) return { task, winner: best?.id ?? null, commit: null, attempts, discarded: [], stopped };
  const { message } = params;
  const done = await collapseFork(repository, best, { task, message, keep: false, dryRun: false }, context);
  return { task, winner: best.id, commit: done.commit, attempts, discarded: done.discarded, stopped };
}

/**
 * Runs the attempts, some at a time, until all were made, one was good enough, or the budget is used up; what is half done then
 * is ended, and its forks are discarded. When one cannot be carried out, or the call is cancelled, all forks are.
 */
async function runAttempts(repository: Repository, start: Start, params: Params<'race'>, context: CallContext): Promise<{ attempts: Attempt[]; stopped: Result<'race'>['stopped'] }> {
  const attempts: Attempt[] = [];
  const made: Fork[] = [];
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const budget = params.budgetSeconds === undefined ? undefined : setTimeout(() => { halt('budget'); }, params.budgetSeconds * 1000);
  let stopped: Result<'race'>['stopped'] = 'done';
  let failure: unknown;
  let started = 0;
  const halt = (why: 'enough' | 'budget'): void => {
    if (signal.aborted) return;
    stopped = why;
    stop.abort();
  };
  const worker = async (): Promise<void> => {
    while (started < params.count && !signal.aborted) {
      const done = await attempt(repository, start, ++started, params, { ...context, signal }, made);
      attempts.push(done);
      if (params.enough !== undefined && done.ok && (done.score ?? 0) >= params.enough) halt('enough');
      context.progress({ what: 'attempts', done: attempts.length, total: params.count });
    }
  };
  await Promise.all(Array.from({ length: Math.min(params.parallel, params.count) }, () => worker().catch((error: unknown) => {
    if (stopped !== 'done') return; // ended by us
    failure ??= error;
    stop.abort();
  })));
  clearTimeout(budget);
  const isOver = context.signal.aborted || failure !== undefined;
  const judged = new Set(attempts.map(({ fork }) => fork));
  const leftOver = made.filter((fork) => fork.state === 'live' && (isOver || !judged.has(fork.id)));
  if (leftOver.length > 0) {
    await discardForks(repository, leftOver).catch((error: unknown) => {
      repository.parts.log.warn('The forks of a race that was cut short stay', { task: start.task, error });
    });
  }
  context.signal.throwIfAborted();
  if (failure !== undefined) throw failure;
  return { attempts, stopped };
}

async function attempt(repository: Repository, { parent, base, task, agent, names }: Start, index: number, params: Params<'race'>, context: CallContext, made: Fork[]): Promise<Attempt> {
  const started = repository.parts.clock.micros();
  const fork = await makeFork(repository, { name: names.next().value, agent: agent ?? `race-${index}`, task, parent, base, dir: true }, context);
  made.push(fork);
  const timeoutSeconds = params.timeoutSeconds;
  const tried = await runCommand(shell(params.try), {
    cwd: fork.dir ?? '', timeoutMillis: timeoutSeconds * 1000, signal: context.signal,
    env: params.env, variables: { PYI_RACE_INDEX: String(index), PYI_FORK: fork.name },
  });
  const seen = await observeFork(repository, fork, { command: shell(params.validate), timeoutSeconds, env: params.env }, context);
  return {
    fork: fork.id, name: fork.name, ok: seen.ok, score: seen.score, tryExit: tried.exit, exit: seen.exit,
    millis: Math.round((repository.parts.clock.micros() - started) / 1000),
  };
}

function shell(command: string): string[] {
  return process.platform === 'win32' ? ['cmd', '/d', '/s', '/c', command] : ['/bin/sh', '-c', command];
}
