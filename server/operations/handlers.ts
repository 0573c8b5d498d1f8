import type { CallContext, Handlers, OperationName, Params, Result } from '../../protocol/registry.ts';
import { diskError } from '../store/disk.ts';
import { changes } from './changes.ts';
import { checkpoint } from './checkpoint.ts';
import { collapse } from './collapse.ts';
import { ls, read, remove, write } from './files.ts';
import { fork } from './fork.ts';
import type { Host } from './host.ts';
import { doctor, stats, verify } from './inspection.ts';
import { integrate } from './integrate.ts';
import { agents, forks, timeline } from './listing.ts';
import { discard, entangle, phase, pin } from './marks.ts';
import { materialize } from './materialize.ts';
import { observe } from './observe.ts';
import { race } from './race.ts';
import { rewind } from './rewind.ts';
import { setup } from './setup.ts';
import { sweep } from './sweep.ts';
import { undo } from './undo.ts';

type Operation<N extends OperationName> = (host: Host, params: Params<N>, context: CallContext) => Promise<Result<N>>;
/** What the server itself answers, not a store. */
type ServerOperations = Pick<Handlers, 'about' | 'stop'>;

/** Every operation, bound to the host. */
export function makeHandlers(host: Host, server: ServerOperations): Handlers {
  const bind = <N extends OperationName>(operation: Operation<N>) => async (params: Params<N>, context: CallContext): Promise<Result<N>> => {
    try {
      return await operation(host, params, context);
    } catch (error) {
      throw isSystemError(error) ? diskError(error, `use ${error.path ?? 'the disk'}`) : error;
    }
  };
  return {
    setup: bind<'setup'>(setup),
    checkpoint: bind<'checkpoint'>(checkpoint),
    fork: bind<'fork'>(fork),
    forks: bind<'forks'>(forks),
    timeline: bind<'timeline'>(timeline),
    changes: bind<'changes'>(changes),
    rewind: bind<'rewind'>(rewind),
    undo: bind<'undo'>(undo),
    write: bind<'write'>(write),
    read: bind<'read'>(read),
    remove: bind<'remove'>(remove),
    ls: bind<'ls'>(ls),
    observe: bind<'observe'>(observe),
    collapse: bind<'collapse'>(collapse),
    race: bind<'race'>(race),
    discard: bind<'discard'>(discard),
    integrate: bind<'integrate'>(integrate),
    entangle: bind<'entangle'>(entangle),
    materialize: bind<'materialize'>(materialize),
    pin: bind<'pin'>(pin),
    agents: bind<'agents'>(agents),
    stats: bind<'stats'>(stats),
    doctor: bind<'doctor'>(doctor),
    sweep: bind<'sweep'>(sweep),
    verify: bind<'verify'>(verify),
    phase: bind<'phase'>(phase),
    ...server,
  };
}

/** A failed system call, as Node reports it. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}
