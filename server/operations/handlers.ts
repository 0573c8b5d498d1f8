import type { CallContext, Handlers, OperationName, Params, Result } from '../../protocol/registry.ts';
import { diskError } from '../store/disk.ts';
import { changes } from './changes.ts';
import { checkpoint } from './checkpoint.ts';
import { collapse } from './collapse.ts';
import { find } from './find.ts';
import { ls, read, remove, write } from './files.ts';
import { fork } from './fork.ts';
import { history } from './history.ts';
import type { Host, Located } from './host.ts';
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
import { superposition } from './superposition.ts';
import { sweep } from './sweep.ts';
import { undo } from './undo.ts';
import { where } from './where.ts';

type Operation<N extends OperationName> = (host: Host, params: Params<N>, context: CallContext) => Promise<Result<N>>;
/** What the server itself answers, not a store. */
type ServerOperations = Pick<Handlers, 'about' | 'git-compat' | 'stop'>;
type StoreOperationName = Exclude<OperationName, keyof ServerOperations>;

/** Every operation, bound to the host, and timed as its caller sees it. */
export function makeHandlers(host: Host, server: ServerOperations): Handlers {
  const bind = <N extends StoreOperationName>(name: N, operation: Operation<N>) => async (params: Params<N>, context: CallContext): Promise<Result<N>> => {
    const started = host.clock.micros();
    let located: Located | undefined;
    const watched: Host = {
      clock: host.clock, gitShim: host.gitShim,
      locate: async (directory) => (located = await host.locate(directory)),
      create: async (directory, allowUnusualRoot) => {
        const made = await host.create(directory, allowUnusualRoot);
        located = made;
        return made;
      },
    };
    try {
      const result = await operation(watched, params, context);
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
    stats: bind('stats', stats),
    doctor: bind('doctor', doctor),
    sweep: bind('sweep', sweep),
    verify: bind('verify', verify),
    phase: bind('phase', phase),
    ...server,
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
