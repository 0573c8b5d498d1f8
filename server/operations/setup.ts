import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import * as path from 'node:path';
import type { CallContext, Params, Result } from '../../protocol/registry.ts';
import type { Fork } from '../engine/state.ts';
import { emptyTree } from '../engine/tree/edit.ts';
import { summary } from '../engine/tree/read.ts';
import { headPosition, identity } from '../git/position.ts';
import type { Host, Located } from './host.ts';

/** `pyi setup`: makes the store and takes the work tree in. Run again, it only brings the record up to date. */
export async function setup(host: Host, params: Params<'setup'>, context: CallContext): Promise<Result<'setup'>> {
  const located = await host.create(params.repository, params.allowUnusualRoot);
  const { repository, layout } = located;
  const { clock } = repository.parts;
  const started = clock.micros();
  // One at a time: two callers at once must not make two forks of one work tree.
  const { fork, created } = await repository.mutex.run([`setup ${layout.root}`], async () => {
    const known = repository.findForkAt(layout.root) ?? await adoptMoved(located);
    return known === undefined ? { fork: await ingest(located, context), created: true } : { fork: known, created: false };
  });
  if (!created) await repository.mutex.run([fork.id], () => repository.settle(fork, 'setup', context));
  const { files, bytes } = summary(repository.engine.store, repository.engine.headRoot(fork));
  return {
    store: layout.storeDirectory, root: layout.root, fork: fork.id, checkpoint: fork.head, created,
    files, bytes, millis: Math.round((clock.micros() - started) / 1000), git: layout.kind === 'git',
  };
}

/** The fork of a work tree that is here now and no longer where it was: the repository was moved, and its history goes on. */
async function adoptMoved({ repository, layout }: Located): Promise<Fork | undefined> {
  const { engine, parts } = repository;
  const lost = engine.state.list().filter((fork) => fork.workspace && fork.dir !== null && !existsSync(fork.dir));
  const [fork, another] = lost;
  if (fork === undefined || another !== undefined || layout.isLinkedWorktree) return undefined;
  await parts.directories.close(fork.id);
  engine.setDirectory(fork, layout.root);
  return fork;
}

/** Captures the work tree against nothing. Cut short, it leaves only content that the next run finds stored already. */
async function ingest({ repository, layout }: Located, context: CallContext): Promise<Fork> {
  const { engine, parts, leases } = repository;
  const author = layout.kind === 'git' ? await identity(parts.git, layout) : undefined;
  const id = engine.newId();
  try {
    return await leases.during(async () => {
      const directory = await parts.directories.open(id, layout.root);
      const empty = emptyTree(engine.store);
      engine.store.commit('memory');
      const capture = await directory.capture(empty, context);
      const git = layout.kind === 'git' ? await headPosition(parts.git, layout) : null;
      const name = workspaceName(repository, layout.root);
      const fork = engine.createWorkspace({ id, name, agent: author?.name ?? accountName(), dir: layout.root, edits: capture.edits, git });
      capture.settle(true, engine.headRoot(fork));
      repository.emit('fork', fork, fork.head);
      return fork;
    });
  } catch (error) {
    await parts.directories.forget(id);
    throw error;
  }
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
