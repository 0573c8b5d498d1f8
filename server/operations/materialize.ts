import * as path from 'node:path';
import { PyiError } from '../../protocol/errors.ts';
import type { CallContext, Params, Result } from '../../protocol/registry.ts';
import { resolveCheckpoint } from '../engine/references.ts';
import { texts } from './arguments.ts';
import { exportTree } from './exports.ts';
import { rootNamed } from './files.ts';
import type { Host } from './host.ts';
import { checkedPlace } from './places.ts';

/** `pyi materialize`: a directory of the caller's choice becomes what a checkpoint is, by the difference only. */
export async function materialize(host: Host, params: Params<'materialize'>, context: CallContext): Promise<Result<'materialize'>> {
  const { repository } = await host.locate(params.repository);
  const checkpoint = resolveCheckpoint(repository.engine, params.checkpoint);
  if (!path.isAbsolute(params.out)) {
    throw new PyiError('INVALID_ARGUMENT', `Not an absolute path: ${JSON.stringify(params.out)}`, 'Give the absolute path of the directory to write to.');
  }
  const out = checkedPlace(repository, params.out);
  for (const fork of repository.engine.state.forks.values()) {
    if (fork.dir === out) {
      throw new PyiError('INVALID_ARGUMENT', `${out} is the directory of fork ${fork.name}`, `Use "pyi rewind ${params.checkpoint} --fork ${fork.name}", which can be undone.`);
    }
  }
  const { include = [], exclude = [], dryRun } = params;
  const { store, clock, layout } = repository.parts;
  const done = await repository.mutex.run([`export ${out}`], () => repository.leases.during(() => exportTree({
    store, clock, storeDirectory: layout.storeDirectory, root: rootNamed(repository, params.checkpoint), out, include, exclude, dryRun, context,
  })));
  return { checkpoint, out, written: texts(done.written), removed: texts(done.removed), bytes: done.bytes };
}
