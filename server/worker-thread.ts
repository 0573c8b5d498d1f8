import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { WorkerOptions } from 'node:worker_threads';

/** The worker threads that PYI has, by the name of their bundle in dist/ (scripts/build.mjs), and their sources. */
const SOURCES = {
  'catalog-worker': './catalog/catalog-worker.ts',
  'rewrite-worker': './store/rewrite-worker.ts',
} as const;

export type WorkerName = keyof typeof SOURCES;

/** Starts a worker thread: the bundle beside ours, or its source when we run from source. */
export function startWorker(name: WorkerName, options: WorkerOptions = {}): Worker {
  const fromSource = import.meta.url.endsWith('.ts');
  if (!fromSource) return new Worker(new URL(`./${name}.cjs`, import.meta.url), options);
  return new Worker(sourceLoader(new URL(SOURCES[name], import.meta.url)), options);
}

/**
 * A module that makes TypeScript loadable and then loads `source`. Node 20 neither hands the module hooks of
 * the main thread to a worker nor takes tsx by `execArgv` there, so the worker registers it itself.
 */
function sourceLoader(source: URL): URL {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx'));
  const api = new URL('./esm/api/index.mjs', tsx);
  const code = `import { register } from ${JSON.stringify(api.href)}; register(); await import(${JSON.stringify(source.href)});`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}
