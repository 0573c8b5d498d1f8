import type { Asked } from './git-place.ts';

/** What is asked of a repository of `GitPlace`. */
export interface Subject {
  /** A file of it. */
  readonly file: string;
  /** Its absolute path. */
  readonly absolute: string;
  /** Object of the file. */
  readonly blob: string;
  /** The commit at HEAD. */
  readonly head: string;
}

export interface Weighed extends Asked {
  /** How often it is asked, beside the others. */
  readonly weight: number;
}

const PANEL_BRANCH = '%(refname)%00%(upstream:short)%00%(objectname)%00%(upstream:track)%00%(upstream:remotename)%00%(upstream:remoteref)';
const PANEL_REFS = '%(refname)%00%(objectname)%00%(*objectname)';
const PANEL_DETAILS = `${PANEL_REFS}%00%(parent)%00%(*parent)%00%(authorname)%00%(*authorname)%00%(committerdate:unix)%00%(*committerdate:unix)%00%(subject)%00%(*subject)%00%(upstream:track)`;
const PANEL_LOG = ['-c', 'i18n.logOutputEncoding=UTF-8', 'log', '--format=%H%n%aN%n%aE%n%at%n%ct%n%P%n%D%n%B', '-z'];
const PANEL_DIFF = ['diff', '--raw', '--numstat', '--diff-filter=ADMR', '-z', '--find-renames=50%'];
/** As VS Code asks for it. */
export const PANEL_STATUS: Asked = { args: ['status', '-z', '-uall'], env: { GIT_OPTIONAL_LOCKS: '0' } };

/** Short questions that scripts, prompts and agents ask all the time. */
export const SMALL: Readonly<Record<string, Asked>> = {
  'rev-parse HEAD': { args: ['rev-parse', 'HEAD'] },
  'rev-parse --show-toplevel': { args: ['rev-parse', '--show-toplevel'] },
  'symbolic-ref HEAD': { args: ['symbolic-ref', '--short', 'HEAD'] },
  'branch --show-current': { args: ['branch', '--show-current'] },
  'config --get': { args: ['config', '--get', 'remote.origin.url'] },
  'for-each-ref': { args: ['for-each-ref', '--sort', '-committerdate', '--format', PANEL_REFS] },
  'merge-base': { args: ['merge-base', 'main', 'topic-9'] },
};

/** A refresh of VS Code's panel. */
export const REFRESH: readonly Asked[] = [
  { args: ['config', '--get', 'commit.template'] },
  { args: ['for-each-ref', `--format=${PANEL_BRANCH}`, 'refs/heads/main', 'refs/remotes/main'] },
  PANEL_STATUS,
  { args: ['for-each-ref', '--sort', '-committerdate', '--format', PANEL_REFS] },
];

/** What VS Code's panel asks when a file is opened. */
export function opening({ file, absolute, blob }: Subject): Asked[] {
  return [
    { args: ['check-ignore', '-v', '-z', '--stdin'], input: `${absolute}\0` },
    { args: ['ls-files', '--stage', '--', file] },
    { args: ['cat-file', '-s', blob] },
    { args: ['show', '--textconv', `:${file}`] },
  ];
}

/** A command that changes something, as all of them are git's: it finds nothing to change, so that it can be repeated. */
function change({ file }: Subject): Asked {
  return { args: ['add', '-A', '--', file] };
}

/** What VS Code's panel asked in a recorded session of 1,407 calls, and how often. */
export function panelMix(subject: Subject): Weighed[] {
  const { file, absolute, blob, head } = subject;
  const [ignored = change(subject), staged = change(subject)] = opening(subject);
  const mix: readonly (readonly [number, Asked | readonly string[]])[] = [
    [164, ['for-each-ref', '--sort', '-committerdate', '--format', PANEL_REFS]],
    [163, ['for-each-ref', `--format=${PANEL_BRANCH}`, 'refs/heads/main', 'refs/remotes/main']],
    [148, PANEL_STATUS],
    [139, ['config', '--get', 'commit.template']],
    [72, ignored],
    [64, staged],
    [64, ['cat-file', '-s', blob]],
    [64, ['ls-tree', '-l', 'HEAD', '--', file]],
    [64, ['ls-tree', '-l', head, '--', file]],
    [61, ['show', '--textconv', `${head}:${file}`]],
    [48, ['show', '--textconv', `:${file}`]],
    [40, ['show', '--textconv', `HEAD:${file}`]],
    [40, { args: [...PANEL_LOG, '--shortstat', '--diff-merges=first-parent', '-n50', '--skip=0', '--topo-order', '--decorate=full', '--stdin'], input: 'refs/heads/main\nrefs/remotes/origin/main\n' }],
    [26, ['merge-base', 'main', 'origin/topic-1']],
    [23, ['merge-base', 'refs/heads/main', 'refs/remotes/origin/topic-1']],
    [30, [...PANEL_DIFF, `${head}...refs/remotes/origin/topic-1`, '--']],
    [15, ['show', '--textconv', `:1:${file}`]],
    [14, ['config', '--get', '--local', 'branch.main.vscode-merge-base']],
    [11, ['reflog', 'main', '--grep-reflog=branch: Created from *.']],
    [13, ['for-each-ref', '--sort', '-committerdate', '--format', PANEL_DETAILS]],
    [9, ['rev-parse', '--show-toplevel']],
    [9, ['-c', 'i18n.logOutputEncoding=UTF-8', 'blame', '--root', '--incremental', head, '--', file]],
    [9, [...PANEL_LOG, '-n51', '--shortstat', '--follow', '--', absolute]],
    [8, ['symbolic-ref', '--short', 'refs/remotes/origin/HEAD']],
    [5, ['--version']],
    [4, ['rev-parse', '--git-dir', '--git-common-dir', '--show-superproject-working-tree']],
    [4, ['stash', 'list', '--format=%H%n%P%n%gd%n%gs%n%at%n%ct', '-z']],
    [4, ['rev-list', '--count', `${head}..`, '--', absolute]],
    [4, ['for-each-ref', '--format', PANEL_REFS, 'refs/tags']],
    [3, ['branch']],
    [7, ['-c', 'i18n.logOutputEncoding=UTF-8', 'show', '-s', '--decorate=full', '--shortstat', '--format=%H%n%aN%n%aE%n%at%n%ct%n%P%n%D%n%B', '-z', 'HEAD', '--']],
    [78, change(subject)],
  ];
  return mix.map(weighed);
}

/** What CCPM's texts and scripts name, for two issues of three streams with four commits each. Nobody recorded how often; this is from its texts. */
export function agentMix(subject: Subject): Weighed[] {
  const mix: readonly (readonly [number, Asked | readonly string[]])[] = [
    [24, ['status', '--porcelain']],
    [48, change(subject)],
    [24, ['log', '--oneline', '-5']],
    [12, ['status', '--short']],
    [6, ['status', '-sb']],
    [6, ['diff', '--stat']],
    [6, ['diff', '--name-only']],
    [6, ['diff', '--name-status', 'main...topic-9']],
    [6, ['branch', '--show-current']],
    [6, ['rev-parse', '--show-toplevel']],
    [6, ['rev-parse', '--abbrev-ref', 'HEAD']],
    [6, ['worktree', 'list']],
    [2, ['remote', '-v']],
    [2, ['stash', 'list']],
    [2, ['ls-files', '--', subject.file]],
  ];
  return mix.map(weighed);
}

/** What one prompt of git-prompt.sh asks with everything that it can show. */
export const PROMPT_MIX: readonly Weighed[] = ([
  [1, ['rev-parse', '--git-dir', '--is-inside-git-dir', '--is-bare-repository', '--is-inside-work-tree', '--short', 'HEAD']],
  [1, ['symbolic-ref', 'HEAD']],
  [2, ['config', '--bool', 'bash.showDirtyState']],
  [1, ['diff', '--no-ext-diff', '--quiet']],
  [1, ['diff', '--no-ext-diff', '--cached', '--quiet']],
  [1, ['rev-parse', '--verify', '--quiet', 'refs/stash']],
  [1, ['ls-files', '--others', '--exclude-standard', '--directory', '--no-empty-directory', '--error-unmatch', '--', ':/*']],
  [1, ['config', '-z', '--get-regexp', '^(svn-remote\\..*\\.url|bash\\.showUpstream)$']],
  [1, ['rev-list', '--count', '--left-right', '@{upstream}...HEAD']],
] as const).map(weighed);

function weighed([weight, asked]: readonly [number, Asked | readonly string[]]): Weighed {
  return { weight, ...('args' in asked ? asked : { args: asked }) };
}
