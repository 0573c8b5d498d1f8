import type { CommandTally } from '../tally.ts';
import { ROUTES } from './table.ts';

/** Why a command is never answered from memory. */
export type Delegation = 'changes' | 'network' | 'input' | 'interactive' | 'rare';

/** What each kind of delegation means, for people. */
export const DELEGATIONS: Readonly<Record<Delegation, string>> = {
  changes: 'changes the repository, its files or its settings',
  network: 'speaks to another repository or a server',
  input: 'reads what it works on from stdin or from files outside the repository',
  interactive: 'talks with a person, a pager or another program',
  rare: 'asked too seldom to be worth remembering',
};

/** How git's commands are treated. `remembered`: in the forms that its route knows. */
export type Treatment = 'remembered' | Delegation;

const DELEGATED: Readonly<Record<Delegation, string>> = {
  changes: 'add am apply bisect checkout checkout-index cherry-pick clean commit commit-graph commit-tree fast-import filter-branch gc index-pack init maintenance merge merge-index merge-one-file mktag mktree mv multi-pack-index notes pack-objects pack-redundant pack-refs prune prune-packed read-tree rebase repack replace rerere reset restore revert rm sparse-checkout submodule switch unpack-file unpack-objects update-index update-ref update-server-info write-tree',
  network: 'clone daemon fetch fetch-pack http-backend ls-remote pull push remote send-pack',
  input: 'bundle check-attr check-mailmap check-ref-format column credential credential-cache credential-store fmt-merge-msg get-tar-commit-id interpret-trailers mailinfo mailsplit merge-file patch-id show-index stripspace',
  interactive: 'difftool help hook mergetool',
  rare: 'annotate archive bugreport cherry count-objects diagnose diff-files diff-index diff-tree fast-export for-each-repo format-patch fsck grep merge-tree name-rev range-diff shortlog show-branch var verify-commit verify-pack verify-tag whatchanged',
};

/** The commands of git that people, editors and agents use, by name, and how each is treated. */
export const GIT_COMMANDS: ReadonlyMap<string, Treatment> = new Map([
  ...(Object.entries(DELEGATED) as [Delegation, string][]).flatMap(([why, names]) => names.split(' ').map((name): [string, Treatment] => [name, why])),
  ...Object.keys(ROUTES).map((name): [string, Treatment] => [name, 'remembered']),
].sort(([a], [b]) => (a < b ? -1 : 1)));

/** A command, how it is treated, and how it was answered so far. */
export interface Treated extends CommandTally {
  readonly treatment: string;
}

/** Every command with what was counted of it: those that were asked first, as `tally` has them, then the others by name. */
export function treatments(tally: readonly CommandTally[]): Treated[] {
  const counted = new Set(tally.map(({ command }) => command));
  return [
    ...tally.map((count) => ({ ...count, treatment: GIT_COMMANDS.get(count.command) ?? 'rare' })),
    ...Array.from(GIT_COMMANDS, ([command, treatment]) => ({ command, treatment, hits: 0, misses: 0, delegated: 0, savedMillis: 0 })).filter(({ command }) => !counted.has(command)),
  ];
}
