import type { Client } from '../../connect/client.ts';
import type { CheckpointInfo, CheckpointKind } from '../../protocol/values.ts';

/** Checkpoints that nobody asked for. They are safety nets: a list that begins anew at each would hardly ever hold anything. */
const NETS: readonly CheckpointKind[] = ['automatic', 'recovery'];

/** How many checkpoints are looked at, page by page. Most often the first page has the answer. */
const PAGES = [20, 500, 5000] as const;

/** Which checkpoint changes are shown against: the last that somebody took on purpose, or the last of all. */
export type Since = 'deliberate' | 'any';

/** The checkpoint that the changes of a fork are shown against: `head`, or the nearest before it that somebody took on purpose. */
export async function baselineOf(client: Pick<Client, 'call'>, repository: string, { fork, head, base }: { readonly fork: string; readonly head: string; readonly base: string | null }): Promise<string> {
  const known = new Map<string, Pick<CheckpointInfo, 'kind' | 'parents'>>();
  let at = head;
  let offset = 0;
  for (const limit of PAGES) {
    const page = await client.call('timeline', { repository, fork, limit, offset });
    for (const { checkpoint, kind, parents } of page) known.set(checkpoint, { kind, parents });
    for (let info = known.get(at); info !== undefined; info = known.get(at)) {
      const [parent] = info.parents;
      if (!NETS.includes(info.kind) || at === base || parent === undefined) return at;
      at = parent;
    }
    // What a fork began with is a checkpoint of another fork.
    if (at === base || page.length < limit) return at;
    offset += limit;
  }
  return at;
}
