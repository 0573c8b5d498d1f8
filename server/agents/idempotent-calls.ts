import { PyiError } from '../../protocol/errors.ts';
import type { Engine } from '../engine/engine.ts';
import type { ReceiptRecord } from '../engine/records.ts';
import { receiptKey } from '../engine/state.ts';

/** A call that names a key. */
export interface KeyedCall {
  /** Empty: the user. */
  readonly agent: string;
  readonly key: string;
  readonly operation: string;
  readonly params: unknown;
  /** The result is a secret, which must not come to the disk: a repeated call learns only that it was carried out. */
  readonly secret?: boolean;
}

/** A larger result is not kept: repeating the call after a restart then says only that it was carried out. */
const MAX_RESULT_BYTES = 64 * 1024;

/**
 * Carries out what has a key once, however often it is asked for: a client that lost its connection repeats its call without doing
 * it twice. The receipt is committed with the effect (`Engine.withReceipt`); the result follows before the reply.
 */
export class IdempotentCalls {
  readonly #engine: Engine;
  readonly #hash: (bytes: Uint8Array) => Buffer;
  readonly #running = new Map<string, { readonly digest: string; readonly result: Promise<unknown> }>();

  constructor(engine: Engine, hash: (bytes: Uint8Array) => Buffer) {
    this.#engine = engine;
    this.#hash = hash;
  }

  /**
   * @param run carries the call out, with the receipt that is to be committed with its effect
   * @param rebuild makes the result anew where a crash came between the effect and the result; undefined when it cannot
   * @throws PyiError `INVALID_ARGUMENT` (the key stands for another call), `CONFLICT` (carried out, but its result is lost), and what `run` throws
   */
  async once<R>(call: KeyedCall, run: (receipt: ReceiptRecord) => Promise<R>, rebuild: (receipt: ReceiptRecord) => R | undefined): Promise<R> {
    const place = receiptKey(call.agent, call.key);
    const digest = this.#hash(Buffer.from(`${call.operation}\0${JSON.stringify(call.params)}`)).toString('hex', 0, 16);
    const running = this.#running.get(place);
    if (running !== undefined) {
      checkSame(call, running.digest, digest);
      // The same key and parameters: the same result.
      return running.result as Promise<R>;
    }
    const known = this.#engine.state.receipts.get(place);
    if (known !== undefined) {
      checkSame(call, known.digest, digest);
      return resultOf(known, rebuild);
    }
    const receipt: ReceiptRecord = { type: 'receipt', agent: call.agent, key: call.key, operation: call.operation, digest, time: this.#engine.clock.now() };
    const result = this.#carryOut(place, receipt, call.secret === true, run);
    this.#running.set(place, { digest, result });
    try {
      return await result;
    } finally {
      this.#running.delete(place);
    }
  }

  async #carryOut<R>(place: string, receipt: ReceiptRecord, secret: boolean, run: (receipt: ReceiptRecord) => Promise<R>): Promise<R> {
    const result = await run(receipt);
    const done = this.#engine.state.receipts.get(place) ?? receipt;
    const isKept = !secret && JSON.stringify(result).length <= MAX_RESULT_BYTES;
    try {
      this.#engine.transact([isKept ? { ...done, result } : done], 'process');
    } catch {
      // A disk that is full now keeps the result from being kept, and not the call from having been carried out.
    }
    return result;
  }
}

function checkSame({ key, operation }: KeyedCall, known: string, given: string): void {
  if (known === given) return;
  throw new PyiError('INVALID_ARGUMENT', `The idempotency key ${JSON.stringify(key)} was used for another call than this ${operation}`, 'Use a new key for every call, and the same only to repeat one.');
}

function resultOf<R>(receipt: ReceiptRecord, rebuild: (receipt: ReceiptRecord) => R | undefined): R {
  // What was stored under this key and these parameters is the result of this operation.
  const result = receipt.result === undefined ? rebuild(receipt) : receipt.result as R;
  if (result !== undefined) return result;
  throw new PyiError('CONFLICT', `This ${receipt.operation} was carried out already, but what it answered is no longer known`, 'Do not repeat it; look at the fork: pyi forks, pyi timeline.');
}
