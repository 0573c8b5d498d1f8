/** The error codes of every PYI interface. The set is a contract: add, never rename. */
export const ERROR_CODES = [
  'NOT_FOUND',
  'BRANCH_STALE',
  'FORK_MERGED',
  'FORK_DISCARDED',
  'NAME_EXISTS',
  'INVALID_ARGUMENT',
  'INVALID_PATH',
  'CONFLICT',
  'QUOTA_EXCEEDED',
  'NO_SPACE',
  'CORRUPT_OBJECT',
  'UNAUTHORIZED',
  'UNSUPPORTED_VERSION',
  'BUSY',
  'CANCELLED',
  'INTERNAL',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** The shape in which an error leaves the process (`--json`, JSON-RPC `data`). */
export interface ErrorShape {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
}

/**
 * The one error type that crosses a module boundary on purpose.
 *
 * `message` says what happened and to what; `hint` says what to do next. Throwing one
 * promises that no state was changed.
 */
export class PyiError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;

  constructor(code: ErrorCode, message: string, hint: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'PyiError';
    this.code = code;
    this.hint = hint;
  }

  /** True when `error` is a PyiError, and of `code` when one is given. */
  static is(error: unknown, code?: ErrorCode): error is PyiError {
    return error instanceof PyiError && (code === undefined || error.code === code);
  }

  toShape(): ErrorShape {
    return { code: this.code, message: this.message, hint: this.hint };
  }
}
