import { epicNames, readEpic } from '../../ccpm/epic.ts';
import { findProject } from '../../ccpm/find-project.ts';
import { progressOf } from '../../ccpm/progress.ts';
import type { EpicProgress } from '../../ccpm/progress.ts';
import { filesOnDisk } from '../../ccpm/project-files.ts';
import type { ForkInfo } from '../../protocol/values.ts';

/**
 * Epics of CCPM as a view shows them. A bundle of its own (scripts/build.mjs): it brings a YAML parser, which windows without CCPM
 * need not load.
 */

/** The epics of a project. */
export interface ProjectEpics {
  /** Directory that CCPM's files lie in. */
  readonly project: string;
  readonly epics: readonly EpicProgress[];
}

/** True when CCPM, or an epic of it, is where a folder of the window belongs to. */
export async function hasCcpm(folder: string): Promise<boolean> {
  return await findProject(folder) !== undefined;
}

/** The epics of the project that a folder belongs to, with what became of their forks (`forks`: ended ones, too); undefined without CCPM. */
export async function loadEpics(folder: string, forks: readonly ForkInfo[]): Promise<ProjectEpics | undefined> {
  const project = await findProject(folder);
  if (project === undefined) return undefined;
  const files = filesOnDisk(project);
  const epics: EpicProgress[] = [];
  for (const name of await epicNames(files)) epics.push(await progressOf(files, await readEpic(files, name), forks));
  return { project, epics };
}
