import { PyiError } from '../../protocol/errors.ts';
import { safe } from '../../protocol/text.ts';
import { t } from '../l10n.ts';
import { hasLoneSurrogate } from './places.ts';

/**
 * The line that makes Git ignore one path of the work tree and nothing else, in the `.gitignore` at its top (gitignore(5)).
 * @throws PyiError `INVALID_PATH` for a name that no line can hold
 */
export function ignoreLine(path: string): string {
  // git ends a line at LF, drops a CR before it, and reads bytes; VS Code writes UTF-8.
  if (/[\n\r\0]/.test(path) || hasLoneSurrogate(path)) {
    throw new PyiError('INVALID_PATH', t('No line of a .gitignore can name {0}.', safe(path)), t('Rename the file, or write a pattern with "?" in place of the character.'));
  }
  return `/${path.replace(/[\\*?[]/g, '\\$&').replace(/ +$/, (spaces) => '\\ '.repeat(spaces.length))}`;
}

/** What to add at the end of a `.gitignore` so that it has these lines; empty when it has them all. */
export function ignoreAddition(content: string, lines: readonly string[]): string {
  const present = new Set(content.split(/\r?\n/));
  const missing = [...new Set(lines)].filter((line) => !present.has(line));
  if (missing.length === 0) return '';
  const end = content.includes('\r\n') ? '\r\n' : '\n';
  return `${content === '' || content.endsWith('\n') ? '' : end}${missing.map((line) => `${line}${end}`).join('')}`;
}
