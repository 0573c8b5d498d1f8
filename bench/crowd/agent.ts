import type { BytePath } from '../../protocol/paths.ts';
import { OPERATIONS } from '../../protocol/registry.ts';
import type { OperationName, ParamsInput, Result } from '../../protocol/registry.ts';
import { SeededRandom } from '../../test/support/random.ts';
import { BrokenError, RefusedError } from './wire-client.ts';
import type { WireClient } from './wire-client.ts';
import { agentName, filesOf, originalContent, scoreOf, taskOf, writtenContent } from './work.ts';

/** Every so many steps an agent goes back, and tells how far it is. */
const REWIND_EVERY = 7;
const OBSERVE_EVERY = 5;
const REWIND_STEPS = 2;

/** A state that was acknowledged: what the agent has changed against the base, as numbers of its writes. */
type State = ReadonlyMap<BytePath, number>;

/** What must be there of an agent: what its fork holds, by number of the write, how many checkpoints it has taken, and its calls by operation. */
export interface Expected {
  readonly agent: number;
  readonly fork: string;
  readonly files: readonly (readonly [path: string, write: number])[];
  readonly checkpoints: number;
  /** How often it came back over a new connection. */
  readonly reconnects: number;
  readonly calls: Readonly<Record<string, number>>;
}

/** How an agent gets a connection: again and again where servers are killed. */
export type Connect = () => Promise<WireClient>;

/** What is told of each call that succeeded. */
export type OnCall = (name: OperationName, micros: number) => void;

/** One agent with a connection of its own: registers, forks without a directory, works step by step, and knows what must be there. */
export class CrowdAgent {
  readonly number: number;
  readonly #repository: string;
  readonly #connect: Connect;
  readonly #files: readonly BytePath[];
  readonly #random: SeededRandom;
  readonly #isFresh: boolean;
  readonly #onCall: OnCall;
  /** Every acknowledged checkpoint with what it must hold, oldest first. */
  readonly #acknowledged: { readonly checkpoint: string; readonly state: State }[] = [];
  #wire: WireClient | undefined;
  #state = new Map<BytePath, number>();
  #fork = '';
  #base = '';
  #token: string | undefined;
  #writes = 0;
  #steps = 0;
  readonly #done = new Map<string, number>();
  #calls = 0;
  #reconnects = 0;
  #isRetrying = false;

  constructor(options: { readonly number: number; readonly repository: string; readonly paths: readonly BytePath[]; readonly connect: Connect; readonly onCall: OnCall; readonly isFresh: boolean }) {
    this.number = options.number;
    this.#repository = options.repository;
    this.#connect = options.connect;
    this.#onCall = options.onCall;
    this.#isFresh = options.isFresh;
    this.#files = filesOf(options.number, options.paths);
    this.#random = new SeededRandom(1000 + options.number);
  }

  get fork(): string {
    return this.#fork;
  }

  /** From now on a call whose connection breaks is asked again over a new one, under the same key. */
  persist(): void {
    this.#isRetrying = true;
  }

  async connect(): Promise<void> {
    this.#wire = await this.#connect();
    if (this.#token !== undefined) await this.#wire.call('agent/attach', { repository: this.#repository, token: this.#token });
  }

  close(): void {
    this.#wire?.close();
  }

  /** Registers, and forks the work tree as it is. */
  async begin(): Promise<void> {
    const agent = agentName(this.number);
    this.#token = (await this.call('agent/register', { repository: this.#repository, agent })).token;
    const { fork, base } = await this.call('fork', { repository: this.#repository, name: agent, agent, task: taskOf(this.number), dir: false });
    this.#fork = fork;
    this.#base = base;
  }

  /** Reads a file and compares it, writes 2 KB to it, takes a checkpoint; sometimes goes back, or tells its score. */
  async step(): Promise<void> {
    const [repository, fork] = [this.#repository, this.#fork];
    const step = this.#steps++;
    const path = this.#random.pick(this.#files);
    await this.#readAndCompare(fork, path, this.#state.get(path));
    await this.prepareCheckpoint(path);
    await this.checkpoint();
    const earlier = this.#acknowledged.at(-1 - REWIND_STEPS);
    if (step % REWIND_EVERY === REWIND_EVERY - 1 && earlier !== undefined) {
      await this.#rewind(earlier.checkpoint);
      this.#state = new Map(earlier.state);
    }
    if (step % OBSERVE_EVERY === OBSERVE_EVERY - 1) await this.call('observe', { repository, fork, score: scoreOf(this.number) });
  }

  async #rewind(checkpoint: string): Promise<void> {
    try {
      await this.call('rewind', { repository: this.#repository, fork: this.#fork, checkpoint });
    } catch (error) {
      // Asked again after a death, the server knows that it has gone back, and no longer what it answered.
      if (!(this.#isRetrying && error instanceof RefusedError && error.code === 'CONFLICT')) throw error;
    }
  }

  /** Writes 2 KB to one of its files. */
  async prepareCheckpoint(path = this.#random.pick(this.#files)): Promise<void> {
    const n = this.#writes++;
    await this.call('write', { repository: this.#repository, fork: this.#fork, path, content: { text: writtenContent(this.number, n) } });
    this.#state.set(path, n);
  }

  async checkpoint(): Promise<void> {
    const { checkpoint } = await this.call('checkpoint', { repository: this.#repository, fork: this.#fork, kind: 'tool', cause: 'edit', message: `step ${this.#acknowledged.length + 1}` });
    this.#acknowledged.push({ checkpoint, state: new Map(this.#state) });
  }

  get expected(): Expected {
    return { agent: this.number, fork: this.#fork, files: [...this.#state], checkpoints: this.#acknowledged.length, reconnects: this.#reconnects, calls: Object.fromEntries(this.#done) };
  }

  /**
   * Looks with another's connection at everything that this agent was told it had: the fork's files against its base, and, asked for
   * all, those of every checkpoint. Returns how many states were compared. @throws Error about the first that differs
   */
  async verify(wire: WireClient, all: boolean): Promise<number> {
    const states = [{ reference: this.#fork, state: this.#state as State }, ...(all ? this.#acknowledged.map(({ checkpoint, state }) => ({ reference: checkpoint, state })) : [])];
    for (const { reference, state } of states) {
      const { added, changed, deleted } = await wire.call('changes', { repository: this.#repository, from: this.#base, to: reference });
      const differing = [...added, ...changed, ...deleted].sort();
      const wanted = [...state.keys()].sort();
      if (differing.join('\n') !== wanted.join('\n')) throw new Error(`${agentName(this.number)}: ${reference} differs from its base in ${differing.join(', ')}, not in ${wanted.join(', ')}`);
      for (const [path, n] of state) await this.#compare(wire, reference, path, n);
    }
    return states.length;
  }

  /** One call, timed. A broken connection is made anew and the call asked again under its key when the agent is to {@link persist}. */
  async call<N extends OperationName>(name: N, params: ParamsInput<N>): Promise<Result<N>> {
    // What changes nothing needs no key, and gets none.
    const key = this.#isRetrying && !OPERATIONS[name].readOnly ? `${agentName(this.number)}/${this.#calls++}` : undefined;
    const started = performance.now();
    for (;;) {
      try {
        if (this.#wire === undefined) throw new BrokenError('not connected');
        const result = await this.#wire.call(name, params, key);
        this.#onCall(name, (performance.now() - started) * 1000);
        this.#done.set(name, (this.#done.get(name) ?? 0) + 1);
        return result;
      } catch (error) {
        if (!this.#isRetrying || !(error instanceof BrokenError)) throw error;
        await this.#reconnect();
      }
    }
  }

  /** The server may die again while the agent comes back. */
  async #reconnect(): Promise<void> {
    for (;;) {
      try {
        await this.connect();
        this.#reconnects++;
        return;
      } catch (error) {
        if (!(error instanceof BrokenError)) throw error;
      }
    }
  }

  async #readAndCompare(reference: string, path: BytePath, n: number | undefined): Promise<void> {
    const { base64 } = await this.call('read', { repository: this.#repository, fork: reference, path });
    this.#check(base64, reference, path, n);
  }

  async #compare(wire: WireClient, reference: string, path: BytePath, n: number | undefined): Promise<void> {
    const { base64 } = await wire.call('read', { repository: this.#repository, fork: reference, path });
    this.#check(base64, reference, path, n);
  }

  #check(base64: string, reference: string, path: BytePath, n: number | undefined): void {
    // Others have won before and changed what everybody starts from.
    if (n === undefined && !this.#isFresh) return;
    const wanted = n === undefined ? originalContent(path) : writtenContent(this.number, n);
    if (base64 !== Buffer.from(wanted, 'latin1').toString('base64')) throw new Error(`${agentName(this.number)}: ${reference} has other content at ${path} than was written`);
  }
}
