import { verb } from '../verb.ts';
import * as render from '../render/upkeep.ts';

export const setup = verb({
  name: 'setup',
  positionals: [],
  options: [{ flag: 'allow-unusual-root', kind: 'flag', param: 'allowUnusualRoot' }],
  render: render.renderSetup,
});

export const agents = verb({ name: 'agents', positionals: [], options: [], render: render.renderAgents });

export const stats = verb({ name: 'stats', positionals: [], options: [], render: render.renderStats });

export const doctor = verb({
  name: 'doctor',
  positionals: [],
  options: [{ flag: 'repair', kind: 'flag', param: 'repair', help: 'Mend what can be rebuilt' }],
  render: render.renderDoctor,
  failed: (result) => !result.ok,
});

export const sweep = verb({
  name: 'sweep',
  positionals: [],
  options: [
    { flag: 'dry-run', kind: 'flag', param: 'dryRun', help: 'Say what would be done, and do nothing' },
    { flag: 'grace', kind: 'number', param: 'graceSeconds', value: 'SECONDS' },
  ],
  forks: (result) => [...result.forks, ...result.decayed],
  render: render.renderSweep,
});

export const verify = verb({ name: 'verify', positionals: [], options: [], render: render.renderVerify, failed: (result) => !result.ok });

export const phase = verb({
  name: 'phase',
  positionals: [{ param: 'phase', value: 'PHASE', required: false, choices: ['compatible', 'hybrid', 'machine'] }],
  options: [],
  render: render.renderPhase,
});

export const pin = verb({
  name: 'pin',
  positionals: [{ param: 'checkpoint', value: 'CHECKPOINT', required: true, candidates: 'checkpoints' }],
  options: [
    { flag: 'name', kind: 'text', param: 'name', value: 'NAME', help: 'Call it so from now on' },
    { flag: 'no-name', kind: 'flag', param: 'name', sets: null, help: 'Take its name away' },
    { flag: 'off', kind: 'flag', param: 'pinned', sets: false, help: 'Let it go again, and its name with it' },
  ],
  render: render.renderPin,
});

export const gitCompat = verb({
  name: 'git-compat', positionals: [], options: [], repository: false, render: render.renderGitCompat, failed: (result) => result.faults.length > 0,
});

export const about = verb({ name: 'about', positionals: [], options: [], render: render.renderAbout });

export const stop = verb({ name: 'stop', positionals: [], options: [], repository: false, render: render.renderStop });
