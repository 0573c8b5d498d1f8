import { PyiError } from '../protocol/errors.ts';
import { Name } from '../protocol/values.ts';
import type { EntanglementKind } from '../protocol/values.ts';
import type { Stream } from './analysis.ts';
import type { Epic, Task } from './epic.ts';

/** The fork that a stream gets. */
export interface StreamFork {
  readonly task: Task;
  readonly stream: Stream;
  /** Of the fork, and of the agent that commits are attributed to. */
  readonly name: string;
  /** Its task in PYI. Forks of one task compete, so every stream has one of its own: a second attempt at the stream competes, other streams do not. */
  readonly attempt: string;
}

/** Two forks, by their names, that what happens to one of them matters to the other. */
export interface Tie {
  readonly first: string;
  readonly second: string;
  readonly kind: EntanglementKind;
}

/** The forks for the streams of tasks of an epic. @throws PyiError `INVALID_ARGUMENT` when a name can be no fork's */
export function streamForks(epic: Pick<Epic, 'name'>, tasks: readonly Task[]): StreamFork[] {
  return tasks.flatMap((task) => task.streams.map((stream) => ({
    task, stream, name: checkedName(`${epic.name}-${task.number}-${stream.id}`), attempt: checkedName(`${epic.name} #${task.number} ${stream.id}`),
  })));
}

function checkedName(text: string): string {
  const name = text.replace(/[/\\:\p{Cc}]/gu, '-');
  if (!Name.safeParse(name).success) throw new PyiError('INVALID_ARGUMENT', `${JSON.stringify(name)} cannot be the name of a fork`, 'Rename the folder of the epic: it must not begin with "-" and must be short.');
  return name;
}

/**
 * How the forks are tied. `depends_on` → causal: when a stream of the earlier task is collapsed, those of the later one are rebased.
 * `conflicts_with` → conflict: the first to be collapsed discards the other, which then starts anew on top of it. Tasks that wait for
 * each other anyway are not tied in conflict: the later one would be lost instead of rebased.
 */
export function ties(epic: Pick<Epic, 'tasks'>, forks: readonly StreamFork[]): Tie[] {
  const found: Tie[] = [];
  const waits = (later: Task, earlier: Task): boolean => later.dependsOn.some((number) => number === earlier.number || epic.tasks.some((task) => task.number === number && waits(task, earlier)));
  forks.forEach((one, index) => {
    for (const other of forks) {
      const isEarlier = one.task.number === other.task.number ? other.stream.dependsOn.includes(one.stream.id) : other.task.dependsOn.includes(one.task.number);
      if (isEarlier) found.push({ first: one.name, second: other.name, kind: 'causal' });
    }
    for (const other of forks.slice(index + 1)) {
      const inConflict = one.task.conflictsWith.includes(other.task.number) || other.task.conflictsWith.includes(one.task.number);
      if (inConflict && !waits(one.task, other.task) && !waits(other.task, one.task)) found.push({ first: one.name, second: other.name, kind: 'conflict' });
    }
  });
  return found;
}

/** The forks of one task so that each comes after those it waits for. */
export function inOrder(forks: readonly StreamFork[]): StreamFork[] {
  const ordered: StreamFork[] = [];
  const place = (fork: StreamFork): void => {
    if (ordered.includes(fork)) return;
    for (const before of forks) if (fork.stream.dependsOn.includes(before.stream.id)) place(before);
    ordered.push(fork);
  };
  for (const fork of forks) place(fork);
  return ordered;
}

/** The message of the commit that a stream becomes. */
export function commitMessage({ task, stream }: Pick<StreamFork, 'task' | 'stream'>, message?: string): string {
  const prefix = `Issue #${task.number}: `;
  if (message?.startsWith(prefix) === true) return message;
  return `${prefix}${message ?? (task.isAnalysed ? stream.title : task.title)}`;
}
