import { existsSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import * as path from 'node:path';
import { PyiError } from '../../protocol/errors.ts';
import type { Clock } from '../engine/ports.ts';
import type { Layout } from '../git/layout.ts';
import { discoverLayout } from '../git/layout.ts';
import { realOrGiven } from '../git/worktrees.ts';
import type { Host, Located, ShimHealth } from './host.ts';
import { abandonRepository, closeRepository, openRepository } from './opening.ts';
import type { RepositoryEnvironment } from './opening.ts';
import type { Repository } from './repository.ts';
import { Upkeep } from './upkeep.ts';

/** The file that tells a store from an empty folder of that name. */
const STORE_MARK = 'segments';

/** The repositories that the server has open, by store. Each is opened once, whoever asks, from whichever work tree. */
export class Repositories implements Host {
  readonly #environment: RepositoryEnvironment;
  readonly #open = new Map<string, Promise<Repository>>();
  readonly #layouts = new Map<string, Layout>();
  /** Directories about which git is being asked. */
  readonly #asked = new Map<string, Promise<Layout>>();
  readonly #upkeep = new Upkeep();
  #attending = false;

  constructor(environment: RepositoryEnvironment) {
    this.#environment = environment;
  }

  get clock(): Clock {
    return this.#environment.clock;
  }

  get gitShim(): ShimHealth {
    return this.#environment.gitShim?.() ?? { faults: [], elsewhere: 0 };
  }

  get count(): number {
    return this.#open.size;
  }

  async locate(directory: string): Promise<Located> {
    const open = await this.#locateOpen(directory);
    if (open !== undefined) return open;
    const layout = await this.#layoutOf(directory);
    if (!existsSync(path.join(layout.storeDirectory, STORE_MARK))) {
      throw new PyiError('NOT_FOUND', `${layout.root} has no PYI store`, 'Run "pyi setup" there first.');
    }
    return { repository: await this.#openStore(layout), layout };
  }

  /** What nearly every call wants, with two looks at the disk: the directory is there, and the store that is open is still the one in its place. */
  async #locateOpen(directory: string): Promise<Located | undefined> {
    const layout = this.#layouts.get(directory);
    const opening = layout === undefined ? undefined : this.#open.get(layout.storeDirectory);
    if (layout === undefined || opening === undefined || !existsSync(directory)) return undefined;
    const repository = await opening.catch(() => undefined);
    return repository?.isInPlace === true ? { repository, layout } : undefined;
  }

  /** The layout around a directory that has a store, open or not; undefined where there is none. */
  async find(directory: string): Promise<Layout | undefined> {
    const layout = await this.#layoutOf(directory);
    return existsSync(path.join(layout.storeDirectory, STORE_MARK)) ? layout : undefined;
  }

  async create(directory: string, allowUnusualRoot: boolean): Promise<Located & { readonly created: boolean }> {
    const layout = await this.#layoutOf(directory);
    if (!allowUnusualRoot) refuseUnusualRoot(layout.root);
    const created = !existsSync(path.join(layout.storeDirectory, STORE_MARK));
    return { repository: await this.#openStore(layout), layout, created };
  }

  /** Does what is due in the open stores. Called now and then. */
  async upkeep(): Promise<void> {
    if (this.#attending) return; // a sweep may take longer than the time to the next call
    this.#attending = true;
    try {
      await this.#dropDisplaced();
      for (const opening of this.#open.values()) {
        const repository = await opening.catch(() => undefined);
        if (repository !== undefined) await this.#upkeep.attend(repository);
      }
    } finally {
      this.#attending = false;
    }
  }

  /** Looks for agents that have fallen silent. Called every second or so. */
  async checkHeartbeats(): Promise<void> {
    for (const opening of this.#open.values()) {
      const repository = await opening.catch(() => undefined);
      repository?.sessions.checkHeartbeats(repository.engine.state.agents);
    }
  }

  async closeAll(): Promise<void> {
    const openings = [...this.#open.values()];
    this.#open.clear();
    for (const opening of openings) {
      const repository = await opening.catch(() => undefined);
      if (repository !== undefined) await closeRepository(repository);
    }
  }

  async #openStore(layout: Layout): Promise<Repository> {
    const known = this.#open.get(layout.storeDirectory);
    if (known !== undefined) {
      const repository = await known;
      if (repository.isInPlace) return repository;
    }
    // Before opening: a store that was moved takes along the lock that we hold on it.
    await this.#dropDisplaced();
    let opening = this.#open.get(layout.storeDirectory);
    if (opening === undefined) {
      opening = openRepository(layout, this.#environment);
      this.#open.set(layout.storeDirectory, opening);
      opening.catch(() => this.#open.delete(layout.storeDirectory));
    }
    return opening;
  }

  async #dropDisplaced(): Promise<void> {
    for (const [directory, opening] of this.#open) {
      const repository = await opening.catch(() => undefined);
      if (repository === undefined || repository.isInPlace || this.#open.get(directory) !== opening) continue;
      this.#open.delete(directory);
      await abandonRepository(repository);
      repository.emit('gone', null, null);
    }
  }

  /** Git is asked once for each directory, however many wait for the answer; it is dropped when the place it names is gone. */
  async #layoutOf(directory: string): Promise<Layout> {
    if (!path.isAbsolute(directory)) {
      throw new PyiError('INVALID_ARGUMENT', `Not an absolute path: ${JSON.stringify(directory)}`, 'Give the absolute path of a directory in the repository.');
    }
    const known = this.#layouts.get(directory);
    if (known !== undefined && existsSync(directory) && existsSync(path.join(known.storeDirectory, STORE_MARK))) return known;
    const asked = this.#asked.get(directory) ?? this.#ask(directory);
    this.#asked.set(directory, asked);
    return asked;
  }

  async #ask(directory: string): Promise<Layout> {
    try {
      const layout = await discoverLayout(this.#environment.git, directory);
      this.#layouts.set(directory, layout);
      return layout;
    } finally {
      this.#asked.delete(directory);
    }
  }
}

/** The temporary directory, a home directory, or one above it up to the whole disk, is nearly always a slip, and would take in everything. @throws PyiError `INVALID_ARGUMENT` */
function refuseUnusualRoot(root: string): void {
  const home = realOrGiven(homedir());
  const toHome = path.relative(root, home);
  const isTemporary = root === realOrGiven(tmpdir());
  if (!isTemporary && (toHome.startsWith('..') || path.isAbsolute(toHome))) return;
  const what = isTemporary ? 'where all programs put their temporary files' : toHome === '' ? 'your home directory' : path.dirname(root) === root ? 'the root of the file system' : 'above your home directory';
  throw new PyiError('INVALID_ARGUMENT', `${root} is ${what}: PYI would take all of it in`,
    'Run "pyi setup" in a project, or say --allow-unusual-root if you mean it.');
}
