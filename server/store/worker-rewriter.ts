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

interface Running {
  readonly worker: Worker;
  readonly waiting: Map<number, Waiting>;
}

/** Runs `rewrite-worker.ts` in a worker thread, started with the first job. May serve many stores; whoever made it closes it. */
export class WorkerRewriter implements SegmentRewriter {
  readonly #startWorker: () => Worker;
  #running: Running | undefined;
  #nextId = 1;

  constructor(startWorker: () => Worker) {
    this.#startWorker = startWorker;
  }

  rewrite(job: RewriteJob): Promise<RewriteResult> {
    const { worker, waiting } = this.#running ??= this.#start();
    const id = this.#nextId++;
    worker.ref();
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, job } satisfies RewriteRequest);
    });
  }

  async close(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.worker.terminate();
  }

  #start(): Running {
    const running: Running = { worker: this.#startWorker(), waiting: new Map() };
    const { worker, waiting } = running;
    worker.on('message', (reply: RewriteReply) => {
      const asker = waiting.get(reply.id);
      waiting.delete(reply.id);
      // Without work it must not keep the process alive.
      if (waiting.size === 0) worker.unref();
      if ('result' in reply) asker?.resolve(reply.result);
      else asker?.reject(new PyiError(reply.error.code, reply.error.message, reply.error.hint));
    });
    worker.on('error', (error) => { this.#fail(running, error); });
    worker.on('exit', () => { this.#fail(running, undefined); });
    return running;
  }

  /** The worker is gone: its jobs fail, the next one starts another. */
  #fail(running: Running, cause: unknown): void {
    if (this.#running === running) this.#running = undefined;
    for (const { reject } of running.waiting.values()) {
      reject(new PyiError('INTERNAL', 'The worker that rewrites segments ended', 'The store is as before; run "pyi sweep" again.', { cause }));
    }
    running.waiting.clear();
  }
}
