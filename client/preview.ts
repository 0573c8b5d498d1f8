import { safe } from '../protocol/text.ts';
import { t } from './l10n.ts';

/** Names that fit a dialog; the rest is counted. */
const LISTED = 12;

/** What an operation will do to files, for the detail of a dialog. */
export function filesPreview({ written, removed }: { readonly written: readonly string[]; readonly removed: readonly string[] }): string {
  if (written.length + removed.length === 0) return t('No file changes.');
  const names = [...written.map((path) => t('write  {0}', safe(path))), ...removed.map((path) => t('remove  {0}', safe(path)))];
  const left = names.length - LISTED;
  const more = left <= 0 ? [] : [left === 1 ? t('and 1 more file') : t('and {0} more files', left)];
  const head = written.length === 1 ? t('1 file to write, {0} to remove:', removed.length) : t('{0} files to write, {1} to remove:', written.length, removed.length);
  return [head, ...names.slice(0, LISTED), ...more].join('\n');
}
