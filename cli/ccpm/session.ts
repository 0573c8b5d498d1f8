import { checkEpic, readEpic } from '../../ccpm/epic.ts';
import type { Epic } from '../../ccpm/epic.ts';
import { findProject } from '../../ccpm/find-project.ts';
import { progressOf } from '../../ccpm/progress.ts';
import type { EpicProgress } from '../../ccpm/progress.ts';
import { filesOnDisk } from '../../ccpm/project-files.ts';
import type { ProjectFiles } from '../../ccpm/project-files.ts';
import { PyiError } from '../../protocol/errors.ts';
import type { OperationName, ParamsInput, Result } from '../../protocol/registry.ts';
import type { Conversation } from '../call.ts';

/** An epic at hand: its files, its forks, and the server. */
export class EpicSession {
  readonly epic: Epic;
  /** Directory that the epic is read from. */
  readonly project: string;
  /** Work tree that forks are made from and collapsed into. */
  readonly repository: string;
  readonly #files: ProjectFiles;
  readonly #conversation: Conversation;

  private constructor(epic: Epic, project: string, repository: string, conversation: Conversation) {
    this.epic = epic;
    this.project = project;
    this.repository = repository;
    this.#files = filesOnDisk(project);
    this.#conversation = conversation;
  }

  /** @throws PyiError `NOT_FOUND` (no store, no CCPM, no such epic), `INVALID_ARGUMENT` (its files are not in order) */
  static async open(name: string, directory: string, conversation: Conversation): Promise<EpicSession> {
    const repository = await workTreeOf(directory, conversation);
    const project = await requireProject(repository);
    const epic = await readEpic(filesOnDisk(project), name);
    checkEpic(epic);
    return new EpicSession(epic, project, repository, conversation);
  }

  /** How far the epic is now. */
  async progress(): Promise<EpicProgress> {
    return progressOf(this.#files, this.epic, await this.call('forks', { all: true }));
  }

  /** Calls the server about this repository. */
  async call<N extends OperationName>(name: N, params: Omit<ParamsInput<N>, 'repository'>): Promise<Result<N>> {
    const { client, signal, progress } = this.#conversation;
    return client.call(name, { repository: this.repository, ...params } as ParamsInput<N>, { signal, onProgress: (update) => progress.update(update) });
  }

  /** Tells a person at a terminal what is being waited for. */
  say(what: string): void {
    this.#conversation.progress.say(what);
  }
}

/** The user's work tree that a directory belongs to; for the directory of a fork, the one that the fork descends from. */
export async function workTreeOf(directory: string, { client, signal }: Conversation): Promise<string> {
  const { root, fork, workspace } = await client.call('where', { repository: directory }, { signal });
  if (fork === null || workspace) return root;
  const known = new Map((await client.call('forks', { repository: directory, all: true }, { signal })).map((info) => [info.fork, info]));
  let at = known.get(fork);
  while (at !== undefined && at.parent !== null) at = known.get(at.parent);
  return at?.dir ?? root;
}

/** @throws PyiError `NOT_FOUND` */
export async function requireProject(directory: string): Promise<string> {
  const project = await findProject(directory);
  if (project !== undefined) return project;
  throw new PyiError('NOT_FOUND', `There is no CCPM in ${directory}`, 'CCPM keeps its files in .claude; go to the project that has them.');
}
