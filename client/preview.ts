import { count, safe } from '../protocol/text.ts';

/** Names that fit a dialog; the rest is counted. */
const LISTED = 12;

/** What an operation will do to files, for the detail of a dialog. */
export function filesPreview({ written, removed }: { readonly written: readonly string[]; readonly removed: readonly string[] }): string {
  if (written.length + removed.length === 0) return 'No file changes.';
  const names = [...written.map((path) => `write  ${safe(path)}`), ...removed.map((path) => `remove  ${safe(path)}`)];
  const more = names.length > LISTED ? [`and ${count(names.length - LISTED, 'more file')}`] : [];
  return [`${count(written.length, 'file')} to write, ${removed.length} to remove:`, ...names.slice(0, LISTED), ...more].join('\n');
}
