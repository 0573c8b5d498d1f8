import { existsSync } from 'node:fs';
import * as path from 'node:path';
import type { CallContext, Params, Result } from '../../protocol/registry.ts';
import { count } from '../../protocol/text.ts';
import { rootOfCheckpoint } from '../engine/checkpoint-object.ts';
import type { VerifyOptions } from '../store/verify.ts';
import type { Host } from './host.ts';
import type { Repository } from './repository.ts';

/** What a store says of itself: sizes, health, soundness. */

/** `pyi stats`. */
export async function stats(host: Host, params: Params<'stats'>): Promise<Result<'stats'>> {
  const { repository } = await host.locate(params.repository);
  const { store, metrics, warnings, config, catalog, layout } = repository.parts;
  const forks = { live: 0, merged: 0, discarded: 0 };
  for (const fork of repository.engine.state.forks.values()) forks[fork.state]++;
  const now = store.statistics();
  const { rss, heapUsed } = process.memoryUsage();
  return {
    store: layout.storeDirectory, objects: now.objects, segments: now.segments, bytesOnDisk: now.bytesOnDisk, sizeCap: config.sizeCapBytes,
    forks, checkpoints: (await catalog.counts()).checkpoints,
    deduplicated: { putBytes: now.putBytes, storedBytes: now.storedBytes },
    latencies: metrics.snapshot(), recent: metrics.recent(),
    cache: { hits: now.loads - now.misses, misses: now.misses, bytes: now.cacheBytes }, openedAt: repository.openedAt, memory: { rss, heapUsed }, warnings: [...warnings],
  };
}

/** `pyi verify`: every object is read from the disk and hashed again. */
export async function verify(host: Host, params: Params<'verify'>, context: CallContext): Promise<Result<'verify'>> {
  const { repository } = await host.locate(params.repository);
  const started = repository.parts.clock.micros();
  const found = await repository.parts.store.verify(verifyOptions(context));
  return {
    ok: found.faults.length === 0, segments: found.segments, objects: found.objects, bytes: found.bytes,
    millis: Math.round((repository.parts.clock.micros() - started) / 1000), faults: [...found.faults],
  };
}

function verifyOptions(context: CallContext): VerifyOptions {
  return { signal: context.signal, onProgress: (done, total) => { context.progress({ what: 'bytes read back', done, total }); } };
}

type Finding = Result<'doctor'>['findings'][number];

/** `pyi doctor`. Repairs only what is derived: the catalog, stale records of directories. Content is never touched. */
export async function doctor(host: Host, params: Params<'doctor'>, context: CallContext): Promise<Result<'doctor'>> {
  const { repository } = await host.locate(params.repository);
  const repaired: string[] = [];
  const findings: Finding[] = [
    await checkObjects(repository, context),
    checkHeads(repository),
    await checkCatalog(repository, params.repair, repaired),
    await checkDirectories(repository, params.repair, repaired),
    await checkGit(repository),
    checkShim(host),
    ...[...repository.parts.warnings].map((detail) => ({ check: 'warning', ok: false, detail, fix: null })),
  ];
  return { ok: findings.every((finding) => finding.ok), findings, repaired };
}

async function checkObjects(repository: Repository, context: CallContext): Promise<Finding> {
  const { faults, objects } = await repository.parts.store.verify(verifyOptions(context));
  const first = faults[0];
  return {
    check: 'objects', ok: faults.length === 0,
    detail: first === undefined ? `${objects} objects read back whole` : `${faults.length} damaged: ${first.problem} in ${first.segment} at ${first.offset}`,
    fix: first === undefined ? null : 'Files that are still in a directory or in Git can be checkpointed again; "pyi verify" lists the damage.',
  };
}

function checkHeads(repository: Repository): Finding {
  const { engine } = repository;
  const lost: string[] = [];
  for (const fork of engine.state.forks.values()) {
    try {
      engine.store.get(rootOfCheckpoint(engine.store, fork.head));
    } catch {
      lost.push(fork.name);
    }
  }
  return {
    check: 'heads', ok: lost.length === 0,
    detail: lost.length === 0 ? `${engine.state.forks.size} forks stand on whole checkpoints` : `No readable head: ${lost.join(', ')}`,
    fix: lost.length === 0 ? null : 'Rewind these forks to an earlier checkpoint, or discard them.',
  };
}

async function checkCatalog(repository: Repository, repair: boolean, repaired: string[]): Promise<Finding> {
  const { catalog } = repository.parts;
  const faults = await catalog.faults().catch((error: unknown) => [String(error)]);
  if (faults.length > 0 && repair) {
    await catalog.rebuild();
    repaired.push('catalog rebuilt from the journal');
    return { check: 'catalog', ok: true, detail: 'Was damaged, now rebuilt', fix: null };
  }
  return { check: 'catalog', ok: faults.length === 0, detail: faults[0] ?? 'sound', fix: faults.length === 0 ? null : 'pyi doctor --repair' };
}

async function checkDirectories(repository: Repository, repair: boolean, repaired: string[]): Promise<Finding> {
  const missing = repository.engine.state.list().filter((fork) => fork.dir !== null && !existsSync(fork.dir));
  if (repair) {
    for (const fork of missing) {
      if (fork.workspace) continue;
      await repository.mutex.run([fork.id], async () => {
        await repository.parts.directories.forget(fork.id);
        repository.engine.setDirectory(fork, null);
      });
      repaired.push(`${fork.name} no longer names a directory that is gone; its checkpoints are whole`);
    }
  }
  const left = missing.filter((fork) => fork.dir !== null);
  return {
    check: 'directories', ok: left.length === 0,
    detail: left.length === 0 ? 'every fork directory is there' : `gone: ${left.map((fork) => path.basename(fork.dir ?? fork.name)).join(', ')}`,
    fix: left.length === 0 ? null : '"pyi doctor --repair" lets these forks go on without directories; "pyi materialize FORK --out DIR" gets the files back.',
  };
}

async function checkGit(repository: Repository): Promise<Finding> {
  const { git, layout } = repository.parts;
  if (layout.kind === 'plain') return { check: 'git', ok: true, detail: 'no Git here: collapse updates the directory only', fix: null };
  const { code, stdout } = await git.run(['version'], { okCodes: [0, 1, 127] });
  return { check: 'git', ok: code === 0, detail: stdout.toString('utf8').trim(), fix: code === 0 ? null : 'Install git.' };
}

function checkShim({ gitShim: { faults, elsewhere } }: Host): Finding {
  const check = 'git shim';
  if (faults.length > 0) {
    return {
      check, ok: false, detail: `answered wrongly once, now left to git: ${faults.map((form) => `git ${form}`).join(', ')}`,
      fix: 'The log of the server has both outputs: please report them. "pyi stop" lets the server try again, PYI_DISABLE=1 turns the shim off.',
    };
  }
  const aside = elsewhere === 0 ? '' : `; ${count(elsewhere, 'question')} left to git, as HOME, XDG_CONFIG_HOME or GIT_CONFIG_* of the caller is not the server's: "pyi stop", then the next server has those of its starter`;
  return { check, ok: true, detail: `no answer differed from git's${aside}`, fix: null };
}
