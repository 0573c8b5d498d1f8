import * as z from 'zod';

/** Shapes that several operations share. */

export const Level = z.enum(['memory', 'process', 'disk', 'replicated'])
  .describe('Durability: memory (survives nothing), process (survives kill -9 of the server), disk (survives power loss), replicated (cluster mode)');
export type Level = z.infer<typeof Level>;

export const CheckpointKind = z.enum(['manual', 'automatic', 'tool', 'recovery', 'setup', 'merge', 'collapse']);
export type CheckpointKind = z.infer<typeof CheckpointKind>;

export const ForkState = z.enum(['live', 'merged', 'discarded']);
export type ForkState = z.infer<typeof ForkState>;

export const EntanglementKind = z.enum(['causal', 'conflict'])
  .describe('causal: B rebases when A collapses; conflict: the win of one discards the other');
export type EntanglementKind = z.infer<typeof EntanglementKind>;

export const Phase = z.enum(['compatible', 'hybrid', 'machine']);
export type Phase = z.infer<typeof Phase>;

/** Text that a person or agent gives: bounded, so that one call cannot fill the journal. */
const text = (max: number): z.ZodString => z.string().max(max);

export const Repository = z.string().min(1).max(4096).describe('Absolute path of a directory inside the repository');
export const ForkRef = text(200).min(1).describe('Fork: name, id, or unique prefix of an id');
export const CheckpointRef = text(200).min(1).describe('Checkpoint: id or unique prefix; or a fork, for its head');
export const Message = text(65_536);
/** Which checkpoints of a timeline are meant. */
export const TimelineFilter = z.object({
  fork: ForkRef.optional(),
  agent: z.string().min(1).max(200).optional(),
  task: z.string().min(1).max(200).nullable().optional().describe('Only of forks of this task; null: of forks without one'),
  kinds: z.array(CheckpointKind).min(1).optional().describe('Only of these kinds'),
  text: z.string().min(1).max(1000).optional().describe('Only those whose message, name or cause has this text, ASCII letters in any case'),
  after: z.number().optional().describe('Only checkpoints of this moment or younger, milliseconds since 1970'),
  before: z.number().optional().describe('Only checkpoints older than this, milliseconds since 1970'),
});
export type TimelineFilter = z.infer<typeof TimelineFilter>;
export const Name = text(200).min(1).regex(/^[^\s/\\:\p{Cc}\p{Cs}\p{Bidi_C}][^/\\:\p{Cc}\p{Cs}\p{Bidi_C}]*$/u, 'a name has no "/", "\\", ":", control or direction characters and does not start with a space')
  .refine((name) => !/^\.{1,2}$/.test(name) && !name.startsWith('-'), 'a name is not "." or ".." and does not start with "-"');
/** Names an agent: in listings, commits and the audit log. */
export const AgentName = text(200).min(1).regex(/^[^\p{Cc}\p{Cs}\p{Bidi_C}\s][^\p{Cc}\p{Cs}\p{Bidi_C}]*$/u, 'a name of an agent has no control or direction characters and does not start with a space');
export const AgentQuota = z.object({
  forks: z.int().min(0).max(1_000_000).nullable().describe('Live forks; null: no limit'),
  bytes: z.number().min(0).nullable().describe('Bytes of the files that it writes and changes, in all forks that are not swept yet; null: no limit'),
  callsPerSecond: z.number().positive().nullable().describe('null: no limit'),
});
export type AgentQuota = z.infer<typeof AgentQuota>;
export const AgentState = z.enum(['connected', 'lost', 'suspended', 'terminated', 'unregistered'])
  .describe('lost: registered, but its connection ended or it fell silent; unregistered: a mere name on forks');
export type AgentState = z.infer<typeof AgentState>;
export const TreePath = z.string().min(1).max(20_000).describe('Path relative to the root of the tree, "/" between names; bytes that are not UTF-8 as U+DC80–U+DCFF');

export const Insight = z.object({
  filesAdded: z.int(),
  filesChanged: z.int(),
  filesDeleted: z.int(),
  bytesAdded: z.number().describe('Bytes of the files that were added or changed'),
  bytesReused: z.number().describe('Bytes of the files that stayed as they were'),
  micros: z.number().describe('Time that the engine took, µs'),
});
export type Insight = z.infer<typeof Insight>;

/** Where the user's Git stood when a checkpoint was taken. */
export const GitPosition = z.object({
  head: z.string().nullable().describe('Commit id, null before the first commit'),
  branch: z.string().nullable().describe('Full ref name, null when detached'),
});
export type GitPosition = z.infer<typeof GitPosition>;

export const CheckpointInfo = z.object({
  checkpoint: z.string(),
  parents: z.array(z.string()),
  root: z.string(),
  fork: z.string(),
  agent: z.string(),
  time: z.number().describe('Milliseconds since 1970'),
  message: z.string(),
  kind: CheckpointKind,
  cause: z.string().describe('What led to it: a tool, a hook, a verb; empty when unknown'),
  insight: Insight,
  git: GitPosition.nullable(),
  pinned: z.boolean(),
  name: z.string().nullable().describe('What a person calls it; a named checkpoint is pinned'),
});
export type CheckpointInfo = z.infer<typeof CheckpointInfo>;

export const Observation = z.object({
  checkpoint: z.string(),
  ok: z.boolean(),
  exit: z.int().nullable().describe('Exit code of the validator, null when there was no command or a signal ended it'),
  score: z.number().nullable(),
  evidence: z.string(),
  command: z.array(z.string()),
  millis: z.number(),
  time: z.number(),
});
export type Observation = z.infer<typeof Observation>;

export const Changes = z.object({
  added: z.array(z.string()),
  changed: z.array(z.string()),
  deleted: z.array(z.string()),
  renamed: z.array(z.object({ from: z.string(), to: z.string() })),
  patch: z.string().optional().describe('Unified diff, when asked for'),
  details: z.object({
    from: z.string().nullable().describe('Id of the checkpoint, fork or Git commit; null: a directory as it is now'),
    to: z.string().nullable(),
    unusual: z.array(z.object({
      path: z.string(),
      side: z.enum(['from', 'to']),
      type: z.enum(['symlink', 'submodule', 'conflict']),
      id: z.string().describe('Of its content; of a submodule, its commit'),
    })),
  }).optional().describe('When asked for'),
});
export type Changes = z.infer<typeof Changes>;

export const ForkInfo = z.object({
  fork: z.string(),
  name: z.string(),
  agent: z.string(),
  agentState: AgentState,
  task: z.string().nullable(),
  parent: z.string().nullable().describe('Fork that it was made from'),
  base: z.string().describe('Checkpoint that it started from'),
  head: z.string(),
  state: ForkState,
  dir: z.string().nullable(),
  observations: z.array(Observation),
  changes: z.object({ added: z.int(), changed: z.int(), deleted: z.int(), conflicts: z.int() }).describe('Against its base'),
  probability: z.number().describe('0 to 1: how likely it is to win, as last told or observed'),
  expires: z.number().nullable().describe('When decay may collect it, milliseconds since 1970'),
  entangled: z.array(z.object({ fork: z.string(), kind: EntanglementKind, role: z.enum(['first', 'second']) })),
  created: z.number(),
  checkpoints: z.int().describe('Checkpoints taken on it'),
  lastActive: z.number().describe('When something last happened on it, milliseconds since 1970'),
});
export type ForkInfo = z.infer<typeof ForkInfo>;

/** A checkpoint as a dot on a time axis. */
export const Dot = z.object({ checkpoint: z.string(), time: z.number(), kind: CheckpointKind, pinned: z.boolean() });
export type Dot = z.infer<typeof Dot>;

/** A fork among its rivals: what a picture of a superposition shows. */
export const Branch = ForkInfo.extend({
  bytes: z.number().describe('Bytes of the files that it added or changed, against its base'),
  pinned: z.boolean().describe('Its head is pinned: retention keeps that checkpoint'),
  dots: z.array(Dot).describe('Its last checkpoints, oldest first'),
  overlaps: z.object({
    siblings: z.int().describe('Live forks of the same parent that changed a file of this one differently'),
    paths: z.int().describe('Files that at least one sibling changed differently'),
    worst: z.array(z.object({ fork: z.string(), paths: z.int() })).describe('The siblings that share most of them, at most five'),
  }),
});
export type Branch = z.infer<typeof Branch>;

export const Latency = z.object({ count: z.int(), p50: z.number(), p95: z.number(), p99: z.number(), max: z.number() });
export type Latency = z.infer<typeof Latency>;
