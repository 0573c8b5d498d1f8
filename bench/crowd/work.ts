import { CHANGE_BYTES, firstContent, nestedPaths } from '../synthetic.ts';
import type { BytePath } from '../../protocol/paths.ts';

/** What the agents of a crowd work on, and what they write: the same for whoever does it and whoever checks it. */

/** Size of a file before anybody changes it, as sources have it in the mean. */
export const FILE_BYTES = 4096;
/** Agents that compete for one task: one in ten wins, the others are given up. */
export const RIVALS = 10;
/** Files of one task. Tasks do not share files, so that every winner can be merged. */
const TASK_FILES = 100;

export interface Crowd {
  /** Files of the repository. */
  readonly files: number;
}

export function agentName(agent: number): string {
  return `agent-${String(agent).padStart(4, '0')}`;
}

export function taskOf(agent: number): string {
  return `task-${Math.floor(agent / RIVALS)}`;
}

/** The files that an agent may change: those of its task. */
export function filesOf(agent: number, paths: readonly BytePath[]): readonly BytePath[] {
  const count = Math.min(TASK_FILES, paths.length);
  const first = (Math.floor(agent / RIVALS) * count) % (paths.length - count + 1);
  return paths.slice(first, first + count);
}

/** How good the agent's work is: another winner in each task, and no two alike. */
export function scoreOf(agent: number): number {
  return (agent * 7) % RIVALS;
}

/** The path of every file. */
export function crowdPaths(files: number): BytePath[] {
  return nestedPaths(files);
}

/** What a file holds before anybody changes it. */
export function originalContent(path: BytePath): string {
  const head = firstContent(path).toString('latin1');
  return `${head}${'// original\n'.repeat(Math.ceil((FILE_BYTES - head.length) / 12))}`;
}

const FILLER = 'The quick brown fox jumps over the lazy dog. '.repeat(60);

/** What an agent writes as its `n`th write: never the same twice. */
export function writtenContent(agent: number, n: number): string {
  const head = `// ${agentName(agent)}, write ${n}\n`;
  return `${head}${FILLER.slice(agent % 45, (agent % 45) + CHANGE_BYTES - head.length - 1)}\n`;
}
