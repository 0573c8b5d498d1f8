import { PyiError } from '../protocol/errors.ts';
import { t } from './l10n.ts';

/** Why nothing is done in a workspace that is not trusted. */
export function notTrusted(): PyiError {
  return new PyiError('UNAUTHORIZED', t('This workspace is not trusted.'), t('Trust it first: PYI runs git in it, with the hooks and settings that it brings.'));
}
