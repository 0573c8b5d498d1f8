import { PyiError } from './errors.ts';

/** A full object or record id in lower-case hex: 64 digits for content, 32 for forks and operations. */
export type HexId = string;

/** How many hex digits people see. */
export const SHORT_ID_LENGTH = 12;

/** The form in which an id is printed for people. */
export function shortId(id: HexId): string {
  return id.slice(0, SHORT_ID_LENGTH);
}

/**
 * Checks text that should be an id or a prefix of one (4 to 64 hex digits) and lower-cases it.
 * @throws PyiError `INVALID_ARGUMENT`
 */
export function checkIdPrefix(text: string): string {
  if (!isIdPrefix(text)) {
    throw new PyiError('INVALID_ARGUMENT', `Not an id: ${JSON.stringify(text.slice(0, 80))}`,
      'Give at least 4 hex digits of an id, as "pyi timeline" or "pyi forks" print them.');
  }
  return text.toLowerCase();
}

/** True when `text` could be an id or a prefix of one. */
export function isIdPrefix(text: string): boolean {
  return /^[0-9a-f]{4,64}$/i.test(text);
}
