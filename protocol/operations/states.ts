import * as z from 'zod';
import { operation } from '../operation.ts';
import { Branch, Changes, CheckpointInfo, CheckpointKind, CheckpointRef, EntanglementKind, ForkInfo, ForkRef, Insight, Level, Message, Name, Phase, Repository, TimelineFilter, TreePath } from '../values.ts';

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
    ifChanged: z.boolean().default(false).describe('Take none when nothing changed since the last one: the reply then names that one'),
    buffers: z.array(z.object({ path: TreePath, text: z.string() })).max(1000).optional()
      .describe('What an editor holds and has not saved: recorded instead of what the directory has; the directory is not touched'),
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
    ...TimelineFilter.shape,
    checkpoints: z.array(CheckpointRef).min(1).max(10_000).optional().describe('Only these, in this order, whatever else is asked'),
    limit: z.int().min(1).max(100_000).default(20),
    offset: z.int().min(0).default(0).describe('How many of the newest to leave out'),
  }),
  result: z.array(CheckpointInfo),
  readOnly: true, destructive: false,
  example: 'pyi timeline -n 50',
});

export const tally = operation({
  name: 'tally',
  summary: 'Count checkpoints by day, agent or task',
  params: z.object({
    repository,
    ...TimelineFilter.shape,
    by: z.enum(['day', 'agent', 'task']).default('day'),
    timeZone: z.string().max(100).default('UTC').describe('Where days begin, as in "Europe/Berlin"'),
  }),
  result: z.object({
    total: z.int(),
    groups: z.array(z.object({
      key: z.string().nullable().describe('Day as YYYY-MM-DD, agent, or task; null: no task'),
      count: z.int(),
      after: z.number().describe('Moment of its oldest checkpoint; of a day, its beginning'),
      before: z.number().describe('Just after its newest checkpoint; of a day, its end'),
    })).describe('The one with the newest checkpoint first'),
  }),
  readOnly: true, destructive: false,
  example: 'pyi tally --by agent',
});

export const history = operation({
  name: 'history',
  summary: 'List the checkpoints, of all forks, that changed a file',
  params: z.object({
    repository,
    path: TreePath,
    fork: ForkRef.optional(),
    limit: z.int().min(1).max(10_000).default(50),
    before: z.number().optional().describe('Only checkpoints older than this, milliseconds since 1970'),
  }),
  result: z.object({
    path: z.string(),
    entries: z.array(z.object({ checkpoint: CheckpointInfo, change: z.enum(['added', 'changed', 'deleted']), size: z.number().nullable() })),
    more: z.boolean().describe('Older ones may exist: ask again before the last of these'),
  }),
  readOnly: true, destructive: false,
  example: 'pyi lineage src/parser.ts',
});

export const find = operation({
  name: 'find',
  summary: 'Search the text files of a fork or checkpoint',
  params: z.object({
    repository,
    fork: CheckpointRef,
    text: z.string().min(1).max(1000),
    regex: z.boolean().default(false).describe('The text is a JavaScript regular expression'),
    matchCase: z.boolean().default(false),
    include: z.array(z.string().max(4096)).max(1000).optional(),
    exclude: z.array(z.string().max(4096)).max(1000).optional(),
    limit: z.int().min(1).max(100_000).default(1000),
  }),
  result: z.object({
    matches: z.array(z.object({ path: z.string(), line: z.int().describe('From 1'), column: z.int().describe('From 1, in UTF-16 units'), length: z.int(), preview: z.string() })),
    files: z.int().describe('Files looked at'),
    complete: z.boolean().describe('False when the limit was reached'),
  }),
  readOnly: true, destructive: false,
  example: 'pyi find try-regex "parseComment"',
});

export const where = operation({
  name: 'where',
  summary: 'Tell which store and fork a directory belongs to',
  params: z.object({ repository }),
  result: z.object({
    store: z.string(),
    root: z.string().describe('The work tree that the directory is in'),
    git: z.boolean(),
    fork: z.string().nullable().describe('The fork whose directory this is; null when it is none, or has ended'),
    name: z.string().nullable(),
    head: z.string().nullable(),
    base: z.string().nullable(),
    workspace: z.boolean().describe("True for the user's own work tree"),
    phase: Phase,
  }),
  readOnly: true, destructive: false,
  example: 'pyi where',
});

export const radar = operation({
  name: 'radar',
  summary: 'Tell which live forks changed the same files as a fork, and what is in conflict in it',
  params: z.object({
    repository, fork,
    paths: z.array(TreePath).max(10_000).optional().describe('Look at these files; default: those that the fork changed itself'),
  }),
  result: z.object({
    fork: z.string(),
    conflicts: z.array(z.string()).describe('Files of the fork with unresolved conflicts'),
    touched: z.array(z.object({
      path: z.string(),
      forks: z.array(z.object({ fork: z.string(), name: z.string(), agent: z.string(), head: z.string(), change: z.enum(['added', 'changed', 'deleted']) })),
    })),
  }),
  readOnly: true, destructive: false,
  example: 'pyi radar',
});

export const superposition = operation({
  name: 'superposition',
  summary: 'Show the forks as branches: checkpoints, verdicts, size, overlap with siblings',
  params: z.object({
    repository,
    task: Name.optional(),
    all: z.boolean().default(false).describe('Merged and discarded ones too'),
    dots: z.int().min(0).max(1000).default(60).describe('Checkpoints told of each fork'),
  }),
  result: z.array(Branch),
  readOnly: true, destructive: false,
  example: 'pyi superposition --task parser',
});

export const changes = operation({
  name: 'changes',
  summary: 'Compare two states: checkpoints, forks, Git revisions or the work tree',
  params: z.object({
    repository,
    from: z.string().min(1).max(500).optional().describe('State to compare from; default: the last checkpoint. A fork named alone is compared with its base'),
    to: z.string().min(1).max(500).optional().describe('State to compare to; default: the directory as it is now'),
    patch: z.boolean().default(false),
    details: z.boolean().default(false).describe('Tell which states were compared, and which files are no plain files'),
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
