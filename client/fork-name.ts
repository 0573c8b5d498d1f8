import { t } from './l10n.ts';

const LONGEST = 200;

/**
 * What is wrong with the name of a fork or task, in words; undefined when it may be used. The rules are those of `Name` in
 * protocol/values.ts, said while somebody types; the server has the last word.
 */
export function nameProblem(name: string, taken: ReadonlySet<string> = new Set()): string | undefined {
  if (name === '') return undefined;
  if (name.length > LONGEST) return t('A name has at most {0} characters.', LONGEST);
  if (/[/\\:]/.test(name)) return t('A name has no "/", "\\" or ":".');
  if (/[\p{Cc}\p{Cs}\p{Bidi_C}]/u.test(name)) return t('A name has no control or direction characters.');
  if (/^\s/.test(name)) return t('A name does not start with a space.');
  if (name.startsWith('-') || name === '.' || name === '..') return t('A name is not "." or ".." and does not start with "-".');
  return taken.has(name) ? t('There is a live fork of this name.') : undefined;
}
