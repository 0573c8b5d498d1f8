import { PyiError } from '../../protocol/errors.ts';
import type { HexId } from '../../protocol/ids.ts';
import type { BytePath } from '../../protocol/paths.ts';
import type { ForkInfo } from '../../protocol/values.ts';
import { rootOfCheckpoint } from '../engine/checkpoint-object.ts';
import type { Engine } from '../engine/engine.ts';
import { conflictText } from '../engine/merge.ts';
import type { Fork } from '../engine/state.ts';
import { diff } from '../engine/tree/diff.ts';
import type { Entry } from '../engine/tree/entry.ts';
import { FileMode } from '../engine/tree/entry.ts';

/** What a fork did to one path, against its base. */
export interface PathChange {
  readonly change: 'added' | 'changed' | 'deleted';
  /** What the fork has there now, for comparison: see {@link contentKey}. */
  readonly content: string;
}

/** What a fork's head changed against its base. */
export interface ChangeSet {
  readonly paths: ReadonlyMap<BytePath, PathChange>;
  /** Files with unresolved conflicts. */
  readonly conflicts: readonly BytePath[];
  readonly counts: ForkInfo['changes'];
  /** Of the files that were added or changed. */
  readonly bytes: number;
}

/** Paths that are kept in memory at most, of all forks together: about 100 bytes each beside the name. */
const MAX_PATHS = 500_000;

const NOTHING: ChangeSet = { paths: new Map(), conflicts: [], counts: { added: 0, changed: 0, deleted: 0, conflicts: 0 }, bytes: 0 };

interface Held {
  readonly base: Buffer;
  readonly head: Buffer;
  readonly set: ChangeSet;
}

/** The change sets of forks, each worked out when it is first asked for and kept until the fork moves. */
export class ChangeSets {
  readonly #engine: Engine;
  /** The one used last at the end. */
  readonly #held = new Map<HexId, Held>();
  #paths = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
    engine.listen({
      checkpointTaken: (_id, body) => { this.#drop(body.fork); },
      recordApplied: (record) => {
        if (record.type === 'operation') for (const move of record.moves) this.#drop(move.fork);
        if (record.type === 'purge') for (const fork of record.forks) this.#drop(fork);
      },
    });
  }

  /** Costs what differs, once. A base that was swept counts as unchanged. @throws PyiError `NOT_FOUND` (the head), `CORRUPT_OBJECT` */
  of(fork: Fork): ChangeSet {
    if (fork.head === fork.base) return NOTHING;
    const base = this.#baseRoot(fork);
    if (base === undefined) return NOTHING;
    const head = this.#engine.headRoot(fork);
    const known = this.#held.get(fork.id);
    this.#drop(fork.id);
    const held = known?.base.equals(base) === true && known.head.equals(head) ? known : { base, head, set: compare(this.#engine, base, head) };
    this.#keep(fork.id, held);
    return held.set;
  }

  #baseRoot(fork: Fork): Buffer | undefined {
    try {
      return rootOfCheckpoint(this.#engine.store, fork.base);
    } catch (error) {
      if (PyiError.is(error, 'NOT_FOUND')) return undefined;
      throw error;
    }
  }

  #keep(fork: HexId, held: Held): void {
    this.#held.set(fork, held);
    this.#paths += held.set.paths.size;
    for (const oldest of this.#held.keys()) {
      if (this.#paths <= MAX_PATHS) break;
      this.#drop(oldest);
    }
  }

  #drop(fork: HexId): void {
    this.#paths -= this.#held.get(fork)?.set.paths.size ?? 0;
    this.#held.delete(fork);
  }
}

/** Two entries have the same key when a tree records the same of both; the empty key stands for no file. */
export function contentKey(entry: Entry | undefined): string {
  return entry === undefined ? '' : `${entry.mode}${entry.id.toString('latin1')}`;
}

/** In one step: nothing may be collected while a diff is under way. */
function compare({ store }: Engine, base: Buffer, head: Buffer): ChangeSet {
  const paths = new Map<BytePath, PathChange>();
  const conflicts: BytePath[] = [];
  const counts = { added: 0, changed: 0, deleted: 0, conflicts: 0 };
  let bytes = 0;
  for (const { path, before, after } of diff(store, base, head)) {
    const change = before === undefined ? 'added' : after === undefined ? 'deleted' : 'changed';
    counts[change]++;
    paths.set(path, { change, content: contentKey(after) });
    if (after?.mode === FileMode.conflict) {
      conflicts.push(path);
      bytes += conflictText(store, after).length;
    } else bytes += after?.size ?? 0;
  }
  counts.conflicts = conflicts.length;
  return { paths, conflicts, counts, bytes };
}
