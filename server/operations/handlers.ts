import type { CallContext, Handlers, OperationName, Params, Result } from '../../protocol/registry.ts';
import { diskError } from '../store/disk.ts';
import { agentAttach, agentGrant, agentHeartbeat, agentRegister, agentResume, agentSuspend, agentTerminate } from './agents.ts';
import { audit } from './audit.ts';
import { changes } from './changes.ts';
import { checkpoint } from './checkpoint.ts';
import { claim, claims } from './claims.ts';
import { collapse } from './collapse.ts';
import { find } from './find.ts';
import { ls, read, remove, write } from './files.ts';
import { fork } from './fork.ts';
import { checkServerAccess, guarded } from './guard.ts';
import { history } from './history.ts';
import type { Host, Located, OperationContext } from './host.ts';
import { doctor, stats, verify } from './inspection.ts';
import { integrate } from './integrate.ts';
import { agents, forks, tally, timeline } from './listing.ts';
import { discard, entangle, phase, pin } from './marks.ts';
import { materialize } from './materialize.ts';
import { observe } from './observe.ts';
import { race } from './race.ts';
import { radar } from './radar.ts';
import { rewind } from './rewind.ts';
import { setup } from './setup.ts';
import { queue, submit } from './submit.ts';
import { superposition } from './superposition.ts';
import { sweep } from './sweep.ts';
import { undo } from './undo.ts';
import { where } from './where.ts';

type Operation<N extends OperationName> = (host: Host, params: Params<N>, context: OperationContext) => Promise<Result<N>>;
/** What the server itself answers, not a store. */
export type ServerOperationName = 'about' | 'git-compat' | 'stop';
type ServerOperations = Pick<Handlers, ServerOperationName>;
type StoreOperationName = Exclude<OperationName, keyof ServerOperations>;

/** Every operation, bound to the host, and timed as its caller sees it. */
export function makeHandlers(host: Host, server: ServerOperations): Handlers {
  const bind = <N extends StoreOperationName>(name: N, operation: Operation<N>) => async (params: Params<N>, context: CallContext): Promise<Result<N>> => {
    const started = host.clock.micros();
    let located: Located | undefined;
    const watched: Host = {
      clock: host.clock, gitShim: host.gitShim,
      // Found once for each call: to look for it again would cost as much as the rest of a small operation.
      locate: async (directory) => located !== undefined && directory === params.repository ? located : (located = await host.locate(directory)),
      create: async (directory, allowUnusualRoot) => {
        const made = await host.create(directory, allowUnusualRoot);
        located = made;
        return made;
      },
    };
    try {
      const { repository: directory } = params;
      if (name === 'setup') checkServerAccess(name, context);
      const place = 'allowUnusualRoot' in params ? await watched.create(directory, params.allowUnusualRoot) : await watched.locate(directory);
      const result = await guarded(place, name, params, context, (guardedContext) => operation(watched, params, guardedContext));
      if (isTimed(name, params)) located?.repository.parts.metrics.record(name, host.clock.micros() - started);
      return result;
    } catch (error) {
      throw isSystemError(error) ? diskError(error, `use ${error.path ?? 'the disk'}`) : error;
    }
  };
  return {
    setup: bind('setup', setup),
    checkpoint: bind('checkpoint', checkpoint),
    fork: bind('fork', fork),
    forks: bind('forks', forks),
    timeline: bind('timeline', timeline),
    tally: bind('tally', tally),
    history: bind('history', history),
    superposition: bind('superposition', superposition),
    where: bind('where', where),
    radar: bind('radar', radar),
    changes: bind('changes', changes),
    rewind: bind('rewind', rewind),
    undo: bind('undo', undo),
    write: bind('write', write),
    read: bind('read', read),
    remove: bind('remove', remove),
    ls: bind('ls', ls),
    find: bind('find', find),
    observe: bind('observe', observe),
    collapse: bind('collapse', collapse),
    race: bind('race', race),
    discard: bind('discard', discard),
    integrate: bind('integrate', integrate),
    entangle: bind('entangle', entangle),
    materialize: bind('materialize', materialize),
    pin: bind('pin', pin),
    agents: bind('agents', agents),
    'agent/register': bind('agent/register', agentRegister),
    'agent/attach': bind('agent/attach', agentAttach),
    'agent/suspend': bind('agent/suspend', agentSuspend),
    'agent/resume': bind('agent/resume', agentResume),
    'agent/terminate': bind('agent/terminate', agentTerminate),
    'agent/heartbeat': bind('agent/heartbeat', agentHeartbeat),
    'agent/grant': bind('agent/grant', agentGrant),
    claim: bind('claim', claim),
    claims: bind('claims', claims),
    submit: bind('submit', submit),
    queue: bind('queue', queue),
    audit: bind('audit', audit),
    stats: bind('stats', stats),
    doctor: bind('doctor', doctor),
    sweep: bind('sweep', sweep),
    verify: bind('verify', verify),
    phase: bind('phase', phase),
    about: server.about,
    'git-compat': server['git-compat'],
    stop: async (params, context) => {
      checkServerAccess('stop', context);
      return server.stop(params, context);
    },
  };
}

/** Of a checkpoint the engine's own time counts (see Repository); a dry run says nothing about the real one. */
function isTimed(name: OperationName, params: object): boolean {
  return name !== 'checkpoint' && !('dryRun' in params && params.dryRun === true);
}

/** A failed system call, as Node reports it. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}
