import type { Params, Result } from '../../protocol/registry.ts';
import { treePath } from './arguments.ts';
import type { Host, OperationContext } from './host.ts';

/** `pyi checkpoint`. */
export async function checkpoint(host: Host, params: Params<'checkpoint'>, context: OperationContext): Promise<Result<'checkpoint'>> {
  const { repository, layout } = await host.locate(params.repository);
  const fork = repository.forkOr(params.fork, layout);
  const buffers = params.buffers?.map(({ path, text }) => ({ path: treePath(path), text }));
  return repository.mutex.run([fork.id], async () => {
    const { message, kind, cause, level, ifChanged } = params;
    const taken = await repository.record(fork, { message, kind, cause, level, ifChanged, buffers, context, receipt: context.receipt });
    if (params.pin && repository.engine.pin(taken.checkpoint, true)) repository.emit('pin', fork, taken.checkpoint);
    return { ...taken, parents: [...taken.parents], fork: fork.id, level };
  });
}
