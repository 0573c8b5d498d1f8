import type { HexId } from '../../protocol/ids.ts';
import type { CallContext, Params, Result } from '../../protocol/registry.ts';
import type { Dot } from '../../protocol/values.ts';
import type { Fork } from '../engine/state.ts';
import { Slicer } from '../worktree/slicer.ts';
import type { Host } from './host.ts';
import { forkInfo } from './listing.ts';
import { Overlaps } from './overlaps.ts';
import type { Sibling } from './overlaps.ts';
import type { Repository } from './repository.ts';

const ALONE = { siblings: 0, paths: 0, worst: [] };

/** `pyi superposition`. */
export async function superposition(host: Host, params: Params<'superposition'>, context: CallContext): Promise<Result<'superposition'>> {
  const { repository } = await host.locate(params.repository);
  const { state } = repository.engine;
  const wanted = state.list({ all: params.all, ...(params.task === undefined ? {} : { task: params.task }) });
  const slicer = new Slicer(repository.parts.clock, context.signal);
  const dots = await dotsOf(repository, wanted, params.dots, slicer);
  const overlaps = await overlapsOf(repository, wanted, slicer);
  const rows: Result<'superposition'> = [];
  for (const fork of wanted) {
    if (!state.forks.has(fork.id)) continue; // swept while others had their turn
    rows.push({
      ...forkInfo(repository, fork), bytes: repository.changeSets.of(fork).bytes, pinned: state.pins.has(fork.head), dots: dots[fork.id] ?? [],
      overlaps: overlaps.get(fork.parent)?.of(fork) ?? ALONE,
    });
    if (slicer.due()) await slicer.pause();
  }
  return rows;
}

/** Some forks at a time: what crosses from the catalog's thread is unpacked in one step, for which others wait. */
const FORKS_A_QUESTION = 50;

async function dotsOf({ parts }: Repository, wanted: readonly Fork[], limit: number, slicer: Slicer): Promise<Readonly<Record<HexId, Dot[]>>> {
  const dots: Record<HexId, Dot[]> = {};
  for (let start = 0; start < wanted.length; start += FORKS_A_QUESTION) {
    const forks = wanted.slice(start, start + FORKS_A_QUESTION).map((fork) => fork.id);
    Object.assign(dots, await parts.catalog.dots({ forks, limit }));
    slicer.check();
  }
  return dots;
}

/** By parent, for the parents of the forks that are wanted. A work tree of the user's has no parent and so no siblings. */
async function overlapsOf({ engine, changeSets }: Repository, wanted: readonly Fork[], slicer: Slicer): Promise<ReadonlyMap<HexId | null, Overlaps>> {
  const asked = new Set(wanted);
  const parents = new Set(wanted.map((fork) => fork.parent).filter((parent) => parent !== null));
  const families = new Map<HexId, Sibling[]>(Array.from(parents, (parent) => [parent, []]));
  for (const fork of engine.state.list({ all: true })) {
    if (fork.parent === null || !engine.state.forks.has(fork.id) || (fork.state !== 'live' && !asked.has(fork))) continue;
    families.get(fork.parent)?.push({ fork, changes: changeSets.of(fork) });
    if (slicer.due()) await slicer.pause();
  }
  return new Map(Array.from(families, ([parent, family]) => [parent, new Overlaps(family)]));
}
