import { PyiError } from '../protocol/errors.ts';

/** The command line itself is wrong: exit code 2, whatever the code says. */
export class UsageError extends PyiError {
  constructor(message: string, hint: string) {
    super('INVALID_ARGUMENT', message, hint);
    this.name = 'UsageError';
  }
}
