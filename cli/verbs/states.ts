import type { Option } from '../verb.ts';
import { verb } from '../verb.ts';
import * as render from '../render/states.ts';

const LEVELS = ['memory', 'process', 'disk', 'replicated'];
export const KINDS = ['manual', 'automatic', 'tool', 'recovery', 'setup', 'merge', 'collapse'];
const level = { flag: 'level', kind: 'text', param: 'level', value: 'LEVEL', choices: LEVELS } as const satisfies Option<'checkpoint'>;
const fork = { flag: 'fork', kind: 'text', param: 'fork', value: 'FORK', candidates: 'forks' } as const satisfies Option<'checkpoint'>;
const message = { flag: 'message', short: 'm', kind: 'text', param: 'message', value: 'MESSAGE', help: 'What it is, for the timeline' } as const satisfies Option<'checkpoint'>;
const dryRun = { flag: 'dry-run', kind: 'flag', param: 'dryRun', help: 'Say what would be done, and do nothing' } as const satisfies Option<'rewind'>;

export const checkpoint = verb({
  name: 'checkpoint',
  positionals: [],
  options: [
    message, fork, level,
    { flag: 'kind', kind: 'text', param: 'kind', value: 'KIND', choices: KINDS, help: 'What sort of checkpoint it is' },
    { flag: 'cause', kind: 'text', param: 'cause', value: 'TEXT', help: 'What led to it: a tool, a hook' },
    { flag: 'pin', kind: 'flag', param: 'pin' },
    { flag: 'if-changed', kind: 'flag', param: 'ifChanged' },
  ],
  forks: ({ fork: id }) => [id],
  render: render.renderCheckpoint,
});

export const forkVerb = verb({
  name: 'fork',
  positionals: [{ param: 'name', value: 'NAME', required: false }],
  options: [
    { flag: 'from', kind: 'text', param: 'from', value: 'FORK|CHECKPOINT', candidates: 'states' },
    { flag: 'agent', kind: 'text', param: 'agent', value: 'AGENT', help: 'Who it belongs to' },
    { flag: 'task', kind: 'text', param: 'task', value: 'TASK' },
    { flag: 'dir', kind: 'text', param: 'dir', value: 'PATH', candidates: 'directories', path: 'directory', help: 'Where its directory goes; default: beside the repository' },
    { flag: 'no-dir', kind: 'flag', param: 'dir', sets: false, help: 'No directory: pyi write, read, remove and ls reach it' },
    { flag: 'probability', kind: 'number', param: 'probability', value: 'P', help: 'How likely it is to win, 0 to 1' },
    { flag: 'ttl', kind: 'number', param: 'ttlSeconds', value: 'SECONDS' },
  ],
  render: render.renderFork,
});

export const forks = verb({
  name: 'forks',
  positionals: [{ param: 'forks', value: 'FORK', required: false, many: true, candidates: 'forks' }],
  options: [
    { flag: 'task', kind: 'text', param: 'task', value: 'TASK', help: 'Only the forks of this task' },
    { flag: 'all', kind: 'flag', param: 'all' },
  ],
  render: render.renderForks,
});

/** Which checkpoints of the timeline are meant. */
export const chosenCheckpoints = [
  { flag: 'fork', kind: 'text', param: 'fork', value: 'FORK', candidates: 'forks', help: 'Only the checkpoints of this fork' },
  { flag: 'agent', kind: 'text', param: 'agent', value: 'AGENT', help: 'Only the checkpoints of this agent' },
  { flag: 'task', kind: 'text', param: 'task', value: 'TASK', help: 'Only the checkpoints of forks of this task' },
  { flag: 'no-task', kind: 'flag', param: 'task', sets: null, help: 'Only the checkpoints of forks without a task' },
  { flag: 'kind', kind: 'repeated', param: 'kinds', value: 'KIND', choices: KINDS, help: 'Only this kind; may be given again' },
  { flag: 'text', kind: 'text', param: 'text', value: 'TEXT', help: 'Only those with this text in message, name or cause' },
  { flag: 'after', kind: 'time', param: 'after', value: 'TIME', help: 'Only from then on; a date, or milliseconds since 1970' },
  { flag: 'before', kind: 'time', param: 'before', value: 'TIME', help: 'Only older ones; a date, or milliseconds since 1970' },
] as const satisfies readonly Option<'timeline'>[];

export const timeline = verb({
  name: 'timeline',
  positionals: [],
  options: [
    ...chosenCheckpoints,
    { flag: 'limit', short: 'n', kind: 'number', param: 'limit', value: 'N', help: 'How many' },
    { flag: 'offset', kind: 'number', param: 'offset', value: 'N', help: 'How many of the newest to leave out' },
  ],
  forks: (entries) => entries.map((entry) => entry.fork),
  render: render.renderTimeline,
});

export const changes = verb({
  name: 'changes',
  positionals: [{ param: 'from', value: 'A', required: false, candidates: 'states' }, { param: 'to', value: 'B', required: false, candidates: 'states' }],
  options: [{ flag: 'patch', kind: 'flag', param: 'patch', help: 'As a unified diff, which "git apply" takes' }],
  render: render.renderChanges,
});

export const rewind = verb({
  name: 'rewind',
  positionals: [{ param: 'checkpoint', value: 'CHECKPOINT', required: true, candidates: 'checkpoints' }],
  options: [fork, { flag: 'paths', kind: 'list', param: 'paths', value: 'PATH…', candidates: 'files', path: 'tree' }, dryRun],
  forks: ({ fork: id }) => [id],
  render: render.renderRewind,
});

export const undo = verb({ name: 'undo', positionals: [], options: [fork], forks: (result) => [result.fork], render: render.renderUndo });

const forkArgument = { param: 'fork', value: 'FORK', required: true, candidates: 'forks' } as const;
const stateArgument = { param: 'fork', value: 'FORK|CHECKPOINT', required: true, candidates: 'states', help: 'Fork, or checkpoint: id or unique prefix' } as const;
const pathArgument = { param: 'path', value: 'PATH', required: true, path: 'tree', help: 'Path from the root of the tree' } as const;

export const write = verb({
  name: 'write',
  positionals: [forkArgument, pathArgument],
  options: [{ flag: 'mode', kind: 'text', param: 'mode', value: 'MODE', choices: ['file', 'executable', 'symlink'] }, level],
  content: 'stdin',
  forks: ({ fork: id }) => [id],
  render: render.renderWrite,
});

export const read = verb({ name: 'read', positionals: [stateArgument, pathArgument], options: [], content: 'stdout', render: () => '' });

export const remove = verb({ name: 'remove', positionals: [forkArgument, pathArgument], options: [level], forks: (result) => [result.fork], render: render.renderRemove });

export const ls = verb({
  name: 'ls',
  positionals: [stateArgument, { ...pathArgument, required: false, help: 'Directory or file; default: the root' }],
  options: [{ flag: 'recursive', short: 'r', kind: 'flag', param: 'recursive', help: 'What lies below, too' }],
  render: render.renderLs,
});

export const discard = verb({
  name: 'discard',
  positionals: [{ param: 'forks', value: 'FORK', required: true, many: true, candidates: 'forks' }],
  options: [],
  forks: ({ discarded }) => discarded,
  render: render.renderDiscard,
});

export const integrate = verb({
  name: 'integrate',
  positionals: [forkArgument],
  options: [{ flag: 'into', kind: 'text', param: 'into', value: 'FORK', required: true, candidates: 'forks', help: 'The fork that receives the changes' }, message],
  forks: (result) => [result.fork, result.into],
  render: render.renderIntegrate,
});

export const entangle = verb({
  name: 'entangle',
  positionals: [{ param: 'first', value: 'A', required: true, candidates: 'forks' }, { param: 'second', value: 'B', required: true, candidates: 'forks' }],
  options: [{ flag: 'kind', kind: 'text', param: 'kind', value: 'KIND', required: true, choices: ['causal', 'conflict'] }],
  forks: ({ first, second }) => [first, second],
  render: render.renderEntangle,
});

export const materialize = verb({
  name: 'materialize',
  positionals: [{ param: 'checkpoint', value: 'CHECKPOINT', required: true, candidates: 'states' }],
  options: [
    { flag: 'out', kind: 'text', param: 'out', value: 'DIR', required: true, candidates: 'directories', path: 'directory', help: 'The directory to write' },
    { flag: 'include', kind: 'repeated', param: 'include', value: 'GLOB', help: 'Only what matches; may be given again' },
    { flag: 'exclude', kind: 'repeated', param: 'exclude', value: 'GLOB', help: 'Not what matches; may be given again' },
    dryRun,
  ],
  render: render.renderMaterialize,
});
