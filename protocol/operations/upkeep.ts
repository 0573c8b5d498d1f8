import * as z from 'zod';
import { operation } from '../operation.ts';
import { AgentQuota, AgentState, CheckpointRef, Latency, Phase, Repository } from '../values.ts';

const repository = Repository;

export const setup = operation({
  name: 'setup',
  summary: 'Make the store of a repository and take its tree in (idempotent)',
  params: z.object({ repository, allowUnusualRoot: z.boolean().default(false).describe('Allow the home directory, "/" or the temporary directory as root') }),
  result: z.object({ store: z.string(), root: z.string(), fork: z.string(), checkpoint: z.string(), created: z.boolean(), files: z.int(), bytes: z.number(), millis: z.number(), git: z.boolean() }),
  readOnly: false, destructive: false,
  example: 'pyi setup',
});

export const agents = operation({
  name: 'agents',
  summary: 'List agents with their forks and activity',
  params: z.object({ repository }),
  result: z.array(z.object({
    agent: z.string(), live: z.int(), merged: z.int(), discarded: z.int(), checkpoints: z.int(), lastActive: z.number().nullable(),
    state: AgentState,
    bytes: z.number().describe('Of the files that it wrote and changed, in all forks that are not swept yet'),
    quota: AgentQuota.nullable().describe('Null: not registered'),
  })),
  readOnly: true, destructive: false,
  example: 'pyi agents',
});

export const stats = operation({
  name: 'stats',
  summary: 'Sizes, counts and latencies of a store',
  params: z.object({ repository }),
  result: z.object({
    store: z.string(),
    objects: z.int(), segments: z.int(), bytesOnDisk: z.number(), sizeCap: z.number().nullable(),
    forks: z.object({ live: z.int(), merged: z.int(), discarded: z.int() }),
    checkpoints: z.int(),
    deduplicated: z.object({ putBytes: z.number(), storedBytes: z.number() }).describe('Since the server opened the store'),
    latencies: z.record(z.string(), Latency).describe('Microseconds by operation, since the server opened the store'),
    recent: z.object({ seconds: z.number(), latencies: z.record(z.string(), Latency) }).describe('The same of the last seconds only'),
    cache: z.object({ hits: z.int(), misses: z.int(), bytes: z.number() }).describe('Of objects in memory, since the server opened the store'),
    openedAt: z.number().describe('When the server opened the store, milliseconds since 1970'),
    memory: z.object({ rss: z.number(), heapUsed: z.number() }),
    warnings: z.array(z.string()),
  }),
  readOnly: true, destructive: false,
  example: 'pyi stats --json',
});

const Finding = z.object({ check: z.string(), ok: z.boolean(), detail: z.string(), fix: z.string().nullable() });

export const doctor = operation({
  name: 'doctor',
  summary: 'Check the store, its catalog and its surroundings; mend what can be rebuilt',
  params: z.object({ repository, repair: z.boolean().default(false) }),
  result: z.object({ ok: z.boolean(), findings: z.array(Finding), repaired: z.array(z.string()) }),
  readOnly: false, destructive: false,
  example: 'pyi doctor --repair',
});

export const sweep = operation({
  name: 'sweep',
  summary: 'Apply the retention rules and give back the space of what nothing keeps',
  params: z.object({ repository, dryRun: z.boolean().default(false), graceSeconds: z.number().min(0).optional().describe('How long discarded forks stay undoable; default: the configured time') }),
  result: z.object({
    forks: z.array(z.string()).describe('Forks that are gone for good'),
    decayed: z.array(z.string()).describe('Forks past their time to live, now discarded'),
    checkpoints: z.int(), objects: z.int(), bytes: z.number().describe('Bytes of objects that nothing keeps'),
    bytesFreed: z.number().describe('Bytes given back on disk'), millis: z.number(),
  }),
  readOnly: false, destructive: true,
  example: 'pyi sweep --dry-run',
});

export const verify = operation({
  name: 'verify',
  summary: 'Read every stored object back and check it',
  params: z.object({ repository }),
  result: z.object({
    ok: z.boolean(), segments: z.int(), objects: z.int(), bytes: z.number(), millis: z.number(),
    faults: z.array(z.object({ segment: z.string(), offset: z.number(), id: z.string().nullable(), problem: z.string() })),
  }),
  readOnly: true, destructive: false,
  example: 'pyi verify',
});

export const phase = operation({
  name: 'phase',
  summary: 'Show or set how far PYI is in: compatible, hybrid or machine',
  params: z.object({ repository, phase: Phase.optional() }),
  result: z.object({ phase: Phase, previous: Phase }),
  readOnly: false, destructive: false,
  example: 'pyi phase hybrid',
});

export const pin = operation({
  name: 'pin',
  summary: 'Keep a checkpoint whatever the retention rules say, perhaps under a name, or let it go again',
  params: z.object({
    repository, checkpoint: CheckpointRef, pinned: z.boolean().default(true),
    name: z.string().min(1).max(200).nullable().optional().describe('Call it so from now on; null takes the name away; default: as it was. A name is lost when the checkpoint is let go'),
  }),
  result: z.object({ checkpoint: z.string(), pinned: z.boolean(), name: z.string().nullable() }),
  readOnly: false, destructive: false,
  example: 'pyi pin 3f2a91c0d4e7',
});

export const about = operation({
  name: 'about',
  summary: 'Versions, addresses and places',
  params: z.object({ repository: Repository.optional() }),
  result: z.object({ version: z.string(), protocol: z.int(), pid: z.int(), socket: z.string().nullable(), node: z.string(), git: z.string().nullable(), store: z.string().nullable(), config: z.string().nullable(), uptimeSeconds: z.number(), stores: z.int(), clients: z.int() }),
  readOnly: true, destructive: false,
  example: 'pyi about',
});

export const gitCompat = operation({
  name: 'git-compat',
  summary: 'How the commands of git are answered, and what that saved',
  params: z.object({}),
  result: z.object({
    answering: z.boolean().describe('False where only git answers: outside Linux, and from a server on stdio'),
    since: z.number().describe('When counting began, milliseconds since 1970'),
    scope: z.enum(['stores', 'all']).describe('In which repositories it answers: those with a PYI store, or all'),
    budget: z.number().describe('Percent of the time that may go into answers ahead of the question'),
    checkEvery: z.int().describe('One in so many answers is compared with git\'s own; 0: none'),
    checked: z.int().describe('Answers that were compared'),
    elsewhere: z.int().describe('Left to git because HOME, XDG_CONFIG_HOME or GIT_CONFIG_* of the caller is not that of the server'),
    repositories: z.int(), watches: z.int(),
    commands: z.array(z.object({
      command: z.string(), treatment: z.string().describe('`remembered`, or why git alone answers'),
      hits: z.int().describe('Answered'), misses: z.int().describe('Could be answered, but the answer was not known: git ran'),
      delegated: z.int().describe('Of a form, or in a place, that only git answers'), savedMillis: z.number(),
    })).describe('Every command of git, those asked most first. What the front itself leaves to git is not counted'),
    faults: z.array(z.object({ form: z.string(), directory: z.string(), args: z.array(z.string()), time: z.number() })).describe('Forms that were answered wrongly once, and are switched off until the server ends'),
  }),
  readOnly: true, destructive: false,
  example: 'pyi git-compat',
});

export const stop = operation({
  name: 'stop',
  summary: 'Stop the server after the work in hand',
  params: z.object({}),
  result: z.object({ stopping: z.boolean() }),
  readOnly: false, destructive: false,
  example: 'pyi stop',
});
