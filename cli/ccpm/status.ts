import { epicNames, readEpic } from '../../ccpm/epic.ts';
import { changedFiles, isProven } from '../../ccpm/fork-facts.ts';
import { installation } from '../../ccpm/install.ts';
import type { Installation } from '../../ccpm/install.ts';
import { progressOf } from '../../ccpm/progress.ts';
import type { EpicProgress, StreamProgress, TaskProgress } from '../../ccpm/progress.ts';
import { filesOnDisk } from '../../ccpm/project-files.ts';
import { PyiError } from '../../protocol/errors.ts';
import type { ForkInfo } from '../../protocol/values.ts';
import type { Conversation } from '../call.ts';
import { requireProject, workTreeOf } from './session.ts';

/** What `pyi ccpm status` tells. */
export interface CcpmStatus extends Installation {
  readonly project: string;
  readonly epics: readonly EpicStatus[];
}

export interface EpicStatus {
  readonly epic: string;
  readonly status: string;
  readonly counts: EpicProgress['counts'];
  readonly problems: readonly string[];
  readonly tasks: readonly TaskStatusShown[];
}

export interface TaskStatusShown {
  readonly number: string;
  readonly title: string;
  readonly status: string;
  readonly state: TaskProgress['state'];
  readonly dependsOn: readonly string[];
  readonly conflictsWith: readonly string[];
  readonly waitsFor: readonly string[];
  readonly streams: readonly StreamStatus[];
}

export interface StreamStatus {
  readonly stream: string;
  readonly title: string;
  readonly files: readonly string[];
  readonly state: StreamProgress['state'];
  readonly told: string | null;
  readonly fork: string | null;
  readonly name: string | null;
  readonly agent: string | null;
  readonly dir: string | null;
  /** Files changed against its base, and those in conflict. */
  readonly changed: number;
  readonly conflicts: number;
  /** A validator passed on it as it is now. */
  readonly proven: boolean;
}

/** CCPM's state beside that of the forks. `name`: only this epic. A project without a store has no forks. */
export async function status(directory: string, name: string | undefined, conversation: Conversation): Promise<CcpmStatus> {
  const { repository, forks } = await forksOf(directory, conversation);
  const project = await requireProject(repository);
  const files = filesOnDisk(project);
  const epics: EpicStatus[] = [];
  for (const epic of name === undefined ? await epicNames(files) : [name]) epics.push(shown(await progressOf(files, await readEpic(files, epic), forks)));
  return { project, ...await installation(project), epics };
}

async function forksOf(directory: string, conversation: Conversation): Promise<{ repository: string; forks: readonly ForkInfo[] }> {
  try {
    const repository = await workTreeOf(directory, conversation);
    return { repository, forks: await conversation.client.call('forks', { repository, all: true }, { signal: conversation.signal }) };
  } catch (error) {
    if (!PyiError.is(error, 'NOT_FOUND')) throw error;
    return { repository: directory, forks: [] };
  }
}

function shown({ epic, tasks, counts }: EpicProgress): EpicStatus {
  return {
    epic: epic.name, status: epic.status, counts, problems: epic.problems,
    tasks: tasks.map(({ task, state, waitsFor, streams }) => ({
      number: task.number, title: task.title, status: task.status, state, dependsOn: task.dependsOn, conflictsWith: task.conflictsWith, waitsFor,
      streams: streams.map(shownStream),
    })),
  };
}

function shownStream({ plan: { stream }, state, told, fork }: StreamProgress): StreamStatus {
  return {
    stream: stream.id, title: stream.title, files: stream.files, state, told,
    fork: fork?.fork ?? null, name: fork?.name ?? null, agent: fork?.agent ?? null, dir: fork?.dir ?? null,
    changed: fork === undefined ? 0 : changedFiles(fork), conflicts: fork?.changes.conflicts ?? 0, proven: fork !== undefined && isProven(fork),
  };
}
