import { z } from 'zod';
import { operation } from '../operation.ts';
import { Changes, CheckpointInfo, CheckpointKind, CheckpointRef, EntanglementKind, ForkInfo, ForkRef, Insight, Level, Message, Name, Repository, TreePath } from '../values.ts';

const repository = Repository;
const fork = ForkRef.optional().describe('Fork; default: the one whose directory this is ("workspace" in the repository itself)');

export const checkpoint = operation({
  name: 'checkpoint',
  summary: 'Record the state of a fork',
  params: z.object({
    repository, fork,
    message: Message.default(''),
    level: Level.default('process'),
    kind: CheckpointKind.default('manual'),
    cause: z.string().max(1000).default(''),
    pin: z.boolean().default(false).describe('Keep it whatever the retention rules say'),
  }),
  result: z.object({ checkpoint: z.string(), root: z.string(), fork: z.string(), parents: z.array(z.string()), insight: Insight, level: Level }),
  readOnly: false, destructive: false,
  example: 'pyi checkpoint -m "parser handles comments"',
});

export const forkOperation = operation({
  name: 'fork',
  summary: 'Start an isolated fork, by default with a directory of its own',
  params: z.object({
    repository,
    name: Name.optional().describe('Default: made from the agent and a number'),
    from: CheckpointRef.optional().describe('Fork or checkpoint to start from; default: the work tree as it is now'),
    agent: Name.optional(),
    task: Name.optional().describe('What it tries to do: forks of one task compete, one wins, the others are discarded'),
    dir: z.union([z.string().min(1).max(4096), z.boolean()]).default(true).describe('A path, true for the default place, false for no directory'),
    probability: z.number().min(0).max(1).default(1),
    ttlSeconds: z.number().positive().max(10 * 365 * 86_400).optional().describe('Time to live: unused for so long, the fork is discarded by a sweep; the less likely it is to win, the sooner'),
  }),
  result: z.object({ fork: z.string(), name: z.string(), agent: z.string(), base: z.string(), dir: z.string().nullable() }),
  readOnly: false, destructive: false,
  example: 'pyi fork try-regex --task parser --agent ada',
});

export const forks = operation({
  name: 'forks',
  summary: 'List forks',
  params: z.object({ repository, forks: z.array(ForkRef).min(1).max(10_000).optional().describe('Only these, whatever their state'), task: Name.optional(), all: z.boolean().default(false).describe('Merged and discarded ones too') }),
  result: z.array(ForkInfo),
  readOnly: true, destructive: false,
  example: 'pyi forks --task parser',
});

export const timeline = operation({
  name: 'timeline',
  summary: 'List checkpoints, newest first',
  params: z.object({
    repository,
    fork: ForkRef.optional(),
    agent: Name.optional(),
    limit: z.int().min(1).max(100_000).default(20),
    before: z.number().optional().describe('Only checkpoints older than this, milliseconds since 1970'),
  }),
  result: z.array(CheckpointInfo),
  readOnly: true, destructive: false,
  example: 'pyi timeline -n 50',
});

export const changes = operation({
  name: 'changes',
  summary: 'Compare two states: checkpoints, forks, Git revisions or the work tree',
  params: z.object({
    repository,
    from: z.string().min(1).max(500).optional().describe('State to compare from; default: the last checkpoint. A fork named alone is compared with its base'),
    to: z.string().min(1).max(500).optional().describe('State to compare to; default: the directory as it is now'),
    patch: z.boolean().default(false),
  }),
  result: Changes,
  readOnly: true, destructive: false,
  example: 'pyi changes try-regex --patch',
});

export const rewind = operation({
  name: 'rewind',
  summary: 'Bring a fork, or chosen paths of it, back to an earlier checkpoint',
  params: z.object({
    repository, fork,
    checkpoint: CheckpointRef,
    paths: z.array(TreePath).max(10_000).optional().describe('Only these files or directories'),
    dryRun: z.boolean().default(false),
  }),
  result: z.object({
    fork: z.string(), from: z.string(), to: z.string(),
    recovery: z.string().describe('Checkpoint that holds the state before'),
    written: z.array(z.string()), removed: z.array(z.string()),
  }),
  readOnly: false, destructive: true,
  example: 'pyi rewind 3f2a91c0d4e7 --paths src/parser.ts',
});

export const undo = operation({
  name: 'undo',
  summary: 'Undo the last rewind, collapse, discard or integrate of a fork; again to redo',
  params: z.object({ repository, fork }),
  result: z.object({ fork: z.string(), undone: z.string().describe('What was undone'), operation: z.string(), head: z.string(), written: z.array(z.string()), removed: z.array(z.string()) }),
  readOnly: false, destructive: true,
  example: 'pyi undo --fork try-regex',
});

/** Content travels as base64 when it is not UTF-8 text. */
const Content = z.object({ text: z.string().optional(), base64: z.base64().optional() });

export const write = operation({
  name: 'write',
  summary: 'Write a file of a fork',
  params: z.object({ repository, fork: ForkRef, path: TreePath, content: Content, mode: z.enum(['file', 'executable', 'symlink']).optional().describe('Default: as it was, else file'), level: Level.default('process') }),
  result: z.object({ fork: z.string(), path: z.string(), bytes: z.int(), level: Level }),
  readOnly: false, destructive: false,
  example: 'pyi write try-regex src/a.ts < a.ts',
});

export const read = operation({
  name: 'read',
  summary: 'Read a file of a fork or checkpoint',
  params: z.object({ repository, fork: CheckpointRef, path: TreePath, offset: z.int().min(0).default(0), length: z.int().min(1).max(16 * 1024 * 1024).optional().describe('Default: to the end, at most 16 MiB a call') }),
  result: z.object({ path: z.string(), mode: z.enum(['file', 'executable', 'symlink', 'submodule', 'conflict']), size: z.number(), base64: z.string(), end: z.boolean().describe('True when this is the last part') }),
  readOnly: true, destructive: false,
  example: 'pyi read try-regex src/a.ts',
});

export const remove = operation({
  name: 'remove',
  summary: 'Remove a file of a fork',
  params: z.object({ repository, fork: ForkRef, path: TreePath, level: Level.default('process') }),
  result: z.object({ fork: z.string(), path: z.string(), level: Level }),
  readOnly: false, destructive: true,
  example: 'pyi remove try-regex src/old.ts',
});

export const ls = operation({
  name: 'ls',
  summary: 'List a directory of a fork or checkpoint',
  params: z.object({ repository, fork: CheckpointRef, path: z.string().max(20_000).default('').describe('Directory or file; default: the root'), recursive: z.boolean().default(false) }),
  result: z.array(z.object({ path: z.string(), type: z.enum(['file', 'executable', 'symlink', 'submodule', 'conflict', 'directory']), size: z.number(), id: z.string().nullable() })),
  readOnly: true, destructive: false,
  example: 'pyi ls try-regex src',
});

export const discard = operation({
  name: 'discard',
  summary: 'Discard forks (undoable until they are swept)',
  params: z.object({ repository, forks: z.array(ForkRef).min(1).max(10_000).describe('Forks: names, ids, or unique prefixes of ids') }),
  result: z.object({ discarded: z.array(z.string()) }),
  readOnly: false, destructive: true,
  example: 'pyi discard try-regex try-hand-written',
});

export const integrate = operation({
  name: 'integrate',
  summary: 'Merge one fork into another; conflicts are kept as state',
  params: z.object({ repository, fork: ForkRef, into: ForkRef, message: Message.optional() }),
  result: z.object({
    fork: z.string(), into: z.string(), checkpoint: z.string(),
    conflicts: z.array(z.object({ path: z.string(), reason: z.string() })),
    written: z.array(z.string()), removed: z.array(z.string()),
  }),
  readOnly: false, destructive: false,
  example: 'pyi integrate workspace --into try-regex',
});

export const entangle = operation({
  name: 'entangle',
  summary: 'Tie two forks: causal (B rebases when A collapses) or conflict (the win of one discards the other)',
  params: z.object({ repository, first: ForkRef, second: ForkRef, kind: EntanglementKind }),
  result: z.object({ first: z.string(), second: z.string(), kind: EntanglementKind }),
  readOnly: false, destructive: false,
  example: 'pyi entangle api client --kind causal',
});

export const materialize = operation({
  name: 'materialize',
  summary: 'Write a checkpoint into a directory, changing only what differs',
  params: z.object({
    repository, checkpoint: CheckpointRef,
    out: z.string().min(1).max(4096),
    include: z.array(z.string().max(4096)).max(1000).optional(),
    exclude: z.array(z.string().max(4096)).max(1000).optional(),
    dryRun: z.boolean().default(false),
  }),
  result: z.object({ checkpoint: z.string(), out: z.string(), written: z.array(z.string()), removed: z.array(z.string()), bytes: z.number() }),
  readOnly: false, destructive: true,
  example: 'pyi materialize try-regex --out ../review --include "src/**"',
});
