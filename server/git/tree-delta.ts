import type { BytePath } from '../../protocol/paths.ts';
import type { Git } from './exec.ts';
import type { GitLayout, ObjectFormat } from './layout.ts';
import { nulFields } from './nul.ts';

/** Id of the tree without entries, which git knows without having it. */
export const EMPTY_TREE: Readonly<Record<ObjectFormat, string>> = {
  sha1: '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
  sha256: '6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321',
};

/** How an index or a tree records a path: mode and object id; mode `000000` where it does not. */
interface Recorded {
  readonly mode: string;
  readonly id: string;
}

/** A path that two commits record differently. */
export interface TreeChange {
  readonly path: BytePath;
  readonly before: Recorded;
  readonly after: Recorded;
}

const ABSENT = '000000';

/** What differs from one commit to another; null stands for the time before the first commit. */
export async function treeDelta(git: Git, layout: GitLayout, from: string | null, to: string | null): Promise<TreeChange[]> {
  const empty = EMPTY_TREE[layout.objectFormat];
  const { stdout } = await git.run(['diff-tree', '-r', '-z', '--raw', '--no-renames', '--no-abbrev', from ?? empty, to ?? empty], { cwd: layout.root });
  const fields = [...nulFields(stdout)];
  const changes: TreeChange[] = [];
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const [before = '', after = '', beforeId = '', afterId = ''] = (fields[i] ?? '').slice(1).split(' ');
    changes.push({ path: fields[i + 1] as BytePath, before: { mode: before, id: beforeId }, after: { mode: after, id: afterId } });
  }
  return changes;
}

/**
 * Moves the entries of an index along with a commit: every change whose path is in `named`, and of the
 * others those where the index still has what the commit came from. So what the user has staged
 * elsewhere stays staged, also when a hook put the same path into the commit.
 */
export async function applyToIndex(
  git: Git, layout: GitLayout, indexFile: string, changes: readonly TreeChange[], named: ReadonlySet<BytePath>,
): Promise<void> {
  const env = { GIT_INDEX_FILE: indexFile };
  const others = changes.filter((change) => !named.has(change.path));
  const staged = others.length === 0 ? new Map<BytePath, string>() : await stagedEntries(git, layout, indexFile);
  const moving = changes.filter((change) => named.has(change.path)
    || (staged.get(change.path) ?? '') === (change.before.mode === ABSENT ? '' : `${change.before.mode} ${change.before.id} 0`));
  // Removals first: `a` may have to go before `a/b` can come.
  const lines = [...moving.filter(isRemoval), ...moving.filter((change) => !isRemoval(change))]
    .map(({ path, after }) => `${after.mode} ${after.id}\t${path}\0`).join('');
  await git.run(['update-index', '-z', '--index-info'], { cwd: layout.root, env, input: Buffer.from(lines, 'latin1') });
  // Entries from --index-info have no file times; this looks at the files, and hashes those alone.
  await git.run(['update-index', '-q', '--unmerged', '--refresh'], { cwd: layout.root, env, okCodes: [0, 1] });
}

function isRemoval(change: TreeChange): boolean {
  return change.after.mode === ABSENT;
}

async function stagedEntries(git: Git, layout: GitLayout, indexFile: string): Promise<Map<BytePath, string>> {
  const { stdout } = await git.run(['ls-files', '-s', '-z'], { cwd: layout.root, env: { GIT_INDEX_FILE: indexFile } });
  const entries = new Map<BytePath, string>();
  for (const field of nulFields(stdout)) {
    const tab = field.indexOf('\t');
    entries.set(field.slice(tab + 1) as BytePath, field.slice(0, tab));
  }
  return entries;
}
