import type { Params, Result } from '../../protocol/registry.ts';
import type { Host } from './host.ts';

/** `pyi where`. Asked often, so it looks at nothing but the engine's state. */
export async function where(host: Host, params: Params<'where'>): Promise<Result<'where'>> {
  const { repository, layout } = await host.locate(params.repository);
  const fork = repository.findForkAt(layout.root);
  return {
    store: layout.storeDirectory, root: layout.root, git: layout.kind === 'git',
    fork: fork?.id ?? null, name: fork?.name ?? null, head: fork?.head ?? null, base: fork?.base ?? null,
    workspace: fork?.workspace ?? false, phase: repository.engine.state.phase,
  };
}
