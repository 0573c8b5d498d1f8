import * as z from 'zod';
import { operation } from '../operation.ts';
import { AgentName, AgentState, ForkRef, Message, Repository } from '../values.ts';

const repository = Repository;
const agent = AgentName;
const AgentForks = z.array(z.object({
  fork: z.string(), name: z.string(), task: z.string().nullable(), head: z.string(), dir: z.string().nullable(),
  pending: z.int().describe('Files written since its last checkpoint'),
})).describe('Its live forks');

export const agentRegister = operation({
  name: 'agent/register',
  summary: 'Register an agent; this connection acts for it from now on, on its own forks only',
  params: z.object({
    repository, agent,
    maxForks: z.int().min(0).max(1_000_000).optional().describe('Live forks that it may have; default: any number'),
    maxBytes: z.number().min(0).optional().describe('Bytes of the files that it may write and change, in all forks that are not swept yet; default: any number'),
    callsPerSecond: z.number().positive().optional().describe('Default: what the server takes from any connection'),
    heartbeatSeconds: z.number().min(1).max(86_400).nullable().default(null).describe('Silent for longer, it counts as lost; null: only when its connection ends'),
    mayCollapse: z.boolean().default(false).describe('May make a fork of its own the winner, and so commit'),
    bind: z.boolean().default(true).describe('false: only register it; whoever has the token attaches'),
  }),
  result: z.object({ agent: z.string(), token: z.string().describe('Proves who it is on another connection; told once, kept nowhere') }),
  readOnly: false, destructive: false,
  example: 'pyi agent-register ada --max-forks 20',
});

export const agentAttach = operation({
  name: 'agent/attach',
  summary: 'Go on as a registered agent on this connection; the one that it had before loses it',
  params: z.object({ repository, token: z.string().min(1).max(200) }),
  result: z.object({ agent: z.string(), standing: z.enum(['active', 'suspended', 'terminated']), migrated: z.boolean().describe('Another connection had it'), forks: AgentForks }),
  readOnly: false, destructive: false,
  example: 'pyi agent-attach TOKEN',
});

const standing = z.object({ agent: z.string(), state: AgentState, forks: z.array(z.string()).describe('Its live forks') });

export const agentSuspend = operation({
  name: 'agent/suspend',
  summary: 'Refuse what an agent wants to change until it is resumed; its forks stay as they are',
  params: z.object({ repository, agent }),
  result: standing, readOnly: false, destructive: false,
  example: 'pyi agent-suspend ada',
});

export const agentResume = operation({
  name: 'agent/resume',
  summary: 'Let a suspended agent go on',
  params: z.object({ repository, agent }),
  result: standing, readOnly: false, destructive: false,
  example: 'pyi agent-resume ada',
});

export const agentTerminate = operation({
  name: 'agent/terminate',
  summary: 'End an agent: its token is void; its forks are kept, or discarded (undoable)',
  params: z.object({ repository, agent, discard: z.boolean().default(false).describe('Discard its live forks') }),
  result: standing, readOnly: false, destructive: true,
  example: 'pyi agent-terminate ada --discard',
});

export const agentHeartbeat = operation({
  name: 'agent/heartbeat',
  summary: 'Say that the agent of this connection is alive (every call says so)',
  params: z.object({ repository }),
  result: z.object({ agent: z.string(), time: z.number() }),
  readOnly: true, destructive: false,
  example: 'pyi agent-heartbeat',
});

export const agentGrant = operation({
  name: 'agent/grant',
  summary: 'Let an agent work on a fork of another one, or no longer',
  params: z.object({ repository, agent, fork: ForkRef, revoke: z.boolean().default(false) }),
  result: z.object({ agent: z.string(), grants: z.array(z.string()) }),
  readOnly: false, destructive: false,
  example: 'pyi agent-grant ada grace-1',
});

const Claim = z.object({
  agent: z.string(), fork: z.string().nullable().describe('Null: all of its forks'), globs: z.array(z.string()), time: z.number(),
});
const Overlap = z.object({
  agent: z.string().describe('Who else claims, or has changed, the same'), fork: z.string().nullable(),
  globs: z.array(z.object({ mine: z.string(), theirs: z.string() })).describe('Pairs of globs that can match the same path'),
  paths: z.array(z.string()).describe('Files that it has changed and these globs match; at most 100'),
});

export const claim = operation({
  name: 'claim',
  summary: 'Say which paths an agent works on (advisory), and learn who else does',
  params: z.object({
    repository,
    fork: ForkRef.optional().describe('Only for this fork; default: all forks of the agent'),
    agent: AgentName.optional().describe('Default: the agent of this connection, or of the fork'),
    globs: z.array(z.string().min(1).max(4096)).max(1000).default([]).describe('As in .gitignore: "**" crosses directories. Replaces what was claimed before; none: gives it up'),
  }),
  result: z.object({ claim: Claim, overlaps: z.array(Overlap) }),
  readOnly: false, destructive: false,
  example: 'pyi claim --agent ada "src/parser/**"',
});

export const claims = operation({
  name: 'claims',
  summary: 'List claims, with those that overlap',
  params: z.object({ repository, agent: AgentName.optional() }),
  result: z.array(Claim.extend({ overlaps: z.array(Overlap) })),
  readOnly: true, destructive: false,
  example: 'pyi claims',
});

export const submit = operation({
  name: 'submit',
  summary: 'Collapse in turn: wait in the queue of the base, rebase onto its tip, validate, then commit',
  params: z.object({
    repository, fork: ForkRef,
    message: Message.optional().describe('Of the commit'),
    validate: z.array(z.string().max(65_536)).max(10_000).default([]).describe('Program and arguments; runs in the rebased fork, exit code 0 lets it pass'),
    timeoutSeconds: z.number().positive().max(86_400).default(600).describe('For the validator'),
    keep: z.boolean().default(false).describe('Do not discard the other forks of its task'),
    env: z.record(z.string().max(1000), z.string().max(1_000_000)).optional().describe('Environment of the validator; default: that of the server'),
  }),
  result: z.object({
    fork: z.string(),
    outcome: z.enum(['collapsed', 'conflict', 'rejected']).describe('conflict: kept in the fork as state, to be resolved there and submitted again; rejected: the validator said no'),
    commit: z.string().nullable(), checkpoint: z.string(), rebased: z.boolean(),
    conflicts: z.array(z.object({ path: z.string(), reason: z.string() })), discarded: z.array(z.string()),
    exit: z.int().nullable().describe('Of the validator'), evidence: z.string(), waitedMillis: z.number(),
  }),
  readOnly: false, destructive: true,
  example: 'pyi submit ada-1 -m "Parse comments" -- npm test',
});

export const queue = operation({
  name: 'queue',
  summary: 'List what waits to be collapsed, in turn',
  params: z.object({ repository }),
  result: z.array(z.object({ fork: z.string(), agent: z.string(), into: z.string(), state: z.enum(['waiting', 'rebasing', 'validating', 'collapsing']), since: z.number() })),
  readOnly: true, destructive: false,
  example: 'pyi queue',
});

export const audit = operation({
  name: 'audit',
  summary: 'Show who did what, when, to which fork; each entry seals those before it',
  params: z.object({
    repository,
    agent: z.string().max(200).optional().describe('Only of this agent; empty: of the user'),
    fork: ForkRef.optional(),
    operation: z.string().max(100).optional(),
    before: z.int().optional().describe('Only entries with a smaller number'),
    limit: z.int().min(1).max(100_000).default(50),
    verify: z.boolean().default(false).describe('Check the whole chain'),
  }),
  result: z.object({
    entries: z.array(z.object({
      number: z.int(), time: z.number(), agent: z.string().describe('Empty: the user'), client: z.string(), operation: z.string(),
      forks: z.array(z.string()), checkpoint: z.string().nullable(), outcome: z.string().describe('"ok", or the code of the error'), hash: z.string(),
    })).describe('Newest first'),
    total: z.int(),
    intact: z.boolean().nullable().describe('null: not checked'),
    fault: z.string().nullable().describe('Where the chain breaks, and how'),
  }),
  readOnly: true, destructive: false,
  example: 'pyi audit --verify',
});
