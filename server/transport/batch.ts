import { PyiError } from '../../protocol/errors.ts';
import { OPERATIONS } from '../../protocol/registry.ts';
import { MAX_BATCH, MAX_MESSAGE_BYTES, methodOf } from '../../protocol/wire.ts';
import type { Call } from './calls.ts';
import { errorText } from './json-rpc.ts';
import { isOperation } from './validate.ts';

/** Calls of a batch that only read and may run side by side. Few, because the results of all are held until the last is there. */
const SIDE_BY_SIDE = 4;
/** Calls of a batch that are begun before others get a turn. */
const CALLS_A_TURN = 4;

/** An element of a batch that wants a reply. */
export interface BatchCall {
  readonly call: Call;
  readonly params: unknown;
}

/** Why a batch is refused as a whole; undefined when it is not. @param batch JSON-RPC 2.0 §6 */
export function refusalOf(batch: readonly unknown[]): PyiError | undefined {
  if (batch.length === 0) return new PyiError('INVALID_ARGUMENT', 'A batch is empty.', 'Put requests into it.');
  if (batch.length > MAX_BATCH) return new PyiError('QUOTA_EXCEEDED', `A batch of ${batch.length} messages passes the limit of ${MAX_BATCH}.`, 'Send several batches; nothing was done.');
  return undefined;
}

/**
 * Runs the calls of a batch in their order: one that changes something begins when all before it have ended, and ends before the
 * next begins. So what is asked behind a change sees it. Calls that only read and stand together run side by side.
 * @param run answers one call with the text of its reply, and never rejects
 * @param turn resolves when the batch may go on, after others
 * @returns the replies in the order of the calls
 */
export async function runBatch(calls: readonly BatchCall[], run: (call: BatchCall) => Promise<string>, turn: () => Promise<void>): Promise<string[]> {
  const replies = new Array<string>(calls.length);
  let size = 0;
  let reading: Promise<void>[] = [];
  const answer = async (index: number, element: BatchCall, mayBeLeftOut: boolean): Promise<void> => {
    const reply = await run(element);
    const fits = size + reply.length <= MAX_MESSAGE_BYTES;
    replies[index] = fits || !mayBeLeftOut ? reply : errorText(element.call.id, tooLarge(element.call.method).toShape());
    size += replies[index].length;
  };
  for (const [index, element] of calls.entries()) {
    if (index > 0 && index % CALLS_A_TURN === 0) await turn();
    const reads = isReadOnly(element.call.method);
    if (!reads || reading.length >= SIDE_BY_SIDE) {
      await Promise.all(reading);
      reading = [];
    }
    if (reads) reading.push(answer(index, element, true));
    else await answer(index, element, false);
  }
  await Promise.all(reading);
  return replies;
}

function isReadOnly(method: string): boolean {
  const name = method.slice(methodOf('').length);
  return method.startsWith(methodOf('')) && isOperation(name) && OPERATIONS[name].readOnly;
}

function tooLarge(method: string): PyiError {
  return new PyiError('QUOTA_EXCEEDED', `With the answer of ${method} the reply to the batch would pass ${MAX_MESSAGE_BYTES} bytes.`, 'Ask for it apart.');
}
