import { readFileSync } from 'node:fs';
import { existsSync } from 'node:fs';
import * as path from 'node:path';
import * as z from 'zod';
import { StoreConfig } from '../../protocol/config.ts';
import { PyiError } from '../../protocol/errors.ts';
import type { StoreEvent } from '../../protocol/handshake.ts';
import type { StartCatalogHost } from '../catalog/host.ts';
import { Catalog } from '../catalog/catalog.ts';
import { openEngine } from '../engine/open.ts';
import type { Clock, Random } from '../engine/ports.ts';
import { encodeSnapshot } from '../engine/snapshot.ts';
import type { Git } from '../git/exec.ts';
import type { Layout } from '../git/layout.ts';
import type { Log } from '../log.ts';
import { MetricsRegistry } from '../metrics/registry.ts';
import type { Disk } from '../store/disk.ts';
import type { ProcessTable } from '../store/lock.ts';
import type { SegmentRewriter } from '../store/rewrite.ts';
import { AuditLog } from '../agents/audit-log.ts';
import { hash } from '../store/hash.ts';
import { SegmentStore } from '../store/segment-store.ts';
import { DEFAULT_LIMITS } from '../store/store-options.ts';
import { Directories } from './directories.ts';
import { clearUnfinishedForks } from './fork.ts';
import type { ShimHealth } from './host.ts';
import { settleIntents } from './recovery.ts';
import { Repository } from './repository.ts';
import { GIT_ONLY_MARK, markPhase } from './phase-mark.ts';

/** What the server gives every repository that it opens. */
export interface RepositoryEnvironment {
  readonly git: Git;
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  readonly processes: ProcessTable;
  readonly rewriter: SegmentRewriter;
  readonly startCatalog: StartCatalogHost;
  /** The log of one store. */
  readonly logFor: (storeDirectory: string) => Log;
  readonly emit: (event: StoreEvent) => void;
  /** Missing where nobody answers for git. */
  readonly gitShim?: (() => ShimHealth) | undefined;
  /** Watches of the system that the directories of a store should hold; default: what suits the system. */
  readonly watchAllowance?: number | undefined;
}

/**
 * Opens the store of a layout, replays it, and settles what a crash left half done.
 * @throws PyiError `BUSY`, `UNSUPPORTED_VERSION`, `INVALID_ARGUMENT` (its configuration), `NO_SPACE`
 */
export async function openRepository(layout: Layout, environment: RepositoryEnvironment): Promise<Repository> {
  const { clock, random } = environment;
  const directory = layout.storeDirectory;
  const config = readConfig(path.join(directory, 'config.json'));
  const log = environment.logFor(directory);
  const metrics = new MetricsRegistry(clock);
  const git = environment.git.observedBy((subcommand) => {
    const started = clock.micros();
    return () => { metrics.record(`git/${subcommand}`, clock.micros() - started); };
  });
  const warnings = new Set<string>();
  const store = SegmentStore.open({
    ...environment, directory,
    limits: { ...DEFAULT_LIMITS, ...(config.sizeCapBytes === null ? {} : { sizeCap: config.sizeCapBytes }) },
    onWarning: ({ kind, message }) => {
      log.warn(message, { kind });
      if (kind !== 'upkeep') warnings.add(message);
    },
  });
  try {
    const engine = openEngine({ store, clock, random });
    const catalog = new Catalog({
      file: path.join(directory, 'catalog.sqlite'), store: directory, startHost: environment.startCatalog,
      source: { lastSequence: () => store.lastSequence, journal: (after) => store.journal(after) },
      onProblem: (problem) => { log.warn(problem); },
    });
    engine.listen(catalog);
    const directories = new Directories({
      git, store, clock, storeDirectory: directory, log, warn: (warning) => { warnings.add(warning); },
      onEdit: (fork) => { environment.emit({ repository: layout.root, store: directory, kind: 'edit', fork, checkpoint: null, time: clock.now(), agent: null }); },
      allowance: environment.watchAllowance,
    });
    const audit = new AuditLog({ disk: environment.disk, directory: path.join(directory, 'audit'), hash, onWarning: (message) => { log.warn(message); } });
    const repository = new Repository({
      layout, store, engine, catalog, git, config, directories, metrics, clock, random, hash, audit, log, warnings, emit: environment.emit,
    });
    try {
      await clearUnfinishedForks(repository);
      await settleIntents(repository);
    } catch (error) {
      audit.close();
      await Promise.allSettled([directories.closeAll(), catalog.close(false)]);
      throw error;
    }
    if ((engine.state.phase === 'compatible') !== existsSync(path.join(directory, GIT_ONLY_MARK))) markPhase(directory, engine.state.phase, log);
    log.info('Opened the store', { root: layout.root, forks: engine.state.forks.size, sequence: store.lastSequence });
    return repository;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Saves what makes the next opening fast and closes everything. A disk that takes nothing any more keeps nothing from being closed. */
export async function closeRepository(repository: Repository): Promise<void> {
  const { directories, catalog, store, audit, log } = repository.parts;
  for (const ended of await Promise.allSettled([directories.closeAll(), catalog.close()])) {
    if (ended.status === 'rejected') log.warn('Not everything could be put away; the next start finds it out anew', { error: String(ended.reason) });
  }
  await saveSnapshot(repository);
  audit.close();
  try {
    await store.close();
    log.info('Closed the store');
  } catch (error) {
    log.error('The store could not be closed in order; what was acknowledged at level process is in its files', { error });
  }
}

/** Lets go of a store whose directory was moved, removed or replaced: nothing is written where something else may be by now. */
export async function abandonRepository(repository: Repository): Promise<void> {
  const { directories, catalog, store, audit, log, layout } = repository.parts;
  log.warn('The directory of the store is no longer in its place', { store: layout.storeDirectory });
  audit.close();
  await Promise.allSettled([directories.closeAll(), catalog.close(false)]);
  await store.close().catch((error: unknown) => { log.warn('The store could not be closed', { error }); });
}

/** Writes the engine's state, so that opening replays only what comes after. A failure costs time at the next start, nothing else. */
export async function saveSnapshot(repository: Repository): Promise<void> {
  const { store, log } = repository.parts;
  try {
    await store.writeSnapshot(store.lastSequence, encodeSnapshot(repository.engine.state));
  } catch (error) {
    log.warn('The snapshot could not be written', { error: String(error) });
  }
}

function readConfig(file: string): StoreConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return StoreConfig.parse({});
  }
  try {
    return StoreConfig.parse(JSON.parse(text));
  } catch (cause) {
    const detail = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new PyiError('INVALID_ARGUMENT', `${file} is not a valid configuration: ${detail}`, 'Correct the file, or remove it to use the defaults.', { cause });
  }
}
