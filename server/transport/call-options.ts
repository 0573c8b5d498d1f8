import * as z from 'zod';
import { PyiError } from '../../protocol/errors.ts';
import { IDEMPOTENCY_KEY, PROGRESS_TOKEN } from '../../protocol/wire.ts';

/** What stands beside the parameters of a call and is no parameter. */
export interface CallOptions {
  readonly progressToken: string | number | undefined;
  readonly idempotencyKey: string | undefined;
  /** The parameters alone. */
  readonly params: unknown;
}

const ProgressToken = z.union([z.string().max(200), z.int()]);
const IdempotencyKey = z.string().min(1).max(200);

/** Parts what a caller wants of the call from what the operation is given. @throws PyiError `INVALID_ARGUMENT` */
export function splitCallOptions(raw: unknown): CallOptions {
  if (typeof raw !== 'object' || raw === null || !(Object.hasOwn(raw, PROGRESS_TOKEN) || Object.hasOwn(raw, IDEMPOTENCY_KEY))) {
    return { progressToken: undefined, idempotencyKey: undefined, params: raw };
  }
  const { [PROGRESS_TOKEN]: token, [IDEMPOTENCY_KEY]: key, ...params } = raw as Record<string, unknown>;
  const progressToken = ProgressToken.optional().safeParse(token);
  if (!progressToken.success) throw new PyiError('INVALID_ARGUMENT', `"${PROGRESS_TOKEN}" must be text or a whole number.`, 'Leave it out when no progress is wanted.');
  const idempotencyKey = IdempotencyKey.optional().safeParse(key);
  if (!idempotencyKey.success) throw new PyiError('INVALID_ARGUMENT', `"${IDEMPOTENCY_KEY}" must be text of 1 to 200 characters.`, 'A random UUID for each call is a good key.');
  return { progressToken: progressToken.data, idempotencyKey: idempotencyKey.data, params };
}
