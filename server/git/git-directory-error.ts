import { PyiError } from '../../protocol/errors.ts';
import { systemCode } from '../store/disk.ts';

/** What a failed write into the git directory means to a user. `where` names the file or folder. */
export function gitDirectoryError(error: unknown, where: string): PyiError {
  const cause = { cause: error };
  switch (systemCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new PyiError('NO_SPACE', `No room for the index in ${where}`, 'Make room on the disk and try again.', cause);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new PyiError('UNAUTHORIZED', `The Git directory cannot be written: ${where}`,
        'Check its owner and mode, and that the disk is not mounted read-only.', cause);
    default:
      return new PyiError('INTERNAL', `The index cannot be replaced in ${where}: ${error instanceof Error ? error.message : String(error)}`,
        'Check the disk and try again.', cause);
  }
}
