import { taskOfEpic } from '../../ccpm/epic.ts';
import { commitMessage, inOrder } from '../../ccpm/plan.ts';
import { changedFiles } from '../../ccpm/fork-facts.ts';
import { COMPLETED } from '../../ccpm/progress.ts';
import type { StreamProgress, TaskProgress } from '../../ccpm/progress.ts';
import { PyiError } from '../../protocol/errors.ts';
import type { Result } from '../../protocol/registry.ts';
import type { ForkInfo } from '../../protocol/values.ts';
import type { EpicSession } from './session.ts';

export interface CloseOptions {
  readonly task: string;
  /** The validator: program and arguments; runs in the directory of each stream. */
  readonly command: readonly string[];
  /** Environment of the validator. */
  readonly env: Readonly<Record<string, string>>;
  readonly message: string | undefined;
  /** What speaks for the work; default: what the validator prints. */
  readonly evidence: string | undefined;
  readonly timeoutSeconds: number | undefined;
  /** Tell what is missing before the validator may run, and do nothing. */
  readonly dryRun: boolean;
}

export interface Closed {
  readonly epic: string;
  readonly task: string;
  /** True when nothing is missing and every stream is committed: CCPM may close the task. */
  readonly closable: boolean;
  readonly missing: readonly string[];
  readonly observations: readonly (Pick<Result<'observe'>, 'ok' | 'exit' | 'score' | 'checkpoint' | 'evidence'> & { readonly stream: string; readonly fork: string })[];
  readonly commits: readonly { readonly stream: string; readonly agent: string; readonly fork: string; readonly commit: string | null; readonly message: string }[];
  /** Forks that lost by it: second attempts, and streams of tasks in conflict. */
  readonly discarded: readonly { readonly fork: string; readonly name: string }[];
}

/** How often a stream is rebased again because the work tree changed meanwhile. */
const ATTEMPTS = 3;

type LiveStream = StreamProgress & { readonly fork: ForkInfo };

/**
 * The gate before a task is closed. First it is proven: each stream is rebased onto the work tree and onto the streams before it, and
 * the validator has to pass there, with evidence. Only then each stream becomes a commit, in the same order. It writes no file of CCPM.
 */
export async function close(session: EpicSession, options: CloseOptions): Promise<Closed> {
  const { epic } = session;
  const { number } = taskOfEpic(epic, options.task);
  const { tasks } = await session.progress();
  const task = tasks.find((candidate) => candidate.task.number === number);
  if (task === undefined) throw new PyiError('NOT_FOUND', `Epic ${epic.name} has no task ${number}`, '');
  const gate = new Gate(session, options, tasks);
  const missing = await gate.missing(task);
  const result = (found: readonly string[]): Closed => ({
    epic: epic.name, task: number, missing: found, closable: found.length === 0 && !options.dryRun, observations: gate.observations, commits: gate.commits, discarded: gate.discarded,
  });
  if (missing.length > 0 || options.dryRun) return result(missing);
  const live = liveStreams(task);
  return result(await gate.prove(live) ?? await gate.commit(live) ?? []);
}

/** The streams of a task that have a live fork, each after those that it waits for. */
function liveStreams({ streams }: TaskProgress): LiveStream[] {
  return inOrder(streams.map(({ plan }) => plan)).flatMap((plan) => {
    const stream = streams.find((candidate) => candidate.plan === plan);
    return stream?.state === 'live' && stream.fork !== undefined ? [{ ...stream, fork: stream.fork }] : [];
  });
}

class Gate {
  readonly observations: Closed['observations'][number][] = [];
  readonly commits: Closed['commits'][number][] = [];
  readonly discarded: Closed['discarded'][number][] = [];
  readonly #session: EpicSession;
  readonly #options: CloseOptions;
  readonly #names: ReadonlyMap<string, string>;

  constructor(session: EpicSession, options: CloseOptions, tasks: readonly TaskProgress[]) {
    this.#session = session;
    this.#options = options;
    this.#names = new Map(tasks.flatMap(({ streams }) => streams.flatMap(({ fork }) => (fork === undefined ? [] : [[fork.fork, fork.name] as const]))));
  }

  /** What speaks against it before anything is run. */
  async missing({ task, streams, waitsFor, state }: TaskProgress): Promise<string[]> {
    const { epic } = this.#session;
    if (state === 'done') return [];
    const found = waitsFor.map((number) => `task ${number} must be closed first`);
    for (const { plan: { stream }, state: is, fork, told } of streams) {
      const name = `stream ${stream.id}`;
      if (is === 'none') found.push(`${name} was not started: pyi ccpm start ${epic.name} ${task.number}`);
      if (is === 'discarded') found.push(`${name} was stopped: pyi ccpm start ${epic.name} ${task.number}`);
      if (is !== 'live' || fork === undefined) continue;
      if (told !== null && told !== COMPLETED) found.push(`${name} says "status: ${told}" in updates/${task.number}/stream-${stream.id}.md`);
      await this.#session.call('checkpoint', { fork: fork.fork, kind: 'automatic', ifChanged: true, cause: 'pyi ccpm close' });
      const { conflicts } = await this.#session.call('radar', { fork: fork.fork });
      if (conflicts.length > 0) found.push(`${name} has conflicts in ${conflicts.join(', ')}: pyi ccpm resolve ${epic.name}`);
    }
    const live = liveStreams({ task, streams, waitsFor, state });
    if (found.length === 0 && !streams.some(({ state: is }) => is === 'merged') && await this.#changedNothing(live)) found.push('no stream has changed a file');
    if (this.#options.command.length === 0) found.push(`a validator: pyi ccpm close ${epic.name} ${task.number} -- COMMAND`);
    return found;
  }

  async #changedNothing(live: readonly LiveStream[]): Promise<boolean> {
    return (await this.#session.call('forks', { forks: live.map(({ fork }) => fork.fork) })).every((fork) => changedFiles(fork) === 0);
  }

  /** Rebases each stream onto what is before it and validates it there. Undefined when all of it holds. */
  async prove(live: readonly LiveStream[]): Promise<string[] | undefined> {
    let before: string | undefined;
    for (const stream of live) {
      for (const from of [stream.fork.parent, before]) {
        const { conflict } = await this.#rebase(stream, from);
        if (conflict !== undefined) return [conflict];
      }
      const problem = await this.#validate(stream);
      if (problem !== undefined) return [problem];
      before = stream.fork.fork;
    }
    return undefined;
  }

  /** Makes a commit of each stream. What was committed before one that cannot be stays; the rest is told as missing. */
  async commit(live: readonly LiveStream[]): Promise<string[] | undefined> {
    for (const stream of live) {
      const problem = await this.#collapse(stream);
      if (problem !== undefined) return [problem];
    }
    return undefined;
  }

  async #collapse(stream: LiveStream): Promise<string | undefined> {
    const { plan, fork } = stream;
    const message = commitMessage(plan, this.#options.message);
    for (let attempt = 1; ; attempt++) {
      // The streams before it are in the work tree by now. What else changed there is no longer what was validated.
      const rebased = await this.#rebase(stream, fork.parent);
      const problem = rebased.conflict ?? (rebased.changed ? await this.#validate(stream) : undefined);
      if (problem !== undefined) return problem;
      try {
        const { commit, discarded } = await this.#session.call('collapse', { fork: fork.fork, message });
        this.commits.push({ stream: plan.stream.id, agent: fork.agent, fork: fork.fork, commit, message });
        this.discarded.push(...discarded.map((loser) => ({ fork: loser, name: this.#names.get(loser) ?? loser })));
        return undefined;
      } catch (error) {
        if (PyiError.is(error, 'BRANCH_STALE') && attempt < ATTEMPTS) continue;
        if (PyiError.is(error) && error.code !== 'CANCELLED') return `stream ${plan.stream.id} cannot be committed: ${error.message} (${error.hint})`;
        throw error;
      }
    }
  }

  /** Merges a fork, if one is named, into that of a stream. */
  async #rebase({ plan, fork }: LiveStream, from: string | null | undefined): Promise<{ readonly changed: boolean; readonly conflict: string | undefined }> {
    if (from === null || from === undefined) return { changed: false, conflict: undefined };
    this.#session.say(`rebasing ${fork.name}`);
    const { conflicts, written, removed } = await this.#session.call('integrate', { fork: from, into: fork.fork });
    if (conflicts.length > 0) {
      const paths = conflicts.map(({ path }) => path).join(', ');
      return { changed: true, conflict: `stream ${plan.stream.id} is in conflict with what came before it, in ${paths}: edit ${conflicts.length === 1 ? 'it' : 'them'} in ${fork.dir ?? fork.name}, then close again` };
    }
    return { changed: written.length + removed.length > 0, conflict: undefined };
  }

  async #validate({ plan, fork }: LiveStream): Promise<string | undefined> {
    const { command, env, evidence, timeoutSeconds } = this.#options;
    const { stream } = plan;
    this.#session.say(`validating ${fork.name}`);
    const seen = await this.#session.call('observe', {
      fork: fork.fork, command: [...command], env: { ...env }, ...(evidence === undefined ? {} : { evidence }), ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    });
    const { ok, exit, score, checkpoint, evidence: said } = seen;
    this.observations.push({ stream: stream.id, fork: fork.fork, ok, exit, score, checkpoint, evidence: said });
    if (!ok) return `the validator does not pass on stream ${stream.id} (${exit === null ? 'it was ended' : `exit code ${exit}`})${lastLine(said)}`;
    return said.trim() === '' ? `evidence for stream ${stream.id}: the validator printed nothing, so say it with --evidence TEXT` : undefined;
  }
}

function lastLine(text: string): string {
  const line = text.trim().split('\n').at(-1)?.trim() ?? '';
  return line === '' ? '' : `: ${line.slice(0, 200)}`;
}
