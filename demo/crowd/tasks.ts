import { mkdirSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { CANDIDATES, DRAFT, VALIDATOR } from '../candidates.ts';
import type { Candidate } from '../candidates.ts';

/** Packages that each want a better implementation of the same function: a task each, for which a dozen agents compete. */
export const TASKS = ['billing', 'search', 'scheduler', 'reports'] as const;

/** An agent: which task it has, and what it will try. */
export interface Contestant {
  readonly name: string;
  readonly task: string;
  readonly candidate: Candidate;
}

export function contestants(count: number): Contestant[] {
  return Array.from({ length: count }, (_, n) => {
    const task = TASKS[n % TASKS.length] as string;
    const candidate = CANDIDATES[Math.floor(n / TASKS.length) % CANDIDATES.length] as Candidate;
    const turn = Math.floor(n / (TASKS.length * CANDIDATES.length));
    return { name: `${candidate.agent}${turn === 0 ? '' : turn + 1}-${task}`, task, candidate };
  });
}

export function targetOf(task: string): string {
  return `packages/${task}/src/primes.mjs`;
}

export function validatorOf(task: string): string {
  return `packages/${task}/validate.mjs`;
}

/** Writes the packages: a slow draft of the function, and the validator that scores what becomes of it. */
export function writePackages(root: string): void {
  for (const task of TASKS) {
    for (const [file, text] of [[targetOf(task), DRAFT], [validatorOf(task), VALIDATOR], [`packages/${task}/README.md`, `# ${task}\n\nA function that deserves better.\n`]] as const) {
      mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      writeFileSync(path.join(root, file), text);
    }
  }
}
