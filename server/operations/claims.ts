import { PyiError } from '../../protocol/errors.ts';
import { textFromBytePath } from '../../protocol/paths.ts';
import type { BytePath } from '../../protocol/paths.ts';
import type { Params, Result } from '../../protocol/registry.ts';
import { globsOverlap } from '../agents/glob-overlap.ts';
import type { ClaimRecord } from '../engine/records.ts';
import { resolveFork } from '../engine/references.ts';
import { chosenBy } from './globs.ts';
import type { Host, OperationContext } from './host.ts';
import type { Repository } from './repository.ts';

type Overlap = Result<'claim'>['overlaps'][number];

/** Paths named of one overlap. */
const MAX_PATHS = 100;

/** `pyi claim`. Advisory: nobody is kept from anything, but everybody can know. */
export async function claim(host: Host, params: Params<'claim'>, context: OperationContext): Promise<Result<'claim'>> {
  const { repository } = await host.locate(params.repository);
  const { engine, parts } = repository;
  const fork = params.fork === undefined ? undefined : resolveFork(engine, params.fork);
  const agent = params.agent ?? context.caller?.identity?.agent ?? fork?.agent;
  if (agent === undefined) throw new PyiError('INVALID_ARGUMENT', 'Whose paths these are is not known', 'Give "agent" or "fork".');
  const record: ClaimRecord = { type: 'claim', agent, fork: fork?.id ?? null, globs: params.globs, time: parts.clock.now() };
  engine.withReceipt(context.receipt, () => { engine.transact([record], 'process'); });
  repository.emit('claim', fork ?? null, null, agent);
  return { claim: told(record), overlaps: overlapsOf(repository, record) };
}

/** `pyi claims`. */
export async function claims(host: Host, params: Params<'claims'>): Promise<Result<'claims'>> {
  const { repository } = await host.locate(params.repository);
  return [...repository.engine.state.claims.values()]
    .filter(({ agent }) => params.agent === undefined || agent === params.agent)
    .map((record) => ({ ...told(record), overlaps: overlapsOf(repository, record) }));
}

function told({ agent, fork, globs, time }: ClaimRecord): Result<'claim'>['claim'] {
  return { agent, fork, globs: [...globs], time };
}

/** Who else claims paths that can be the same, and whose live forks have changed some. One's own claims never overlap. */
function overlapsOf(repository: Repository, mine: ClaimRecord): Overlap[] {
  const { state } = repository.engine;
  const overlaps = new Map<string, Overlap>();
  const place = (agent: string, fork: string | null): Overlap => {
    const known = overlaps.get(`${agent}\0${fork ?? ''}`) ?? { agent, fork, globs: [], paths: [] };
    overlaps.set(`${agent}\0${fork ?? ''}`, known);
    return known;
  };
  for (const theirs of state.claims.values()) {
    if (theirs.agent === mine.agent) continue;
    for (const one of mine.globs) for (const other of theirs.globs) if (globsOverlap(one, other)) place(theirs.agent, theirs.fork).globs.push({ mine: one, theirs: other });
  }
  const isMine = claimed(mine.globs);
  for (const fork of state.forks.values()) {
    if (fork.state !== 'live' || fork.agent === mine.agent || fork.workspace) continue;
    for (const path of repository.changeSets.of(fork).paths.keys()) {
      if (!isMine(path)) continue;
      const { paths } = place(fork.agent, fork.id);
      if (paths.length === MAX_PATHS) break;
      paths.push(textFromBytePath(path));
    }
  }
  return [...overlaps.values()];
}

/** A directory that is claimed stands for what is below it. */
function claimed(globs: readonly string[]): (path: BytePath) => boolean {
  return globs.length === 0 ? () => false : chosenBy(globs.flatMap((glob) => [glob, `${glob.replace(/\/+$/, '')}/**`]));
}
