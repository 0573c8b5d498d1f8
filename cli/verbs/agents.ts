import { verb } from '../verb.ts';
import * as render from '../render/agents.ts';

const agentArgument = { param: 'agent', value: 'AGENT', required: true } as const;
const forkArgument = { param: 'fork', value: 'FORK', required: true, candidates: 'forks' } as const;

export const register = verb({
  name: 'agent/register',
  word: 'agent-register',
  positionals: [agentArgument],
  options: [
    { flag: 'max-forks', kind: 'number', param: 'maxForks', value: 'N' },
    { flag: 'max-bytes', kind: 'number', param: 'maxBytes', value: 'BYTES' },
    { flag: 'calls-per-second', kind: 'number', param: 'callsPerSecond', value: 'N' },
    { flag: 'heartbeat', kind: 'number', param: 'heartbeatSeconds', value: 'SECONDS' },
    { flag: 'may-collapse', kind: 'flag', param: 'mayCollapse' },
  ],
  render: render.renderRegister,
});

export const attach = verb({
  name: 'agent/attach', word: 'agent-attach',
  positionals: [{ param: 'token', value: 'TOKEN', required: true }],
  options: [],
  render: render.renderAttach,
});

export const suspend = verb({ name: 'agent/suspend', word: 'agent-suspend', positionals: [agentArgument], options: [], render: render.renderStanding });

export const resume = verb({ name: 'agent/resume', word: 'agent-resume', positionals: [agentArgument], options: [], render: render.renderStanding });

export const terminate = verb({
  name: 'agent/terminate', word: 'agent-terminate',
  positionals: [agentArgument],
  options: [{ flag: 'discard', kind: 'flag', param: 'discard' }],
  render: render.renderStanding,
});

export const heartbeat = verb({ name: 'agent/heartbeat', word: 'agent-heartbeat', positionals: [], options: [], render: render.renderHeartbeat });

export const grant = verb({
  name: 'agent/grant', word: 'agent-grant',
  positionals: [agentArgument, forkArgument],
  options: [{ flag: 'revoke', kind: 'flag', param: 'revoke', help: 'Take it back' }],
  forks: ({ grants }) => grants,
  render: render.renderGrant,
});

export const claim = verb({
  name: 'claim',
  positionals: [{ param: 'globs', value: 'GLOB', required: false, many: true }],
  options: [
    { flag: 'fork', kind: 'text', param: 'fork', value: 'FORK', candidates: 'forks' },
    { flag: 'agent', kind: 'text', param: 'agent', value: 'AGENT' },
  ],
  forks: ({ claim: { fork }, overlaps }) => [fork, ...overlaps.map((overlap) => overlap.fork)].filter((id) => id !== null),
  render: render.renderClaim,
});

export const claims = verb({
  name: 'claims', positionals: [], options: [{ flag: 'agent', kind: 'text', param: 'agent', value: 'AGENT', help: 'Only those of this agent' }],
  forks: (list) => list.flatMap(({ fork, overlaps }) => [fork, ...overlaps.map((overlap) => overlap.fork)]).filter((id) => id !== null),
  render: render.renderClaims,
});

export const submit = verb({
  name: 'submit',
  positionals: [forkArgument],
  options: [
    { flag: 'message', short: 'm', kind: 'text', param: 'message', value: 'MESSAGE', help: 'Message of the commit' },
    { flag: 'timeout', kind: 'number', param: 'timeoutSeconds', value: 'SECONDS', help: 'A validator that runs longer is ended' },
    { flag: 'keep', kind: 'flag', param: 'keep' },
  ],
  command: 'validate',
  environment: true,
  forks: ({ fork, discarded }) => [fork, ...discarded],
  render: render.renderSubmit,
  failed: ({ outcome }) => outcome !== 'collapsed',
});

export const queue = verb({ name: 'queue', positionals: [], options: [], forks: (list) => list.flatMap(({ fork, into }) => [fork, into]), render: render.renderQueue });

export const audit = verb({
  name: 'audit',
  positionals: [],
  options: [
    { flag: 'agent', kind: 'text', param: 'agent', value: 'AGENT' },
    { flag: 'fork', kind: 'text', param: 'fork', value: 'FORK', candidates: 'forks' },
    { flag: 'operation', kind: 'text', param: 'operation', value: 'OPERATION', help: 'Only of this kind' },
    { flag: 'before', kind: 'number', param: 'before', value: 'NUMBER' },
    { flag: 'limit', short: 'n', kind: 'number', param: 'limit', value: 'N', help: 'How many' },
    { flag: 'verify', kind: 'flag', param: 'verify' },
  ],
  forks: ({ entries }) => entries.flatMap((entry) => entry.forks.slice(0, 1)),
  render: render.renderAudit,
  failed: ({ intact }) => intact === false,
});
