import type { CheckpointInfo, ForkInfo, Latency, Observation } from '../../../protocol/values.ts';
import type { AgentRow, Sample } from '../../../webview/dashboard/contract.ts';

export const NOW = 1_700_000_000_000;

export function observation(ok: boolean, score: number | null): Observation {
  return { checkpoint: 'c'.repeat(64), ok, exit: ok ? 0 : 1, score, evidence: '', command: [], millis: 5, time: NOW };
}

export function forkInfo(some: Partial<ForkInfo>): ForkInfo {
  return {
    fork: 'f'.repeat(32), name: 'try', agent: 'ada', agentState: 'unregistered', task: 'parser', parent: 'e'.repeat(32), base: 'b'.repeat(64), head: 'c'.repeat(64), state: 'live', dir: null,
    observations: [], changes: { added: 1, changed: 2, deleted: 0, conflicts: 0 }, probability: 1, expires: null, entangled: [], created: NOW - 120_000, checkpoints: 3, lastActive: NOW - 60_000, ...some,
  };
}

export function checkpointInfo(some: Partial<CheckpointInfo>): CheckpointInfo {
  return {
    checkpoint: 'a'.repeat(64), parents: [], root: 'd'.repeat(64), fork: 'f'.repeat(32), agent: 'ada', time: NOW - 60_000, message: 'Try', kind: 'manual', cause: '',
    insight: { filesAdded: 0, filesChanged: 2, filesDeleted: 0, bytesAdded: 10, bytesReused: 5, micros: 30 }, git: null, pinned: false, name: null, ...some,
  };
}

export function latency(count: number, p50 = 20): Latency {
  return { count, p50, p95: 2 * p50, p99: 3 * p50, max: 10 * p50 };
}

/** What a store says of itself, at a moment. */
export function sample(some: Partial<Sample>): Sample {
  return {
    time: NOW, store: '/x/.git/pyi', objects: 40, segments: 1, bytesOnDisk: 4096, sizeCap: null, forks: { live: 1, merged: 0, discarded: 0 }, checkpoints: 9,
    deduplicated: { putBytes: 0, storedBytes: 0 }, latencies: {}, recent: { seconds: 57.5, latencies: {} }, cache: { hits: 0, misses: 0, bytes: 0 },
    openedAt: NOW - 3_600_000, memory: { rss: 5000, heapUsed: 3000 }, warnings: [], ...some,
  };
}

export function agentRow(some: Partial<AgentRow>): AgentRow {
  return { agent: 'ada', live: 1, merged: 0, discarded: 0, checkpoints: 3, lastActive: NOW - 60_000, state: 'unregistered', bytes: 0, quota: null, ...some };
}
