import { safe } from '../../protocol/text.ts';
import { noIcons } from '../choices.ts';
import { t } from '../l10n.ts';

/** A file that a rewind would change, as a row with a check mark. */
export interface FileChoice {
  readonly label: string;
  readonly description: string;
  readonly picked: boolean;
  readonly path: string;
  readonly removed: boolean;
}

/** Every file that would change, by path; all are picked at first. */
export function choicesOf(written: readonly string[], removed: readonly string[]): FileChoice[] {
  const choice = (path: string, isRemoved: boolean): FileChoice => (
    { label: noIcons(safe(path)), description: isRemoved ? t('will be removed') : t('will be written'), picked: true, path, removed: isRemoved });
  return [...written.map((path) => choice(path, false)), ...removed.map((path) => choice(path, true))].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** What was picked of them; `paths` is undefined when that is all, and all of it undefined when it is nothing. */
export function keptChoices(choices: readonly FileChoice[], kept: readonly FileChoice[]): { paths: string[] | undefined; written: string[]; removed: string[] } | undefined {
  if (kept.length === 0) return undefined;
  const paths = kept.map(({ path }) => path);
  return {
    paths: kept.length === choices.length ? undefined : paths,
    written: kept.filter(({ removed }) => !removed).map(({ path }) => path),
    removed: kept.filter(({ removed }) => removed).map(({ path }) => path),
  };
}
