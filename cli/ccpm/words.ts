/** The commands of `pyi ccpm`. */
export const CCPM_COMMANDS = {
  install: 'Put the commands and the rule that CCPM lacks beside it; changes none of its files',
  uninstall: 'Take them out again [--force: also those that were changed]',
  status: '[EPIC]: epics, tasks and streams with their forks',
  start: 'EPIC [TASK…] [--fresh]: one fork for each stream, its files claimed, tied as the tasks say',
  close: 'EPIC TASK [-m MESSAGE] [--evidence TEXT] [--timeout SECONDS] [--dry-run] -- COMMAND…: prove, commit, then say that the task may be closed',
  stop: 'EPIC [TASK…]: discard its live forks; one undo brings them back',
  resolve: 'EPIC: merge the work tree into its forks again, and list what is in conflict',
} as const;

export type CcpmCommand = keyof typeof CCPM_COMMANDS;

export function isCcpmCommand(word: string): word is CcpmCommand {
  return Object.hasOwn(CCPM_COMMANDS, word);
}
