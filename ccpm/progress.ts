import type { ForkInfo } from '../protocol/values.ts';
import { EPICS } from './epic.ts';
import type { Epic, Task, TaskStatus } from './epic.ts';
import { parseMarkdown, textField } from './front-matter.ts';
import { streamForks } from './plan.ts';
import type { StreamFork } from './plan.ts';
import { filesOnDisk } from './project-files.ts';
import type { ProjectFiles } from './project-files.ts';

/** What an agent says of a stream that is done. */
export const COMPLETED = 'completed';

/** What became of the fork of a stream; `none`: it was not started. */
export type StreamState = 'none' | 'live' | 'merged' | 'discarded';

export interface StreamProgress {
  readonly plan: StreamFork;
  readonly state: StreamState;
  /** The fork that counts: the live one, else the newest. */
  readonly fork: ForkInfo | undefined;
  /** What its agent wrote into `updates/N/stream-A.md`: `in_progress`, `completed`, …; null: nothing. */
  readonly told: string | null;
}

/**
 * `closed`: CCPM says so. `done`: every stream is collapsed, CCPM may close it. `waiting`: for tasks that are neither, whether or not
 * it has forks already. `running`: a stream has a live fork. `ready`: may start.
 */
export type TaskState = 'closed' | 'done' | 'running' | 'waiting' | 'ready';

export interface TaskProgress {
  readonly task: Task;
  readonly state: TaskState;
  readonly streams: readonly StreamProgress[];
  /** Numbers of the tasks that it waits for. */
  readonly waitsFor: readonly string[];
}

export interface EpicProgress {
  readonly epic: Epic;
  readonly tasks: readonly TaskProgress[];
  readonly counts: Readonly<Record<'tasks' | 'closed' | 'done' | 'streams' | 'collapsed', number>>;
}

/**
 * Puts together what the files of an epic say and what became of the forks of its streams. `forks`: ended ones too. `filesIn`: how the
 * directory of a fork is read, where an agent at work keeps its own copy of CCPM's files.
 */
export async function progressOf(files: ProjectFiles, epic: Epic, forks: readonly ForkInfo[], filesIn: (directory: string) => ProjectFiles = filesOnDisk): Promise<EpicProgress> {
  const streams = new Map<string, StreamProgress[]>();
  for (const plan of streamForks(epic, epic.tasks)) {
    const fork = forkFor(plan, forks);
    const of = streams.get(plan.task.number) ?? [];
    const places = fork?.state === 'live' && fork.dir !== null ? [filesIn(fork.dir), files] : [files];
    of.push({ plan, fork, state: fork?.state ?? 'none', told: await toldOf(places, epic, plan) });
    streams.set(plan.task.number, of);
  }
  const isOver = new Set(epic.tasks.filter((task) => task.status === 'closed' || isDone(streams.get(task.number))).map(({ number }) => number));
  const tasks = epic.tasks.map((task): TaskProgress => {
    const of = streams.get(task.number) ?? [];
    const waitsFor = task.dependsOn.filter((number) => !isOver.has(number));
    return { task, streams: of, waitsFor, state: stateOf(task.status, of, waitsFor) };
  });
  const all = tasks.flatMap((task) => task.streams);
  return {
    epic, tasks,
    counts: {
      tasks: tasks.length, closed: tasks.filter(({ state }) => state === 'closed').length, done: tasks.filter(({ state }) => state === 'done').length,
      streams: all.length, collapsed: all.filter(({ state }) => state === 'merged').length,
    },
  };
}

/** The live fork of a stream, else its newest. */
export function forkFor({ attempt, name }: StreamFork, forks: readonly ForkInfo[]): ForkInfo | undefined {
  const own = forks.filter(({ task }) => task === attempt);
  const live = own.filter(({ state }) => state === 'live');
  // A second attempt may run beside the first; the one that PYI made is the stream.
  return live.find((fork) => fork.name === name) ?? newest(live) ?? newest(own.filter(({ state }) => state === 'merged')) ?? newest(own);
}

function newest(forks: readonly ForkInfo[]): ForkInfo | undefined {
  return [...forks].sort((a, b) => b.created - a.created)[0];
}

function isDone(streams: readonly StreamProgress[] | undefined): boolean {
  return streams !== undefined && streams.length > 0 && streams.every(({ state }) => state === 'merged');
}

function stateOf(status: TaskStatus, streams: readonly StreamProgress[], waitsFor: readonly string[]): TaskState {
  if (status === 'closed') return 'closed';
  if (isDone(streams)) return 'done';
  if (waitsFor.length > 0) return 'waiting';
  return streams.some(({ state }) => state === 'live') ? 'running' : 'ready';
}

/** What a stream's agent says of itself, wherever it wrote that it is done, else in the first of the places. A file that cannot be read says nothing. */
async function toldOf(places: readonly ProjectFiles[], epic: Epic, { task, stream }: StreamFork): Promise<string | null> {
  const file = `${EPICS}/${epic.name}/updates/${task.number}/stream-${stream.id}.md`;
  const told: string[] = [];
  for (const files of places) {
    const text = await files.read(file);
    const status = text === undefined ? undefined : statusIn(text, file);
    if (status !== undefined) told.push(status);
  }
  return told.find((status) => status === COMPLETED) ?? told[0] ?? null;
}

function statusIn(text: string, file: string): string | undefined {
  try {
    return textField(parseMarkdown(text, file).fields, 'status')?.toLowerCase().replace(/[\s-]+/g, '_');
  } catch {
    return undefined;
  }
}
