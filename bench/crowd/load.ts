import { setTimeout as delay } from 'node:timers/promises';
import { CrowdAgent } from './agent.ts';
import type { Expected } from './agent.ts';
import { WireClient } from './wire-client.ts';
import { crowdPaths } from './work.ts';

/** What a process that makes load is asked, one after the other. */
export interface LoadRequests {
  /** Makes the agents, each with its connection. `isFresh`: nobody has changed the repository yet (default). */
  connect: { readonly runtime: string; readonly repository: string; readonly files: number; readonly agents: readonly number[]; readonly isFresh?: boolean };
  /** So many of those that have not yet register and fork: all at once, or one after the other. */
  begin: { readonly count: number; readonly together: boolean };
  /** Each does so many steps as fast as it gets answers, or with a pause after each. */
  work: { readonly steps: number; readonly pauseMillis: number };
  /** From now on agents whose connection breaks come back and ask again. */
  persist: object;
  /** Checkpoints at moments that are set beforehand, whatever became of those before. */
  pace: { readonly perSecond: number; readonly seconds: number; readonly spin: boolean };
  /** The first agent asks as fast as it can, many calls at once. */
  flood: { readonly seconds: number };
  /** Compares what the server has of each agent with what it was told. */
  verify: { readonly all: boolean };
  /** What the agents know to be there. */
  expected: object;
  close: object;
}

export interface LoadReplies {
  connect: object;
  /** Microseconds each. */
  begin: { readonly times: readonly number[] };
  work: Worked;
  persist: object;
  /** Microseconds from the moment that was set (not spinning: from the sending) to the answer. */
  pace: { readonly times: readonly number[]; readonly lateness: readonly number[] };
  flood: { readonly operations: number };
  verify: { readonly states: number };
  expected: { readonly agents: readonly Expected[] };
  close: object;
}

export interface Worked {
  readonly operations: number;
  /** Milliseconds since 1970, with fractions. */
  readonly started: number;
  readonly ended: number;
  /** Microseconds, as the agents saw it. */
  readonly checkpoints: readonly number[];
  readonly cpuMillis: number;
}

export type LoadVerb = keyof LoadRequests;

/** Calls in hand of an agent that floods. */
const FLOOD_DEPTH = 64;

/** A process with a share of the agents. Does what its parent asks, and ends with it. */
export function loadOnRequest(): void {
  const load = new Load();
  process.on('disconnect', () => { process.exit(0); });
  process.on('message', ({ verb, request }: { verb: LoadVerb; request: never }) => {
    load[verb](request).then(
      (reply) => process.send?.({ reply }),
      (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
    );
  });
}

class Load implements Record<LoadVerb, (request: never) => Promise<object>> {
  #agents: readonly CrowdAgent[] = [];
  #runtime = '';
  #operations = 0;
  #checkpoints: number[] = [];

  async connect({ runtime, repository, files, agents, isFresh = true }: LoadRequests['connect']): Promise<LoadReplies['connect']> {
    this.#runtime = runtime;
    const paths = crowdPaths(files);
    this.#agents = agents.map((number) => new CrowdAgent({
      number, repository, paths, isFresh,
      connect: () => WireClient.connect(runtime, `load ${number}`),
      onCall: (name, micros) => {
        this.#operations++;
        if (name === 'checkpoint') this.#checkpoints.push(micros);
      },
    }));
    await this.#all((agent) => agent.connect());
    return {};
  }

  async begin({ count, together }: LoadRequests['begin']): Promise<LoadReplies['begin']> {
    const times: number[] = [];
    const begin = async (agent: CrowdAgent): Promise<void> => {
      const started = performance.now();
      await agent.begin();
      times.push((performance.now() - started) * 1000);
    };
    const beginners = this.#agents.filter((agent) => agent.fork === '').slice(0, count);
    if (together) await Promise.all(beginners.map(begin));
    else for (const agent of beginners) await begin(agent);
    return { times };
  }

  async work({ steps, pauseMillis }: LoadRequests['work']): Promise<LoadReplies['work']> {
    this.#operations = 0;
    this.#checkpoints = [];
    const cpu = process.cpuUsage();
    const started = performance.timeOrigin + performance.now();
    await this.#all(async (agent, index) => {
      // Agents with pauses begin at different moments: a crowd that acts in time with itself is none.
      if (pauseMillis > 0) await delay((pauseMillis * index) / this.#agents.length);
      for (let step = 0; step < steps; step++) {
        await agent.step();
        if (pauseMillis > 0) await delay(pauseMillis);
      }
    });
    const { user, system } = process.cpuUsage(cpu);
    return { operations: this.#operations, started, ended: performance.timeOrigin + performance.now(), checkpoints: this.#checkpoints, cpuMillis: (user + system) / 1000 };
  }

  /**
   * A checkpoint that is late makes none of the next wait, and counts from the moment at which it was due: what a slow answer does to
   * those behind it is in the figures. Each has its write half an interval before, so that no two calls are due at once.
   */
  async pace({ perSecond, seconds, spin }: LoadRequests['pace']): Promise<LoadReplies['pace']> {
    const interval = 1000 / perSecond;
    const total = Math.round(perSecond * seconds);
    const first = performance.now() + 10;
    const times: number[] = [];
    const lateness: number[] = [];
    const calls: Promise<void>[] = [];
    const send = (n: number): void => {
      const agent = this.#agents[(n >> 1) % this.#agents.length] as CrowdAgent;
      const sent = performance.now();
      const due = first + (n * interval) / 2;
      if (n % 2 === 0) calls.push(agent.prepareCheckpoint());
      else {
        lateness.push((sent - due) * 1000);
        calls.push(agent.checkpoint().then(() => { times.push((performance.now() - (spin ? due : sent)) * 1000); }));
      }
    };
    for (let n = 0; n < 2 * total;) {
      for (const now = performance.now(); n < 2 * total && first + (n * interval) / 2 <= now; n++) send(n);
      await (spin ? new Promise(setImmediate) : delay(1));
    }
    await Promise.all(calls);
    return { times, lateness };
  }

  persist(): Promise<LoadReplies['persist']> {
    for (const agent of this.#agents) agent.persist();
    return Promise.resolve({});
  }

  async flood({ seconds }: LoadRequests['flood']): Promise<LoadReplies['flood']> {
    const [agent] = this.#agents;
    if (agent === undefined) throw new Error('nobody is there to flood');
    const end = performance.now() + seconds * 1000;
    let operations = 0;
    await Promise.all(Array.from({ length: FLOOD_DEPTH }, async () => {
      for (; performance.now() < end; operations++) await (operations % 2 === 0 ? agent.prepareCheckpoint() : agent.checkpoint());
    }));
    return { operations };
  }

  async verify({ all }: LoadRequests['verify']): Promise<LoadReplies['verify']> {
    const wire = await WireClient.connect(this.#runtime, 'verify');
    let states = 0;
    for (const agent of this.#agents) states += await agent.verify(wire, all);
    wire.close();
    return { states };
  }

  expected(): Promise<LoadReplies['expected']> {
    return Promise.resolve({ agents: this.#agents.map((agent) => agent.expected) });
  }

  close(): Promise<LoadReplies['close']> {
    for (const agent of this.#agents) agent.close();
    return Promise.resolve({});
  }

  async #all(work: (agent: CrowdAgent, index: number) => Promise<void>): Promise<void> {
    await Promise.all(this.#agents.map(work));
  }
}
