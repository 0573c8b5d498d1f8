/** What many commands together became: which are faster, which slower, by how often they are asked. */

export interface Verdict {
  readonly name: string;
  readonly weight: number;
  /** Medians, ms. */
  readonly git: number;
  readonly front: number;
  /** Share of the runs that the server answered, between 0 and 1. */
  readonly answered: number;
}

export interface Judgement {
  /** Percent of what is asked that takes at most four fifths of git's time. */
  readonly faster: number;
  /** Percent of what is asked that is slower by more than is allowed. */
  readonly slower: number;
  /** Those, with both times. */
  readonly slowest: readonly string[];
  /** Percent of what is asked that the server answered. */
  readonly answered: number;
  /** Mean time, ms. */
  readonly front: number;
  readonly git: number;
}

const FASTER = 0.8;
/** A command may become slower by 5 % and this, ms. */
const ALLOWANCE_MILLIS = 0.4;
const ALLOWANCE_SHARE = 1.05;

export function judge(verdicts: readonly Verdict[]): Judgement {
  const total = verdicts.reduce((sum, { weight }) => sum + weight, 0);
  const mean = (of: (verdict: Verdict) => number): number => verdicts.reduce((sum, verdict) => sum + verdict.weight * of(verdict), 0) / total;
  const isSlower = ({ front, git }: Verdict): boolean => front > git * ALLOWANCE_SHARE + ALLOWANCE_MILLIS;
  return {
    faster: 100 * mean(({ front, git }) => (front <= FASTER * git ? 1 : 0)),
    slower: 100 * mean((verdict) => (isSlower(verdict) ? 1 : 0)),
    slowest: verdicts.filter(isSlower).map(({ name, front, git }) => `${name.slice(0, 40)} ${front.toFixed(2)} ms, git ${git.toFixed(2)}`),
    answered: 100 * mean(({ answered }) => answered),
    front: mean(({ front }) => front),
    git: mean(({ git }) => git),
  };
}
