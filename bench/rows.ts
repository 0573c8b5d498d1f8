/** What a benchmark says: one quantity, how it was spread, and what it is held against. */

/** Order statistics of what was timed, in the row's unit. */
export interface Spread {
  readonly n: number;
  readonly min: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Somebody else doing the same work in the same run. */
export interface Peer {
  readonly name: string;
  /** In the unit of the row. */
  readonly p50: number;
}

/** What the row has to reach; every part that is given. */
export interface Target {
  /** At most, in the row's unit. */
  readonly p50?: number;
  readonly p95?: number;
  /** At least, for rates and shares. */
  readonly atLeast?: number;
  /** So many times better than the peer. */
  readonly ratio?: number;
}

export type Unit = 'µs' | 'ms' | 's' | '1/s' | '%' | 'MB' | 'calls';

export interface Row extends Spread {
  readonly name: string;
  readonly unit: Unit;
  /** Durability that was reached before the clock was stopped, or where the bytes were; `-` where neither says anything. */
  readonly level: string;
  /** True once the state that was timed has been read back and compared; a row that fails is never made. */
  readonly verified: true;
  readonly peers?: readonly Peer[];
  readonly target?: Target;
  /** Why the target is missed, where that is known. Shown when it is. */
  readonly cause?: string;
}

/** More is better for these. */
const GROWING: ReadonlySet<Unit> = new Set(['1/s', '%']);

/** How many times better than the peer; above 1 is better, whichever way the unit goes. */
export function ratioTo(row: Row, peer: Peer): number {
  return GROWING.has(row.unit) ? row.p50 / peer.p50 : peer.p50 / row.p50;
}

/** True when the row keeps its target, with bounds made `slack` times wider. */
export function reaches(row: Row, slack = 1): boolean {
  const { p50, p95, atLeast, ratio } = row.target ?? {};
  const peer = row.peers?.[0];
  return (p50 === undefined || row.p50 <= p50 * slack)
    && (p95 === undefined || row.p95 <= p95 * slack)
    && (atLeast === undefined || row.p50 >= atLeast / slack)
    && (ratio === undefined || (peer !== undefined && ratioTo(row, peer) >= ratio / slack));
}

/** A single value that was measured once. */
export function once(value: number): Spread {
  return { n: 1, min: value, p50: value, p95: value, p99: value };
}
