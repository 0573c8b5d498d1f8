import type { Worker } from 'node:worker_threads';
import { PyiError } from '../../protocol/errors.ts';
import type { ErrorShape } from '../../protocol/errors.ts';
import type { RewriteJob, RewriteResult, SegmentRewriter } from './rewrite.ts';

export interface RewriteRequest {
  readonly id: number;
  readonly job: RewriteJob;
}

export type RewriteReply =
  | { readonly id: number; readonly result: RewriteResult }
  | { readonly id: number; readonly error: ErrorShape };

interface Waiting {
  readonly resolve: (result: RewriteResult) => void;
  readonly reject: (error: PyiError) => void;
}

/** Runs `rewrite-worker.ts` in a worker thread, started with the first job. */
export class WorkerRewriter implements SegmentRewriter {
  readonly #startWorker: () => Worker;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #nextId = 1;

  constructor(startWorker: () => Worker) {
    this.#startWorker = startWorker;
  }

  rewrite(job: RewriteJob): Promise<RewriteResult> {
    const worker = this.#worker ??= this.#start();
    const id = this.#nextId++;
    worker.ref();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.postMessage({ id, job } satisfies RewriteRequest);
    });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = this.#startWorker();
    worker.on('message', (reply: RewriteReply) => {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if (this.#waiting.size === 0) worker.unref();
      if ('result' in reply) waiting?.resolve(reply.result);
      else waiting?.reject(new PyiError(reply.error.code, reply.error.message, reply.error.hint));
    });
    worker.on('error', (error) => { this.#fail(worker, error); });
    worker.on('exit', () => { this.#fail(worker, undefined); });
    return worker;
  }

  /** The worker is gone: its jobs fail, the next one starts another. */
  #fail(worker: Worker, cause: unknown): void {
    if (this.#worker === worker) this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) {
      reject(new PyiError('INTERNAL', 'The worker that rewrites segments ended', 'The store is as before; run "pyi sweep" again.', { cause }));
    }
    this.#waiting.clear();
  }
}
