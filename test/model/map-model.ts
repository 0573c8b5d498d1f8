import type { HexId } from '../../protocol/ids.ts';

/** What the engine must agree with: directories as plain maps of path → content, and as little cleverness as possible. */

export type Files = ReadonlyMap<string, string>;

export interface ModelCheckpoint {
  readonly files: Files;
  readonly fork: HexId;
  readonly parents: readonly HexId[];
  readonly time: number;
}

export interface ModelPosition {
  readonly head: HexId;
  readonly base: HexId;
  readonly state: 'live' | 'merged' | 'discarded';
}

export interface ModelFork {
  readonly id: HexId;
  readonly name: string;
  readonly parent: HexId | null;
  readonly task: string | null;
  readonly workspace: boolean;
  at: ModelPosition;
  ended: number;
  pending: Map<string, string | null>;
  last: ModelOperation | null;
}

export interface ModelMove {
  readonly fork: HexId;
  readonly before: ModelPosition;
  readonly after: ModelPosition;
}

export interface ModelOperation {
  readonly about: 'rewind' | 'discard' | 'collapse' | 'integrate';
  readonly moves: readonly ModelMove[];
}

/** A conflict as content: both sides and the base, so that nothing can go missing unseen. */
export function conflictContent(reason: string, base: string | undefined, ours: string | undefined, theirs: string | undefined): string {
  return `CONFLICT ${JSON.stringify([reason, base ?? null, ours ?? null, theirs ?? null])}`;
}

/** The merge of two directories, path by path. */
export function mergeFiles(base: Files, ours: Files, theirs: Files): { files: Map<string, string>; conflicts: number; clash: boolean } {
  const files = new Map<string, string>();
  let conflicts = 0;
  for (const path of new Set([...base.keys(), ...ours.keys(), ...theirs.keys()])) {
    const [b, o, t] = [base.get(path), ours.get(path), theirs.get(path)];
    if (o === t || t === b) setOrSkip(files, path, o);
    else if (o === b) setOrSkip(files, path, t);
    else {
      conflicts++;
      const reason = b === undefined ? 'both-added' : o === undefined || t === undefined ? 'changed-deleted' : 'both-changed';
      files.set(path, conflictContent(reason, b, o, t));
    }
  }
  return { files, conflicts, clash: hasClash(files) };
}

function setOrSkip(files: Map<string, string>, path: string, content: string | undefined): void {
  if (content !== undefined) files.set(path, content);
}

/** True when a file stands below a file. */
export function hasClash(files: Files): boolean {
  for (const path of files.keys()) {
    for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) if (files.has(path.slice(0, slash))) return true;
  }
  return false;
}

export function withPending(files: Files, pending: ReadonlyMap<string, string | null>): Map<string, string> {
  const all = new Map(files);
  for (const [path, content] of pending) {
    if (content === null) all.delete(path);
    else all.set(path, content);
  }
  return all;
}

/** Everything that happened to a store, in maps. */
export class MapModel {
  readonly checkpoints = new Map<HexId, ModelCheckpoint>();
  readonly forks = new Map<HexId, ModelFork>();
  readonly pins = new Set<HexId>();
  ties: { first: HexId; second: HexId; kind: 'causal' | 'conflict' }[] = [];

  fork(id: HexId): ModelFork {
    const fork = this.forks.get(id);
    if (fork === undefined) throw new Error(`the model has no fork ${id}`);
    return fork;
  }

  live(): ModelFork[] {
    return [...this.forks.values()].filter((fork) => fork.at.state === 'live');
  }

  filesAt(checkpoint: HexId): Files {
    const known = this.checkpoints.get(checkpoint);
    if (known === undefined) throw new Error(`the model has no checkpoint ${checkpoint}`);
    return known.files;
  }

  files(fork: ModelFork): Files {
    return withPending(this.filesAt(fork.at.head), fork.pending);
  }

  holder(name: string): ModelFork | undefined {
    return this.live().find((fork) => fork.name === name);
  }

  take(id: HexId, fork: ModelFork, files: Files, parents: readonly HexId[], time: number): void {
    this.checkpoints.set(id, { files, fork: fork.id, parents, time });
    fork.at = { ...fork.at, head: id };
    fork.pending = new Map();
  }

  operate(operation: ModelOperation, time: number): void {
    for (const { fork: id, before, after } of operation.moves) {
      const fork = this.fork(id);
      if (before.head !== after.head) fork.pending = new Map();
      if (after.state !== before.state && after.state !== 'live') fork.ended = time;
      fork.at = after;
      fork.last = operation;
    }
  }

  purge(ids: readonly HexId[]): void {
    for (const id of ids) this.forks.delete(id);
    this.ties = this.ties.filter((tie) => !ids.includes(tie.first) && !ids.includes(tie.second));
  }

  /** Common ancestors that no other one descends from, through the checkpoints in `there`. */
  bestAncestors(a: HexId, b: HexId, there: ReadonlySet<HexId>): Set<HexId> {
    const ofB = this.#ancestors([b], there);
    const common = [...this.#ancestors([a], there)].filter((id) => ofB.has(id));
    const stale = this.#ancestors(common.flatMap((id) => this.checkpoints.get(id)?.parents ?? []), there);
    return new Set(common.filter((id) => !stale.has(id)));
  }

  /** What a collection may not take: by the rules, and because state refers to it. */
  required(rules: { keepLast: number; keepDays: number }, now: number, there: ReadonlySet<HexId>): Set<HexId> {
    const kept = new Set(this.pins);
    for (const fork of this.forks.values()) {
      kept.add(fork.at.head).add(fork.at.base);
      for (const { fork: moved, before, after } of fork.last?.moves ?? []) {
        if (this.forks.has(moved)) kept.add(before.head).add(before.base).add(after.head);
      }
      const own = [...there].filter((id) => this.checkpoints.get(id)?.fork === fork.id)
        .sort((a, b) => this.#time(b) - this.#time(a));
      own.forEach((id, rank) => { if (rank < rules.keepLast || now - this.#time(id) < rules.keepDays * 86_400_000) kept.add(id); });
    }
    return kept;
  }

  #time(id: HexId): number {
    return this.checkpoints.get(id)?.time ?? NaN;
  }

  #ancestors(from: readonly HexId[], there: ReadonlySet<HexId>): Set<HexId> {
    const seen = new Set<HexId>();
    const stack = [...from];
    for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
      if (seen.has(id) || !there.has(id)) continue;
      seen.add(id);
      stack.push(...this.checkpoints.get(id)?.parents ?? []);
    }
    return seen;
  }
}
