import { randomUUID } from 'node:crypto';
import { existsSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { findGit } from '../connect/find-git.ts';
import packageJson from '../package.json';
import { PROTOCOL_VERSION } from '../protocol/wire.ts';
import type { Handlers } from '../protocol/registry.ts';
import { catalogWorkerHost } from './catalog/host.ts';
import { EventHub } from './events.ts';
import { Git } from './git/exec.ts';
import { HookAnswers } from './hooks/hook-answers.ts';
import type { Log, LogLevel } from './log.ts';
import { FileLog, LOG_LEVELS } from './log.ts';
import { makeHandlers } from './operations/handlers.ts';
import type { ServerOperationName } from './operations/handlers.ts';
import { GIT_ONLY_MARK } from './operations/phase-mark.ts';
import { Repositories } from './operations/repositories.ts';
import { treatments } from './shim/routes/commands.ts';
import { Shim } from './shim/shim.ts';
import { NodeDisk } from './store/node-disk.ts';
import { NodeProcesses } from './store/node-processes.ts';
import { WorkerRewriter } from './store/worker-rewriter.ts';
import { systemClock, SystemRandom } from './system.ts';
import { startWorker } from './worker-thread.ts';
import { ensureDirectory, serverAddress } from './transport/address.ts';
import { Dispatcher } from './transport/dispatcher.ts';
import { ShimServer } from './transport/shim-server.ts';
import { SocketServer } from './transport/socket-server.ts';
import { serveStdio } from './transport/stdio.ts';
import { systemAfter } from './transport/timers.ts';
import { parseParams } from './transport/validate.ts';

/** The server process: puts the parts together, then serves until nobody needs it. */

const IDLE_MILLIS = 15 * 60_000;
const UPKEEP_MILLIS = 30_000;
/** How often agents that fell silent are looked for. */
const HEARTBEAT_MILLIS = 1000;
/** How long calls in hand may take to end after `stop` before they are cancelled. */
const DRAIN_MILLIS = 5_000;

/** The share of the time that may go into answers ahead of the question, in percent. */
const GIT_BUDGET_PERCENT = 20;
/** One in so many answers for git is compared with git's own. */
const GIT_CHECK_EVERY = 200;

const { env } = process;
const gitSettings = {
  scope: env['PYI_GIT_SCOPE'] === 'all' ? 'all' as const : 'stores' as const,
  budget: Math.min(Math.max(positive(env['PYI_GIT_BUDGET']) ?? GIT_BUDGET_PERCENT, 1), 100),
  checkEvery: Math.round(positive(env['PYI_GIT_CHECK']) ?? GIT_CHECK_EVERY),
};
const startedAt = systemClock.now();
const host = { env, platform: process.platform, uid: process.getuid?.() };
const level = LOG_LEVELS.find((name) => name === env['PYI_LOG']) ?? 'info';

async function main(args: readonly string[]): Promise<void> {
  const address = serverAddress(host);
  ensureDirectory(address);
  const log = logIn(address.directory, level);
  const events = new EventHub(randomUUID());
  const git = new Git({ executable: findGit(host, undefined) ?? 'git', env, defaultCwd: tmpdir() });
  const disk = new NodeDisk();
  const rewriter = new WorkerRewriter(() => startWorker('rewrite-worker', { name: 'pyi rewrite' }));
  let shim: Shim | undefined;
  const repositories = new Repositories({
    git, clock: systemClock, random: new SystemRandom(), disk, processes: new NodeProcesses(disk, linkTarget),
    rewriter, startCatalog: catalogWorkerHost,
    logFor: (storeDirectory) => logIn(path.join(storeDirectory, 'logs'), level), emit: events.emit,
    gitShim: () => ({ faults: (shim?.faults ?? []).map(({ form }) => form), elsewhere: shim?.elsewhere ?? 0 }),
  });
  let socketServer: SocketServer | undefined;
  let shimServer: ShimServer | undefined;
  const end = onceEnded();
  const dispatcher: Dispatcher = new Dispatcher({
    handlers: makeHandlers(repositories, serverOperations()),
    events, log, clock: systemClock, version: packageJson.version, pid: process.pid, onRetire: () => { end.now('retired'); },
  });

  function serverOperations(): Pick<Handlers, ServerOperationName> {
    return {
      about: async ({ repository }) => {
        const located = repository === undefined ? undefined : await repositories.find(repository);
        const version = await git.run(['version'], { okCodes: [0] }).then(({ stdout }) => stdout.toString('utf8').trim(), () => null);
        return {
          version: packageJson.version, protocol: PROTOCOL_VERSION, pid: process.pid, socket: socketServer?.description.socket ?? null,
          node: process.version, git: version, store: located?.storeDirectory ?? null,
          config: located === undefined ? null : path.join(located.storeDirectory, 'config.json'),
          uptimeSeconds: Math.round(process.uptime()), stores: repositories.count, clients: dispatcher.clients,
        };
      },
      'git-compat': async () => ({
        answering: shim !== undefined, since: startedAt, scope: gitSettings.scope, budget: gitSettings.budget, checkEvery: gitSettings.checkEvery,
        checked: shim?.checked ?? 0, elsewhere: shim?.elsewhere ?? 0, repositories: shim?.repositories ?? 0, watches: shim?.watches ?? 0,
        commands: treatments(shim?.tally ?? []), faults: (shim?.faults ?? []).map((fault) => ({ ...fault, args: [...fault.args] })),
      }),
      stop: async () => {
        setImmediate(() => { end.now('stopped'); });
        return { stopping: true };
      },
    };
  }

  // stderr goes into a file that the next start overwrites.
  process.on('uncaughtExceptionMonitor', (error) => { log.error('The server ends on an unexpected error', { error }); });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => { end.now(signal); });
  const upkeep = setInterval(() => { void repositories.upkeep(); }, UPKEEP_MILLIS);
  upkeep.unref();
  const heartbeats = setInterval(() => { void repositories.checkHeartbeats(); }, HEARTBEAT_MILLIS);
  heartbeats.unref();

  if (args.includes('--stdio')) {
    void serveStdio({ dispatcher, input: process.stdin, output: process.stdout, log }).then(() => { end.now('stdin closed'); });
  } else {
    const named = args[args.indexOf('--socket') + 1];
    socketServer = await SocketServer.listen({
      dispatcher, address, version: packageJson.version, pid: process.pid, clock: systemClock, after: systemAfter, log,
      idleMillis: idleMillis(), onEnd: (reason) => { end.now(reason); }, ...(args.includes('--socket') && named !== undefined ? { socket: named } : {}),
    });
    if (socketServer === undefined) {
      log.info('Another server runs already');
      return;
    }
    if (host.platform === 'linux') {
      shim = makeShim(git, log, path.join(address.directory, 'shim'));
      const hooks = makeHookAnswers(dispatcher, log);
      shimServer = await ShimServer.listen({ address, log, ask: async (question) => (question.isHook === true ? hooks.answer(question) : shim?.ask(question)) });
    }
  }

  log.info('Ending', { reason: await end.reason });
  clearInterval(upkeep);
  clearInterval(heartbeats);
  await shimServer?.close();
  shim?.close();
  const cancel = systemAfter(DRAIN_MILLIS, () => { dispatcher.abortAll(); });
  await dispatcher.drain();
  cancel();
  await repositories.closeAll();
  await rewriter.close();
  await socketServer?.close();
}

/** What answers for git. Only where the order of the system's events makes an answer certain: on Linux. */
function makeShim(git: Git, log: Log, directory: string): Shim {
  return new Shim({
    git, log, directory, env, clock: systemClock, after: systemAfter, version: packageJson.version, uid: host.uid,
    isInScope: ({ commonDir }) => {
      const store = path.join(commonDir, 'pyi');
      return (gitSettings.scope === 'all' || existsSync(path.join(store, 'segments'))) && !existsSync(path.join(store, GIT_ONLY_MARK));
    },
    share: gitSettings.budget / 100, checkEvery: gitSettings.checkEvery,
  });
}

/** What answers the hooks of Claude Code. A front that lets go cancels nothing: what was begun is recorded. */
function makeHookAnswers(dispatcher: Dispatcher, log: Log): HookAnswers {
  return new HookAnswers({
    version: packageJson.version, clock: systemClock, log,
    call: async (name, params) => {
      dispatcher.noteUse();
      return dispatcher.call(name, parseParams(name, params), { signal: new AbortController().signal, progress: () => undefined });
    },
  });
}

/** The number that a variable holds; undefined when it is none, or below 0. */
function positive(text: string | undefined): number | undefined {
  const value = Number(text);
  return text !== undefined && text !== '' && value >= 0 ? value : undefined;
}

/** A promise for the first reason to end. */
function onceEnded(): { readonly reason: Promise<string>; readonly now: (reason: string) => void } {
  let now: (reason: string) => void = () => undefined;
  const reason = new Promise<string>((resolve) => { now = resolve; });
  return { reason, now };
}

function logIn(directory: string, threshold: LogLevel): Log {
  return new FileLog({ file: path.join(directory, 'pyi.log'), level: threshold, clock: systemClock });
}

function idleMillis(): number {
  const minutes = Number(env['PYI_IDLE_MINUTES']);
  return minutes > 0 ? minutes * 60_000 : IDLE_MILLIS;
}

function linkTarget(file: string): string | undefined {
  try {
    return readlinkSync(file);
  } catch {
    return undefined;
  }
}

main(process.argv.slice(2)).then(
  () => { process.exit(0); },
  (error: unknown) => {
    process.stderr.write(`pyi server: ${error instanceof Error ? error.stack ?? error.message : String(error)}\n`);
    process.exit(1);
  },
);
