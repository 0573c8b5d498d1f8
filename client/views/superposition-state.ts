import type { Client } from '../../connect/client.ts';
import { PyiError } from '../../protocol/errors.ts';
import { shortId } from '../../protocol/ids.ts';
import type { Branch, Observation } from '../../protocol/values.ts';
import { KIND_LETTERS } from '../../webview/superposition/contract.ts';
import type { Dots, ForkDetails, ForkRow, StoreView } from '../../webview/superposition/contract.ts';
import { storeProblem } from '../roots/overview.ts';
import { t } from '../l10n.ts';

/** What the store of a folder holds, and what a page shows of it. */
export interface Loaded {
  readonly view: StoreView;
  /** Everything that was told of the forks, by their ids. */
  readonly branches: ReadonlyMap<string, Branch>;
}

export interface LoadOptions {
  readonly repository: string;
  /** Merged and discarded forks, too. */
  readonly ended: boolean;
  /** The fork whose directory the folder is. */
  readonly here: string | null;
  /** Checkpoints told of each fork. */
  readonly dots: number;
}

/** Checkpoints that are told of all forks together: so many can be sent some times a second. */
const DOTS = 8000;
const MOST_DOTS = 60;
const LEAST_DOTS = 8;
/** Forks that a page shows. */
export const MOST_FORKS = 2000;
const SHOWN_OBSERVATIONS = 5;
const EVIDENCE_LENGTH = 8192;

/** What of the superposition a page needs. Names, messages and evidence are told as they are: the page makes them harmless. */
export async function loadSuperposition(client: Pick<Client, 'call'>, { repository, ended, here, dots }: LoadOptions): Promise<Loaded> {
  try {
    const branches = await client.call('superposition', { repository, all: ended, dots });
    const shown = newest(branches);
    const began = beginnings(branches);
    return {
      view: { kind: 'ready', forks: shown.map((branch) => forkRow(branch, began.get(branch.base) ?? branch.created, here)), more: branches.length - shown.length },
      branches: new Map(branches.map((branch) => [branch.fork, branch])),
    };
  } catch (error) {
    const problem = storeProblem(error);
    return { view: problem.kind === 'problem' ? problem : { kind: 'none' }, branches: new Map() };
  }
}

/** The more forks, the fewer checkpoints of each. */
export function dotsFor(forks: number): number {
  return Math.min(MOST_DOTS, Math.max(LEAST_DOTS, Math.floor(DOTS / Math.max(1, forks))));
}

/** Live ones first, then the youngest; work trees always. */
function newest(branches: readonly Branch[]): readonly Branch[] {
  if (branches.length <= MOST_FORKS) return branches;
  const rank = ({ parent, state }: Branch): number => (parent === null ? 0 : state === 'live' ? 1 : 2);
  return [...branches].sort((a, b) => rank(a) - rank(b) || b.created - a.created).slice(0, MOST_FORKS);
}

/** When the checkpoints that forks started from were taken: as told of the fork that they are of, else before the first fork from them. */
function beginnings(branches: readonly Branch[]): ReadonlyMap<string, number> {
  const taken = new Map<string, number>();
  for (const { base, created } of branches) taken.set(base, Math.min(created, taken.get(base) ?? Infinity));
  for (const { dots } of branches) for (const { checkpoint, time } of dots) if (taken.has(checkpoint)) taken.set(checkpoint, time);
  return taken;
}

function forkRow(branch: Branch, began: number, here: string | null): ForkRow {
  const { fork, name, agent, task, parent, state, changes, bytes, probability, expires, entangled, created, lastActive, checkpoints, observations, head, overlaps: { siblings, paths }, dir, dots, pinned } = branch;
  const last = observations.at(-1);
  return {
    fork, name, agent, task, parent, state, changes, bytes, probability, expires, entangled, created, lastActive, checkpoints, began,
    observed: last === undefined ? null : { ok: last.ok, score: last.score, current: last.checkpoint === head },
    overlaps: { siblings, paths }, directory: dir !== null, here: fork === here, pinned, dots: dotsOf(dots),
  };
}

function dotsOf(dots: Branch['dots']): Dots {
  return {
    times: dots.map(({ time }) => time),
    kinds: dots.map(({ kind, pinned }) => (pinned ? KIND_LETTERS[kind].toUpperCase() : KIND_LETTERS[kind])).join(''),
  };
}

/** Everything about one fork. @throws PyiError `NOT_FOUND` */
export function detailsOf(branches: ReadonlyMap<string, Branch>, fork: string): ForkDetails {
  const branch = branches.get(fork);
  if (branch === undefined) throw new PyiError('NOT_FOUND', t('Fork {0} is not shown any more.', shortId(fork)), t('Choose another one.'));
  const { base, head, dir, observations, overlaps } = branch;
  const told = observations.slice(-SHOWN_OBSERVATIONS).reverse();
  return {
    fork, base, head, dir, earlier: observations.length - told.length,
    observations: told.map((observation): Observation & { current: boolean } => ({ ...observation, evidence: observation.evidence.slice(-EVIDENCE_LENGTH), current: observation.checkpoint === head })),
    overlaps: overlaps.worst.map(({ fork: other, paths }) => ({ fork: other, name: branches.get(other)?.name ?? shortId(other), paths })),
  };
}
