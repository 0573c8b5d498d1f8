import { startWorker } from '../worker-thread.ts';
import type { CallName, CatalogCalls } from './service.ts';

/** A question to the service, as it crosses the thread border. */
export type CatalogMessage = { readonly [N in CallName]: { readonly id: number; readonly call: N; readonly argument: Parameters<CatalogCalls[N]>[0] } }[CallName];

export type CatalogReply =
  | { readonly kind: 'value'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly message: string }
  | { readonly kind: 'problem'; readonly problem: string };

/** Where the service runs. */
export interface CatalogHost {
  post(message: CatalogMessage): void;
  /** Ends it at once. */
  end(): Promise<void>;
}

export interface HostEvents {
  reply(reply: CatalogReply): void;
  /** It died and will not reply again. */
  failed(error: Error): void;
}

export type StartCatalogHost = (events: HostEvents) => CatalogHost;

/** Runs the service in a worker thread of its own. */
export const catalogWorkerHost: StartCatalogHost = (events) => {
  const worker = startWorker('catalog-worker', { name: 'pyi catalog' });
  worker.on('message', (reply: CatalogReply) => events.reply(reply));
  worker.on('error', (error) => events.failed(error));
  worker.on('exit', (code) => events.failed(new Error(`its thread ended with code ${code}`)));
  return {
    post: (message) => worker.postMessage(message),
    end: async () => {
      worker.removeAllListeners();
      // An error while it ends has nobody left to concern, but without a listener it would end the process.
      worker.on('error', () => undefined);
      await worker.terminate();
    },
  };
};
