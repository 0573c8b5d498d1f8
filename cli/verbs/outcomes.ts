import { verb } from '../verb.ts';
import * as render from '../render/outcomes.ts';

const TIMEOUT_HELP = 'A command that runs longer is ended';

export const observe = verb({
  name: 'observe',
  positionals: [{ param: 'fork', value: 'FORK', required: true, candidates: 'forks' }],
  options: [
    { flag: 'score', kind: 'number', param: 'score', value: 'N' },
    { flag: 'evidence', kind: 'text', param: 'evidence', value: 'TEXT' },
    { flag: 'timeout', kind: 'number', param: 'timeoutSeconds', value: 'SECONDS', help: TIMEOUT_HELP },
  ],
  command: 'command',
  environment: true,
  forks: ({ fork }) => [fork],
  render: render.renderObserve,
});

export const collapse = verb({
  name: 'collapse',
  positionals: [{ param: 'fork', value: 'FORK', required: false, candidates: 'forks' }],
  options: [
    { flag: 'message', short: 'm', kind: 'text', param: 'message', value: 'MESSAGE', help: 'Message of the commit' },
    { flag: 'task', kind: 'text', param: 'task', value: 'TASK' },
    { flag: 'keep', kind: 'flag', param: 'keep' },
    { flag: 'dry-run', kind: 'flag', param: 'dryRun', help: 'Say what would be done, and do nothing' },
  ],
  forks: ({ winner, discarded }) => [winner, ...discarded],
  render: render.renderCollapse,
});

export const race = verb({
  name: 'race',
  positionals: [],
  options: [
    { flag: 'count', short: 'n', kind: 'number', param: 'count', value: 'K', required: true, help: 'How many forks' },
    { flag: 'task', kind: 'text', param: 'task', value: 'TASK', help: 'Name of the task' },
    { flag: 'try', kind: 'text', param: 'try', value: 'COMMAND', required: true },
    { flag: 'validate', kind: 'text', param: 'validate', value: 'COMMAND', required: true, help: 'Shell command that judges an attempt' },
    { flag: 'message', short: 'm', kind: 'text', param: 'message', value: 'MESSAGE', help: 'Message of the commit' },
    { flag: 'parallel', kind: 'number', param: 'parallel', value: 'N', help: 'How many run at once' },
    { flag: 'timeout', kind: 'number', param: 'timeoutSeconds', value: 'SECONDS', help: TIMEOUT_HELP },
    { flag: 'budget', kind: 'number', param: 'budgetSeconds', value: 'SECONDS', help: 'For all attempts together; then the best so far is taken' },
    { flag: 'enough', kind: 'number', param: 'enough', value: 'SCORE' },
    { flag: 'no-collapse', kind: 'flag', param: 'collapse', sets: false, help: 'Leave the choice to me' },
  ],
  environment: true,
  render: render.renderRace,
});
