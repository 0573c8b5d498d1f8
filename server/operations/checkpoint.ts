import type { CallContext, Params, Result } from '../../protocol/registry.ts';
import type { Host } from './host.ts';

/** `pyi checkpoint`. */
export async function checkpoint(host: Host, params: Params<'checkpoint'>, context: CallContext): Promise<Result<'checkpoint'>> {
  const { repository, layout } = await host.locate(params.repository);
  const fork = repository.forkOr(params.fork, layout);
  return repository.mutex.run([fork.id], async () => {
    const { message, kind, cause, level } = params;
    const taken = await repository.record(fork, { message, kind, cause, level, context });
    if (params.pin) repository.engine.pin(taken.checkpoint, true);
    return { ...taken, parents: [...taken.parents], fork: fork.id, level };
  });
}
