import { PyiError } from '../protocol/errors.ts';

/** An error in words: what happened, and what to do next. */
export function errorText(error: unknown): string {
  return PyiError.is(error) ? `${error.message} ${error.hint}` : String(error);
}
