import { isAbsolute } from 'node:path';
import { t } from './l10n.ts';

/** What the settings say of the server. Whatever is written there: VS Code marks a wrong value and hands it on. Undefined: not set. */
export interface ServerSettings {
  readonly gitPath: unknown;
  readonly idleMinutes: unknown;
}

export interface ServerVariables {
  /** Environment variables for a server that is started. */
  readonly variables: Readonly<Record<string, string>>;
  /** Values that cannot be used, each with what is done instead. */
  readonly problems: readonly string[];
}

/** Bounds of `pyi.server.idleMinutes`, as package.json has them. */
const IDLE_MINUTES = { least: 1, most: 1440 } as const;

/** The environment variables by which settings reach a server. What cannot be used is left to the server, which has a default. */
export function serverVariables({ gitPath, idleMinutes }: ServerSettings, isProgram: (path: string) => boolean): ServerVariables {
  const variables: Record<string, string> = {};
  const problems: string[] = [];
  const path = typeof gitPath === 'string' ? gitPath.trim() : gitPath ?? '';
  if (typeof path === 'string' && path !== '' && isAbsolute(path) && isProgram(path)) variables['PYI_GIT'] = path;
  else if (path !== '') problems.push(t('"pyi.server.gitPath" has to be the absolute path of a program, not {0}. The git on PATH is used.', JSON.stringify(gitPath)));
  if (typeof idleMinutes === 'number' && idleMinutes >= IDLE_MINUTES.least && idleMinutes <= IDLE_MINUTES.most) variables['PYI_IDLE_MINUTES'] = String(idleMinutes);
  else if (idleMinutes !== undefined) problems.push(t('"pyi.server.idleMinutes" has to be a number from {0} to {1}, not {2}. The default is used.', IDLE_MINUTES.least, IDLE_MINUTES.most, JSON.stringify(idleMinutes)));
  return { variables, problems };
}
