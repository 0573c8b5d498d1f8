import { FileLog } from '../../../server/log.ts';
import { serverAddress } from '../../../server/transport/address.ts';
import { Dispatcher } from '../../../server/transport/dispatcher.ts';
import { SocketServer } from '../../../server/transport/socket-server.ts';
import { serveStdio } from '../../../server/transport/stdio.ts';
import { systemAfter } from '../../../server/transport/timers.ts';
import { FakeEvents, fakeHandlers } from './fakes.ts';

/** A server as `server/main.ts` composes it, with handlers that do nothing. Its version is `PYI_TEST_VERSION`. */

const { env, pid } = process;
const version = env['PYI_TEST_VERSION'] ?? '1.0.0';
if (env['PYI_TEST_FAIL'] !== undefined) {
  process.stderr.write('cannot load the engine\n');
  process.exit(3);
}

const clock = { now: Date.now, micros: () => performance.now() * 1000 };
const address = serverAddress({ env, platform: process.platform, uid: process.getuid?.() });
const log = new FileLog({ file: `${address.directory}/server.log`, level: 'debug', clock });
const stopping = new AbortController();
let server: SocketServer | undefined;

const shutDown = async (): Promise<void> => {
  await dispatcher.drain();
  await server?.close();
  stopping.abort();
};
const stop = (): void => void setImmediate(() => void shutDown());

const dispatcher: Dispatcher = new Dispatcher({
  log, clock, version, pid,
  events: new FakeEvents(),
  onRetire: stop,
  handlers: fakeHandlers({
    about: async () => ({ version, protocol: 1, pid, socket: server?.description.socket ?? null, node: process.version, git: null, store: null, config: null, uptimeSeconds: 1, stores: 0, clients: dispatcher.clients }),
    stop: async () => {
      stop();
      return { stopping: true };
    },
    verify: async (_params, { signal }) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
  }),
});

if (process.argv.includes('--stdio')) {
  await serveStdio({ dispatcher, input: process.stdin, output: process.stdout, log, stop: stopping.signal });
  process.stdin.destroy();
} else {
  const socketIndex = process.argv.indexOf('--socket');
  const socket = socketIndex < 0 ? undefined : process.argv[socketIndex + 1];
  server = await SocketServer.listen({ dispatcher, address, version, pid, clock, after: systemAfter, log, idleMillis: 3000, onEnd: stop, ...(socket === undefined ? {} : { socket }) });
}
