import { PyiError } from '../../protocol/errors.ts';
import type { HexId } from '../../protocol/ids.ts';
import type { BytePath } from '../../protocol/paths.ts';
import { textFromBytePath } from '../../protocol/paths.ts';
import type { CallContext, Params, Result } from '../../protocol/registry.ts';
import type { Step } from '../catalog/queries.ts';
import { resolveFork } from '../engine/references.ts';
import type { ObjectStore } from '../engine/ports.ts';
import type { Entry } from '../engine/tree/entry.ts';
import { entriesEqual } from '../engine/tree/entry.ts';
import { lookup } from '../engine/tree/read.ts';
import { Slicer } from '../worktree/slicer.ts';
import { treePath } from './arguments.ts';
import { sizeOf } from './files.ts';
import type { Host } from './host.ts';
import type { Repository } from './repository.ts';

/** Steps asked of the catalog at a time. */
const PAGE = 1000;
/** Trees whose entry is remembered: what one checkpoint was made from, the one before it has mostly been. */
const REMEMBERED = 10_000;

interface Found {
  readonly checkpoint: HexId;
  readonly time: number;
  readonly change: Result<'history'>['entries'][number]['change'];
  readonly size: number | null;
}

/** `pyi history`: every checkpoint in which a path is otherwise than in the first parent. A merge counts for what it brought in. */
export async function history(host: Host, params: Params<'history'>, context: CallContext): Promise<Result<'history'>> {
  const { repository } = await host.locate(params.repository);
  const path = treePath(params.path);
  const fork = params.fork === undefined ? undefined : resolveFork(repository.engine, params.fork).id;
  const { found, more } = await search(repository, path, { ...params, fork }, context);
  const infos = await repository.parts.catalog.checkpoints(found.map(({ checkpoint }) => checkpoint));
  const byId = new Map(infos.map((info) => [info.checkpoint, info]));
  return {
    path: textFromBytePath(path), more,
    entries: found.flatMap(({ checkpoint, change, size }) => {
      const info = byId.get(checkpoint);
      return info === undefined ? [] : [{ checkpoint: info, change, size }]; // retired meanwhile
    }),
  };
}

interface Wanted {
  readonly fork: HexId | undefined;
  readonly before?: number | undefined;
  readonly limit: number;
}

async function search(repository: Repository, path: BytePath, { fork, before, limit }: Wanted, context: CallContext): Promise<{ found: Found[]; more: boolean }> {
  const { catalog, clock } = repository.parts;
  const file = new FileInTrees(repository.engine.store, path);
  const slicer = new Slicer(clock, context.signal);
  const found: Found[] = [];
  let done = 0;
  let from: Step | undefined;
  do {
    const page: Step[] = await catalog.steps({
      limit: PAGE, ...(fork === undefined ? {} : { fork }), ...(before === undefined ? {} : { before }),
      ...(from === undefined ? {} : { from: { time: from.time, row: from.row } }),
    });
    slicer.check();
    for (const step of page) {
      // Those of one moment stay together: who asks for what came before it would miss the rest.
      if (found.length >= limit && step.time !== found.at(-1)?.time) return { found, more: true };
      const change = file.changeIn(step);
      if (change !== undefined) found.push(change);
      done++;
      if (slicer.due()) await slicer.pause();
    }
    from = page.at(-1);
    context.progress({ what: 'checkpoints compared', done, total: undefined });
  } while (from !== undefined);
  return { found, more: false };
}

/** One path in many trees. */
class FileInTrees {
  readonly #store: ObjectStore;
  readonly #path: BytePath;
  readonly #known = new Map<HexId, Entry | undefined>();

  constructor(store: ObjectStore, path: BytePath) {
    this.#store = store;
    this.#path = path;
  }

  /** Undefined where the path did not change, and for a checkpoint that was retired meanwhile. */
  changeIn({ checkpoint, time, root, before }: Step): Found | undefined {
    if (root === before) return undefined;
    try {
      const now = this.#entryIn(root);
      const earlier = before === null ? undefined : this.#entryIn(before);
      if (entriesEqual(now, earlier)) return undefined;
      const change = earlier === undefined ? 'added' : now === undefined ? 'deleted' : 'changed';
      return { checkpoint, time, change, size: now === undefined ? null : sizeOf(this.#store, now) };
    } catch (error) {
      if (PyiError.is(error, 'NOT_FOUND')) return undefined;
      throw error;
    }
  }

  #entryIn(root: HexId): Entry | undefined {
    if (this.#known.has(root)) return this.#known.get(root);
    const entry = lookup(this.#store, Buffer.from(root, 'hex'), this.#path);
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    this.#known.set(root, entry);
    return entry;
  }
}
