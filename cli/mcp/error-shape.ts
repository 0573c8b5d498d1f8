import { PyiError } from '../../protocol/errors.ts';
import type { ErrorShape } from '../../protocol/errors.ts';

/** What an agent is told of an error. */
export function errorShape(error: unknown): ErrorShape {
  return PyiError.is(error) ? error.toShape() : { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error), hint: 'Run "pyi doctor".' };
}
