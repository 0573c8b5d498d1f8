import type { Dots, ForkRow } from '../../../../webview/superposition/contract.ts';

export const NOW = 1_700_000_000_000;
export const WORKSPACE = '0'.repeat(32);

/** An id of a fork. */
export function id(number: number): string {
  return number.toString(16).padStart(32, '0');
}

export function dots(kinds: string, ...times: number[]): Dots {
  return { times, kinds };
}

export function row(some: Partial<ForkRow>): ForkRow {
  return {
    fork: id(1), name: 'try', agent: 'ada', task: 'parser', parent: WORKSPACE, state: 'live', changes: { added: 1, changed: 2, deleted: 3, conflicts: 0 }, bytes: 2048,
    probability: 0.5, expires: null, entangled: [], created: NOW - 60_000, lastActive: NOW - 60_000, checkpoints: 0, began: NOW - 60_000, observed: null,
    overlaps: { siblings: 0, paths: 0 }, directory: true, pinned: false, here: false, dots: dots(''), ...some,
  };
}

export function workspace(some: Partial<ForkRow> = {}): ForkRow {
  return row({ fork: WORKSPACE, name: 'workspace', parent: null, task: null, here: true, ...some });
}

export function passed(score: number | null, current = true): ForkRow['observed'] {
  return { ok: true, score, current };
}
