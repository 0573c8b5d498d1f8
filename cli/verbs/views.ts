import { verb } from '../verb.ts';
import * as render from '../render/views.ts';
import { chosenCheckpoints } from './states.ts';

export const tally = verb({
  name: 'tally',
  positionals: [],
  options: [
    { flag: 'by', kind: 'text', param: 'by', value: 'WHAT', choices: ['day', 'agent', 'task'] },
    { flag: 'time-zone', kind: 'text', param: 'timeZone', value: 'ZONE' },
    ...chosenCheckpoints,
  ],
  render: render.renderTally,
});

export const history = verb({
  name: 'history',
  word: 'lineage', // "git history" rewrites commits
  positionals: [{ param: 'path', value: 'FILE', required: true, path: 'tree', candidates: 'files', help: 'Path from the root of the tree' }],
  options: [
    { flag: 'fork', kind: 'text', param: 'fork', value: 'FORK', candidates: 'forks', help: 'Only the checkpoints of this fork' },
    { flag: 'limit', short: 'n', kind: 'number', param: 'limit', value: 'N', help: 'How many' },
    { flag: 'before', kind: 'time', param: 'before', value: 'TIME', help: 'Only older ones; a date, or milliseconds since 1970' },
  ],
  forks: ({ entries }) => entries.map(({ checkpoint }) => checkpoint.fork),
  render: render.renderHistory,
});

export const superposition = verb({
  name: 'superposition',
  positionals: [],
  options: [
    { flag: 'task', kind: 'text', param: 'task', value: 'TASK', help: 'Only the forks of this task' },
    { flag: 'all', kind: 'flag', param: 'all' },
    { flag: 'dots', kind: 'number', param: 'dots', value: 'N' },
  ],
  forks: (branches) => branches.flatMap(({ overlaps }) => overlaps.worst.map(({ fork }) => fork)),
  render: render.renderSuperposition,
});

export const where = verb({ name: 'where', positionals: [], options: [], render: render.renderWhere });

export const radar = verb({
  name: 'radar',
  positionals: [{ param: 'paths', value: 'FILE', required: false, many: true, path: 'tree', candidates: 'files' }],
  options: [{ flag: 'fork', kind: 'text', param: 'fork', value: 'FORK', candidates: 'forks', help: 'Of this fork; default: the one whose directory this is' }],
  forks: ({ fork }) => [fork],
  render: render.renderRadar,
});

export const find = verb({
  name: 'find',
  positionals: [
    { param: 'fork', value: 'FORK|CHECKPOINT', required: true, candidates: 'states', help: 'Fork, or checkpoint: id, unique prefix or name' },
    { param: 'text', value: 'TEXT', required: true, help: 'What to look for' },
  ],
  options: [
    { flag: 'regex', short: 'E', kind: 'flag', param: 'regex' },
    { flag: 'match-case', kind: 'flag', param: 'matchCase', help: 'Tell capital letters from small ones' },
    { flag: 'include', kind: 'repeated', param: 'include', value: 'GLOB', help: 'Only in files that match; may be given again' },
    { flag: 'exclude', kind: 'repeated', param: 'exclude', value: 'GLOB', help: 'Not in files that match; may be given again' },
    { flag: 'limit', short: 'n', kind: 'number', param: 'limit', value: 'N', help: 'How many matches' },
  ],
  render: render.renderFind,
});
