import type { CallContext, Params, Result } from '../../protocol/registry.ts';
import type { Fork } from '../engine/state.ts';
import { bestOf, collapseFork } from './collapse.ts';
import { runCommand } from './command.ts';
import { makeFork } from './fork.ts';
import type { Host } from './host.ts';
import { observeFork } from './observe.ts';
import type { Repository } from './repository.ts';

type Attempt = Result<'race'>['attempts'][number];

/** `pyi race`: K forks with directories, the same command in each, each validated, the best collapsed. */
export async function race(host: Host, params: Params<'race'>, context: CallContext): Promise<Result<'race'>> {
  const { repository, layout } = await host.locate(params.repository);
  const task = params.task ?? `race-${repository.engine.newId().slice(0, 8)}`;
  const parent = repository.forkAt(layout);
  const attempts: Attempt[] = [];
  let started = 0;
  const worker = async (): Promise<void> => {
    while (started < params.count && !context.signal.aborted) {
      const index = ++started;
      attempts.push(await attempt(repository, parent, index, task, params, context));
      context.progress({ what: 'attempts', done: attempts.length, total: params.count });
    }
  };
  await Promise.all(Array.from({ length: Math.min(params.parallel, params.count) }, worker));
  attempts.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  const best = bestOf(attempts.flatMap(({ fork }) => repository.engine.state.forks.get(fork) ?? []));
  if (best === undefined || !params.collapse) return { task, winner: best?.id ?? null, commit: null, attempts, discarded: [] };
  const { message } = params;
  const done = await collapseFork(repository, best, { task, message, keep: false, dryRun: false }, context);
  return { task, winner: best.id, commit: done.commit, attempts, discarded: done.discarded };
}

async function attempt(repository: Repository, parent: Fork, index: number, task: string, params: Params<'race'>, context: CallContext): Promise<Attempt> {
  const started = repository.parts.clock.micros();
  const fork = await makeFork(repository, { name: `${task}-${index}`, agent: `race-${index}`, task, parent, base: null, dir: true }, context);
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
