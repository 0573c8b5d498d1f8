import { existsSync, statSync } from 'node:fs';
import * as path from 'node:path';
import { PyiError } from '../../protocol/errors.ts';
import type { HexId } from '../../protocol/ids.ts';
import type { BytePath } from '../../protocol/paths.ts';
import type { StoreConfig } from '../../protocol/config.ts';
import type { CheckpointKind, GitPosition, Level } from '../../protocol/values.ts';
import type { StoreEvent } from '../../protocol/handshake.ts';
import type { CallContext } from '../../protocol/registry.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { readCheckpoint } from '../engine/checkpoint-object.ts';
import type { CheckpointSpec, CheckpointTaken, Engine } from '../engine/engine.ts';
import type { Clock, Random } from '../engine/ports.ts';
import type { ReceiptRecord } from '../engine/records.ts';
import type { Fork } from '../engine/state.ts';
import { checkLive } from '../engine/guards.ts';
import { resolveFork } from '../engine/references.ts';
import { pendingEdits } from '../engine/overlay.ts';
import { applyEdits } from '../engine/tree/edit.ts';
import type { Edit } from '../engine/tree/entry.ts';
import { entriesEqual } from '../engine/tree/entry.ts';
import { lookup } from '../engine/tree/read.ts';
import type { Git } from '../git/exec.ts';
import type { Layout } from '../git/layout.ts';
import { headPosition } from '../git/position.ts';
import type { Log } from '../log.ts';
import type { MetricsRegistry } from '../metrics/registry.ts';
import type { SegmentStore } from '../store/segment-store.ts';
import type { AuditLog } from '../agents/audit-log.ts';
import { IdempotentCalls } from '../agents/idempotent-calls.ts';
import { AgentSessions } from '../agents/sessions.ts';
import type { Capture } from '../worktree/capture.ts';
import type { WorkingDirectory } from '../worktree/working-directory.ts';
import type { Directories } from './directories.ts';
import { withBuffers } from './buffers.ts';
import type { Buffered } from './buffers.ts';
import { ChangeSets } from './change-sets.ts';
import { CollapseQueue } from './collapse-queue.ts';
import { KeyedMutex } from './keyed-mutex.ts';
import { Leases } from './leases.ts';

/** What a repository is made of. `opening.ts` puts it together. */
export interface RepositoryParts {
  /** Layout of the work tree through which the store was opened. */
  readonly layout: Layout;
  readonly store: SegmentStore;
  readonly engine: Engine;
  readonly catalog: Catalog;
  readonly git: Git;
  readonly config: StoreConfig;
  readonly directories: Directories;
  readonly metrics: MetricsRegistry;
  readonly clock: Clock;
  readonly random: Random;
  /** BLAKE3-256. */
  readonly hash: (bytes: Uint8Array) => Buffer;
  readonly audit: AuditLog;
  readonly log: Log;
  /** Warnings that `pyi stats` shows: size cap, watches run out. */
  readonly warnings: Set<string>;
  readonly emit: (event: StoreEvent) => void;
}

export interface RecordSpec {
  readonly message?: string;
  readonly kind?: CheckpointKind;
  readonly cause?: string;
  readonly level?: Level;
  /** Take none when nothing changed since the last one. */
  readonly ifChanged?: boolean;
  /** Recorded instead of what the directory has. */
  readonly buffers?: readonly Buffered[] | undefined;
  /** Committed together with the checkpoint. */
  readonly receipt?: ReceiptRecord | undefined;
  readonly context?: CallContext;
}

/** What changed in a directory. */
export interface Moved {
  readonly written: BytePath[];
  readonly removed: BytePath[];
}

/** One open store with everything that works on it. */
export class Repository {
  readonly parts: RepositoryParts;
  readonly #inode: string;
  readonly mutex = new KeyedMutex();
  readonly leases = new Leases();
  readonly changeSets: ChangeSets;
  readonly sessions: AgentSessions;
  readonly calls: IdempotentCalls;
  readonly queue = new CollapseQueue();
  /** Milliseconds since 1970. */
  readonly openedAt: number;
  /** Names of forks whose directories are being made. */
  readonly reservedNames = new Set<string>();
  /** Collapses that are being carried out: their intents are not for others to settle. */
  readonly underway = new Set<HexId>();
  #givingBack = false;

  constructor(parts: RepositoryParts) {
    this.parts = parts;
    this.#inode = inodeOf(parts.layout.storeDirectory);
    this.changeSets = new ChangeSets(parts.engine);
    this.openedAt = parts.clock.now();
    this.sessions = new AgentSessions(parts.clock, (agent) => { this.emit('agent', null, null, agent); });
    this.calls = new IdempotentCalls(parts.engine, parts.hash);
  }

  get engine(): Engine {
    return this.parts.engine;
  }

  /** False once the store's directory was moved, removed or replaced: what is written now, nobody would find again. */
  get isInPlace(): boolean {
    return inodeOf(this.parts.layout.storeDirectory) === this.#inode;
  }

  /** The fork that `reference` names; without one, the fork whose directory the caller stands in. @throws PyiError `NOT_FOUND` */
  forkOr(reference: string | undefined, layout: Layout): Fork {
    return reference === undefined ? this.forkAt(layout) : resolveFork(this.engine, reference);
  }

  /** The live fork whose directory is `layout.root`. @throws PyiError `NOT_FOUND`, `FORK_MERGED`, `FORK_DISCARDED` */
  forkAt(layout: Layout): Fork {
    const found = this.lastForkAt(layout.root);
    if (found?.state === 'live') return found;
    if (found !== undefined) checkLive(found);
    throw new PyiError('NOT_FOUND', `${layout.root} is not set up as a fork of its repository`, 'Run "pyi setup" there, or name a fork with --fork.');
  }

  findForkAt(root: string): Fork | undefined {
    for (const fork of this.engine.state.forks.values()) if (fork.dir === root && fork.state === 'live') return fork;
    return undefined;
  }

  /** The live fork whose directory this is, else the last that had it. */
  lastForkAt(root: string): Fork | undefined {
    let last = this.findForkAt(root);
    if (last === undefined) for (const fork of this.engine.state.forks.values()) if (fork.dir === root) last = fork;
    return last;
  }

  /** The user's work tree that a fork descends from. @throws PyiError `NOT_FOUND` */
  workspaceOf(fork: Fork): Fork {
    let at: Fork | undefined = fork;
    while (at !== undefined && !at.workspace) at = at.parent === null ? undefined : this.engine.state.forks.get(at.parent);
    at ??= this.engine.state.list().find((candidate) => candidate.workspace);
    if (at === undefined) throw new PyiError('NOT_FOUND', 'This store has no work tree', 'Run "pyi setup" in the repository.');
    return at;
  }

  /** Where Git stands in a fork's directory; null without one, or without Git. */
  async gitPosition(fork: Fork): Promise<GitPosition | null> {
    if (fork.dir === null || this.parts.layout.kind !== 'git') return null;
    const layout = await this.parts.directories.layoutOf(fork.dir);
    return layout.kind === 'git' ? headPosition(this.parts.git, layout) : null;
  }

  /**
   * Records a fork: what its directory holds now, what was written to it through PYI, or both. Where nothing changed and none
   * is to be taken then, this is the last checkpoint. The caller holds the fork's key of {@link mutex}.
   * @throws PyiError see `Engine.checkpoint`, `WorkingDirectory.capture`
   */
  async record(fork: Fork, spec: RecordSpec = {}): Promise<CheckpointTaken> {
    const level = spec.level ?? 'process';
    if (level === 'replicated') {
      throw new PyiError('INVALID_ARGUMENT', 'The level "replicated" needs cluster mode, which this server does not run', 'Ask for "disk" or lower.');
    }
    checkLive(fork);
    const taken = fork.dir === null ? this.#recordWritten(fork, spec) : await this.#recordDirectory(fork, spec);
    if (level === 'disk') await this.parts.store.sync();
    return taken ?? this.#head(fork);
  }

  /**
   * Brings the engine up to date with a fork's directory and pending writes. Takes a checkpoint (of `kind`) only when
   * something changed. Afterwards nothing is pending. The caller holds the fork's key.
   *
   * `check` is given the tree as it is now and may throw before anything is recorded.
   */
  async settle(fork: Fork, cause: string, context?: CallContext, kind: CheckpointKind = 'automatic', check?: (now: Buffer) => void): Promise<CheckpointTaken | undefined> {
    const spec: RecordSpec = { kind, cause, ...(context === undefined ? {} : { context }) };
    if (fork.dir === null) {
      if (check !== undefined) this.#unstaged(() => { check(this.engine.currentRoot(fork)); });
      if (fork.pending.size === 0) return undefined;
      return this.record(fork, spec);
    }
    const taken = await this.leases.during(async () => {
      const { base, capture } = await this.#capture(fork, context);
      if (check !== undefined) this.#checkCapture(base, capture, check);
      if (capture.edits.length === 0 && fork.pending.size === 0) {
        capture.settle(true);
        return undefined;
      }
      const git = await this.gitPosition(fork);
      return this.#accept(fork, capture, true, () => this.#checkpoint(fork, { kind, cause, git, edits: capture.edits }));
    });
    return taken;
  }

  /** As {@link settle} for a fork that is about to end: with its directory gone, its last checkpoint is what there is. */
  async settleLast(fork: Fork, cause: string, context?: CallContext): Promise<void> {
    try {
      await this.settle(fork, cause, context);
    } catch (error) {
      if (!PyiError.is(error, 'NOT_FOUND') || fork.dir === null || existsSync(fork.dir)) throw error;
      this.parts.log.warn('A fork ends whose directory is gone', { fork: fork.name, dir: fork.dir });
    }
  }

  /** The root of a fork with what is pending, safe to keep while others work: nobody's rollback takes its nodes away. */
  currentRoot(fork: Fork): Buffer {
    const root = this.engine.currentRoot(fork);
    if (fork.pending.size > 0) this.engine.store.commit('memory');
    return root;
  }

  /** The tree of a fork as it, or its directory, is now. Nothing is recorded. The caller holds the fork's key. */
  async peek(fork: Fork, context: CallContext): Promise<Buffer> {
    if (fork.dir === null) return this.currentRoot(fork);
    return this.leases.during(async () => {
      const { base, capture } = await this.#capture(fork, context);
      capture.settle(false);
      const { root } = applyEdits(this.engine.store, base, capture.edits);
      this.engine.store.commit('memory'); // the caller waits before it reads the tree: nobody's rollback may take it away
      return root;
    });
  }

  /**
   * Starts to watch a new fork's directory and looks at it once, so that the first checkpoint costs what later ones do.
   * Only a head start: what goes wrong here shows when somebody waits for the answer.
   */
  warmUp(fork: Fork): void {
    const context: CallContext = { signal: new AbortController().signal, progress: () => undefined };
    void this.mutex.run([fork.id], async () => {
      if (fork.state === 'live') await this.peek(fork, context);
    }).catch((error: unknown) => {
      this.parts.log.debug('A new fork could not be looked at', { fork: fork.name, error });
    });
  }

  /** The open working directory of a fork that has one. @throws PyiError `NOT_FOUND` when it vanished */
  directory(fork: Fork): Promise<WorkingDirectory> {
    if (fork.dir === null) throw new PyiError('INVALID_ARGUMENT', `Fork ${fork.name} has no directory`, `Look at its files in one: pyi materialize ${fork.name} --out DIR`);
    const opened = this.parts.directories.open(fork.id, fork.dir);
    void this.#giveBackWatches();
    return opened;
  }

  /** Stops watching the directories of forks that have ended; an undo opens them again. The caller holds their keys. */
  async release(forks: readonly Fork[]): Promise<void> {
    for (const fork of forks) if (fork.state !== 'live') await this.parts.directories.close(fork.id);
  }

  /** @param agent whom it is about; default: whose fork it is */
  emit(kind: StoreEvent['kind'], fork: Fork | null, checkpoint: HexId | null, agent: string | null = fork?.agent ?? null): void {
    const { layout, clock } = this.parts;
    this.parts.emit({ repository: layout.root, store: layout.storeDirectory, kind, fork: fork?.id ?? null, checkpoint, time: clock.now(), agent });
  }

  /** Makes a fork's directory equal to `to`, if it has one. Returns what was written and removed. */
  async moveDirectory(fork: Fork, from: Buffer, to: Buffer, context?: CallContext): Promise<Moved> {
    if (fork.dir === null) return { written: [], removed: [] };
    const directory = await this.directory(fork);
    return directory.apply(directory.plan(from, to), context);
  }

  /** Moves a fork's directory, then commits what the engine has to say of it. When it cannot, the directory goes back. */
  async moveDirectoryWith<T>(fork: Fork, from: Buffer, to: Buffer, commit: () => T, context?: CallContext): Promise<{ moved: Moved; result: T }> {
    this.engine.store.commit('memory'); // `to` may be staged only, and what follows waits
    const moved = await this.moveDirectory(fork, from, to, context);
    try {
      return { moved, result: commit() };
    } catch (error) {
      await this.moveDirectory(fork, to, from);
      throw error;
    }
  }

  /** Closes the directories that were not used for longest while all hold too many watches. Each under its fork's key, so never one in use. */
  async #giveBackWatches(): Promise<void> {
    const { directories, log } = this.parts;
    if (this.#givingBack) return;
    this.#givingBack = true;
    try {
      for (let fork = directories.surplus(); fork !== undefined; fork = directories.surplus()) {
        const idle = fork;
        await this.mutex.run([idle], () => directories.close(idle));
      }
    } catch (error) {
      log.warn('Watches could not be given back', { error });
    } finally {
      this.#givingBack = false;
    }
  }

  #checkCapture(base: Buffer, capture: Capture, check: (now: Buffer) => void): void {
    try {
      this.#unstaged(() => { check(applyEdits(this.engine.store, base, capture.edits).root); });
    } catch (error) {
      capture.settle(false);
      throw error;
    }
  }

  /** Runs what stages nodes only to look at a tree. */
  #unstaged(work: () => void): void {
    try {
      work();
    } finally {
      this.engine.store.rollback();
    }
  }

  /** Undefined when nothing changed and none is to be taken then. */
  #recordWritten(fork: Fork, spec: RecordSpec): CheckpointTaken | undefined {
    if (spec.buffers !== undefined) {
      throw new PyiError('INVALID_ARGUMENT', `Fork ${fork.name} has no directory that an editor could hold files of`, `Write them: pyi write ${fork.name} PATH < FILE`);
    }
    if (spec.ifChanged === true && this.#isAsHead(fork, [])) return undefined;
    return this.#checkpoint(fork, checkpointSpec(spec, null, []), spec.receipt);
  }

  async #recordDirectory(fork: Fork, spec: RecordSpec): Promise<CheckpointTaken | undefined> {
    return this.leases.during(async () => {
      const [{ directory, base, capture }, git] = await Promise.all([this.#capture(fork, spec.context), this.gitPosition(fork)]);
      // The directory is not what is recorded where buffers are: the next capture has to compare the two.
      return this.#accept(fork, capture, spec.buffers === undefined, () => {
        const edits = spec.buffers === undefined ? capture.edits
          : withBuffers(this.engine.store, base, capture.edits, spec.buffers, (path) => { directory.checkCaptured(path); });
        if (spec.ifChanged === true && this.#isAsHead(fork, edits)) return undefined;
        return this.#checkpoint(fork, checkpointSpec(spec, git, edits), spec.receipt);
      });
    });
  }

  async #capture(fork: Fork, context: CallContext | undefined): Promise<{ directory: WorkingDirectory; base: Buffer; capture: Capture }> {
    return this.parts.metrics.time('capture', async () => {
      const directory = await this.directory(fork);
      const base = this.currentRoot(fork);
      return { directory, base, capture: await directory.capture(base, context) };
    });
  }

  #checkpoint(fork: Fork, spec: CheckpointSpec, receipt?: ReceiptRecord): CheckpointTaken {
    const taken = this.engine.withReceipt(receipt, () => this.engine.checkpoint(fork, spec));
    this.parts.metrics.record('checkpoint', taken.insight.micros);
    this.emit('checkpoint', fork, taken.checkpoint);
    return taken;
  }

  /** True when a fork with what is pending, and `edits` on top, has the files of its head. */
  #isAsHead(fork: Fork, edits: readonly Edit[]): boolean {
    const { store } = this.engine;
    const head = this.engine.headRoot(fork);
    // Of several edits of one path the last counts.
    for (const [path, entry] of new Map([...pendingEdits(fork.pending), ...edits].map((edit) => [edit.path, edit.entry]))) {
      if (!entriesEqual(lookup(store, head, path), entry)) return false;
    }
    return true;
  }

  #head(fork: Fork): CheckpointTaken {
    const { root, parents } = readCheckpoint(this.engine.store, fork.head);
    return { checkpoint: fork.head, root, parents, insight: { filesAdded: 0, filesChanged: 0, filesDeleted: 0, bytesAdded: 0, bytesReused: 0, micros: 0 } };
  }

  /** Commits what a capture found. Where it is the head then (`matches`), the directory learns the root. */
  #accept<T>(fork: Fork, capture: Capture, matches: boolean, commit: () => T): T {
    try {
      const result = commit();
      if (matches) capture.settle(true, this.engine.headRoot(fork));
      else capture.settle(true);
      return result;
    } catch (error) {
      capture.settle(false);
      throw error;
    }
  }
}

function checkpointSpec({ message = '', kind = 'manual', cause = '', level }: RecordSpec, git: GitPosition | null, edits: readonly Edit[]): CheckpointSpec {
  return { message, kind, cause, git, edits, level: level === 'memory' ? 'memory' : 'process' };
}

/** Tells the directory of a store from another that takes its place. */
function inodeOf(storeDirectory: string): string {
  const stats = statSync(path.join(storeDirectory, 'segments'), { throwIfNoEntry: false });
  return stats === undefined ? '' : `${stats.dev} ${stats.ino}`;
}
