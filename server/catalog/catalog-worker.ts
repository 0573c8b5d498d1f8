import { parentPort } from 'node:worker_threads';
import initSqlJs from 'sql.js';
import { dispatch } from './dispatch.ts';
import type { CatalogMessage, CatalogReply } from './host.ts';
import { CatalogService } from './service.ts';

/** Entry of the catalog's worker thread. */

/** Without a question for this long, the catalog may save itself. */
const IDLE_MILLIS = 10_000;

function serve(port: NonNullable<typeof parentPort>): void {
  const reply = (message: CatalogReply): void => port.postMessage(message);
  // Loading SQLite takes a moment; messages that come meanwhile wait for it, in order.
  const service = initSqlJs().then((sqlJs) => new CatalogService(sqlJs, (problem) => reply({ kind: 'problem', problem })));
  const idle = setInterval(() => void service.then((ready) => ready.idle()), IDLE_MILLIS).unref();
  port.on('message', (message: CatalogMessage) => {
    idle.refresh();
    void service.then((ready) => reply(dispatch(ready, message)));
  });
}

if (parentPort !== null) serve(parentPort);
