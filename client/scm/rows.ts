import { safe } from '../../protocol/text.ts';
import type { Result } from '../../protocol/registry.ts';
import { t } from '../l10n.ts';
import { filesText } from '../../webview/shared/files-text.ts';

export type ChangeKind = 'added' | 'changed' | 'deleted' | 'renamed';

/** A file that differs from the checkpoint that the list compares with. */
export interface ChangeRow {
  readonly path: string;
  /** Where it was before it was renamed. */
  readonly oldPath: string | undefined;
  readonly kind: ChangeKind;
}

/** A file that another fork changed, too. */
export interface ForkRow {
  readonly path: string;
  readonly fork: string;
  readonly name: string;
  readonly agent: string;
  readonly head: string;
  readonly kind: Exclude<ChangeKind, 'renamed'>;
}

export interface Cut<T> {
  readonly rows: readonly T[];
  /** Rows that were left out. */
  readonly more: number;
}

/** VS Code keeps every row of a group, in two processes. */
export const MAX_ROWS = 5000;

/** Files of `changes`, by path. */
export function changeRows({ added, changed, deleted, renamed }: Result<'changes'>, limit = MAX_ROWS): Cut<ChangeRow> {
  const row = (kind: ChangeKind) => (path: string): ChangeRow => ({ path, oldPath: undefined, kind });
  return cut([
    ...added.map(row('added')), ...changed.map(row('changed')), ...deleted.map(row('deleted')),
    ...renamed.map(({ from, to }): ChangeRow => ({ path: to, oldPath: from, kind: 'renamed' })),
  ].sort(byPath), limit);
}

/** A row for each fork and file of `radar`. */
export function forkRows({ touched }: Pick<Result<'radar'>, 'touched'>, limit = MAX_ROWS): Cut<ForkRow> {
  return cut(touched.flatMap(({ path, forks }) => forks.map(({ change, ...fork }): ForkRow => ({ path, ...fork, kind: change }))).sort(byPath), limit);
}

function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

function cut<T>(rows: readonly T[], limit: number): Cut<T> {
  return rows.length <= limit ? { rows, more: 0 } : { rows: rows.slice(0, limit), more: rows.length - limit };
}

/** What a changed file's row says when the pointer rests on it, and to a screen reader. */
export function changeTooltip({ path, oldPath, kind }: ChangeRow): string {
  switch (kind) {
    case 'added':
      return t('{0} · added', safe(path));
    case 'changed':
      return t('{0} · changed', safe(path));
    case 'deleted':
      return t('{0} · deleted', safe(path));
    case 'renamed':
      return t('{0} · renamed, was {1}', safe(path), safe(oldPath ?? ''));
  }
}

/** The name that a row of another fork shows: what is told apart among the rows of one file. No `/`: it is a name in a path. */
export function forkLabel({ name, agent, kind }: ForkRow): string {
  const [fork, who] = [safe(name), safe(agent)].map((text) => text.replaceAll('/', '\u2215'));
  switch (kind) {
    case 'added':
      return t('{0} ({1}) added it', fork ?? '', who ?? '');
    case 'changed':
      return t('{0} ({1}) changed it', fork ?? '', who ?? '');
    case 'deleted':
      return t('{0} ({1}) deleted it', fork ?? '', who ?? '');
  }
}

/** `+1 ~2 -3`, all of what `changes` found. A renamed file counts as a changed one. */
export function changeSummary({ added, changed, deleted, renamed }: Result<'changes'>): string {
  return filesText({ added: added.length, changed: changed.length + renamed.length, deleted: deleted.length, conflicts: 0 }, t);
}
