import { userInfo } from 'node:os';
import * as path from 'node:path';
import type { CallContext, Params, Result } from '../../protocol/registry.ts';
import type { Fork } from '../engine/state.ts';
import { summary } from '../engine/tree/read.ts';
import { identity } from '../git/position.ts';
import type { Host, Located } from './host.ts';

/** `pyi setup`: makes the store and takes the work tree in. Run again, it only brings the record up to date. */
export async function setup(host: Host, params: Params<'setup'>, context: CallContext): Promise<Result<'setup'>> {
  const located = await host.create(params.repository, params.allowUnusualRoot, context);
  const { repository, layout } = located;
  const { clock } = repository.parts;
  const started = clock.micros();
  const existing = repository.findForkAt(layout.root);
  const fork = existing ?? await ingest(located, context);
  if (existing !== undefined) await repository.mutex.run([fork.id], () => repository.settle(fork, 'setup', context));
  const { files, bytes } = summary(repository.engine.store, repository.engine.headRoot(fork));
  return {
    store: layout.storeDirectory, root: layout.root, fork: fork.id, checkpoint: fork.head, created: existing === undefined,
    files, bytes, millis: Math.round((clock.micros() - started) / 1000), git: layout.kind === 'git',
  };
}

/**
 * The first checkpoint is of an empty tree, the second of the work tree: so ingesting is an ordinary capture, and one
 * that is cut short leaves a fork that the next `setup` completes.
 */
async function ingest({ repository, layout }: Located, context: CallContext): Promise<Fork> {
  const { engine } = repository;
  const author = layout.kind === 'git' ? await identity(repository.parts.git, layout) : undefined;
  const fork = engine.createWorkspace(workspaceName(repository, layout.root), author?.name ?? accountName(), layout.root, [], null);
  repository.emit('fork', fork, fork.head);
  await repository.mutex.run([fork.id], () => repository.record(fork, { kind: 'setup', cause: 'setup', message: 'Setup', context }));
  return fork;
}

/** `workspace` for the first work tree of a store, else the name of its directory. */
function workspaceName({ engine }: Located['repository'], root: string): string {
  const candidates = ['workspace', path.basename(root)];
  for (let n = 2; ; n++) {
    const name = candidates.shift() ?? `${path.basename(root)}-${n}`;
    if (!engine.state.names.has(name)) return name;
  }
}

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'user'; // an account without an entry in the password file, as in some containers
  }
}
