import type { Phase } from '../../protocol/values.ts';
import type { Translate } from './fill.ts';

/** The phases of a repository, in their order: each goes one step further than the one before. */
export const PHASES = ['compatible', 'hybrid', 'machine'] as const satisfies readonly Phase[];

export interface PhaseText {
  readonly name: string;
  /** What is different in it. */
  readonly meaning: string;
}

/** A phase in words; `t` is that of the extension or of the page. */
export function phaseText(phase: Phase, t: Translate): PhaseText {
  switch (phase) {
    case 'compatible':
      return { name: t('Compatible'), meaning: t('Git alone answers: PYI’s git front hands every command on to git. Nothing is recorded unasked: automatic checkpoints are off.') };
    case 'hybrid':
      return { name: t('Hybrid'), meaning: t('PYI’s git front answers commands that only read, as git would; git does every write.') };
    case 'machine':
      return { name: t('Machine'), meaning: t('Agents write through PYI; git sees what is collapsed to commits.') };
  }
}

/** What all phases have in common. To be said wherever one is chosen. */
export function phaseNote(t: Translate): string {
  return t('PYI’s git front answers where it stands in for git, as after “PYI: Use PYI as Git”. You can go one step back at any time, and nothing is lost.');
}

/** Steps from one phase to another; negative when it goes back. */
export function phaseSteps(from: Phase, to: Phase): number {
  return PHASES.indexOf(to) - PHASES.indexOf(from);
}
