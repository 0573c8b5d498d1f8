/** Entry of the worker thread that rewrites segments; see `worker-rewriter.ts`. */
import { parentPort } from 'node:worker_threads';
import { diskError } from './disk.ts';
import { NodeDisk } from './node-disk.ts';
import { rewriteSegment } from './rewrite.ts';
import type { RewriteReply, RewriteRequest } from './worker-rewriter.ts';

const disk = new NodeDisk();

parentPort?.on('message', ({ id, job }: RewriteRequest) => {
  const reply = (message: RewriteReply): void => { parentPort?.postMessage(message); };
  rewriteSegment(disk, job).then(
    (result) => { reply({ id, result }); },
    (error: unknown) => { reply({ id, error: diskError(error, 'compact').toShape() }); },
  );
});
