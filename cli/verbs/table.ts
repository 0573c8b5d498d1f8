import type { OperationName } from '../../protocol/registry.ts';
import type { AnyVerb } from '../verb.ts';
import * as agents from './agents.ts';
import * as outcomes from './outcomes.ts';
import * as states from './states.ts';
import * as upkeep from './upkeep.ts';
import * as views from './views.ts';

/** Every operation as a verb; the compiler misses none. In the order of the help. */
export const VERBS: Readonly<Record<OperationName, AnyVerb>> = {
  setup: upkeep.setup,
  checkpoint: states.checkpoint,
  fork: states.forkVerb,
  forks: states.forks,
  timeline: states.timeline,
  tally: views.tally,
  history: views.history,
  superposition: views.superposition,
  where: views.where,
  radar: views.radar,
  changes: states.changes,
  rewind: states.rewind,
  undo: states.undo,
  write: states.write,
  read: states.read,
  remove: states.remove,
  ls: states.ls,
  find: views.find,
  observe: outcomes.observe,
  collapse: outcomes.collapse,
  race: outcomes.race,
  discard: states.discard,
  integrate: states.integrate,
  entangle: states.entangle,
  materialize: states.materialize,
  pin: upkeep.pin,
  agents: upkeep.agents,
  'agent/register': agents.register,
  'agent/attach': agents.attach,
  'agent/suspend': agents.suspend,
  'agent/resume': agents.resume,
  'agent/terminate': agents.terminate,
  'agent/heartbeat': agents.heartbeat,
  'agent/grant': agents.grant,
  claim: agents.claim,
  claims: agents.claims,
  submit: agents.submit,
  queue: agents.queue,
  audit: agents.audit,
  stats: upkeep.stats,
  doctor: upkeep.doctor,
  sweep: upkeep.sweep,
  verify: upkeep.verify,
  phase: upkeep.phase,
  'git-compat': upkeep.gitCompat,
  about: upkeep.about,
  stop: upkeep.stop,
};

/** Words of the command line that are no operation. */
export const EXTRA_WORDS = {
  serve: 'Run the server (it is started by itself when it is needed)',
  mcp: 'Speak the Model Context Protocol on stdin and stdout',
  ccpm: 'Give the streams of CCPM epics forks of their own',
  claude: 'Put PYI into Claude Code: hooks, skill, commands, MCP server',
  completion: 'Print a completion script for bash, zsh or fish',
  help: 'Explain PYI, or one verb',
} as const;

export type ExtraWord = keyof typeof EXTRA_WORDS;

const BY_WORD: ReadonlyMap<string, AnyVerb> = new Map(Object.values(VERBS).map((verb) => [verb.word, verb]));

/** The words of all verbs, in the order of the help. */
export const VERB_WORDS: readonly string[] = [...BY_WORD.keys()];

export function findVerb(word: string): AnyVerb | undefined {
  return BY_WORD.get(word);
}

export function isExtraWord(word: string): word is ExtraWord {
  return Object.hasOwn(EXTRA_WORDS, word);
}
