import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ServerProgram {
  /** The server's entry file (`dist/server.cjs`). */
  readonly entry: string;
  /** Arguments of node itself, for an entry that needs a loader. */
  readonly nodeArguments?: readonly string[];
  readonly arguments?: readonly string[];
}

/** A server that was started and may not answer yet. */
export interface StartedServer {
  /** Exit code once the process has ended; -1 for a signal or a failed start. */
  readonly exitCode: () => number | undefined;
  /** The end of what it wrote, for error messages. */
  readonly output: () => string;
}

/** Output of a server that failed to start, quoted in an error. */
const QUOTED_CHARACTERS = 1000;

/**
 * Variables by which git tells its hooks and aliases about one repository (`git rev-parse
 * --local-env-vars`). A server that a hook happened to start must not keep them for all others.
 */
const GIT_LOCAL: ReadonlySet<string> = new Set([
  'GIT_ALTERNATE_OBJECT_DIRECTORIES', 'GIT_CONFIG', 'GIT_CONFIG_PARAMETERS', 'GIT_CONFIG_COUNT', 'GIT_OBJECT_DIRECTORY', 'GIT_DIR',
  'GIT_WORK_TREE', 'GIT_IMPLICIT_WORK_TREE', 'GIT_GRAFT_FILE', 'GIT_INDEX_FILE', 'GIT_NO_REPLACE_OBJECTS', 'GIT_REPLACE_REF_BASE',
  'GIT_PREFIX', 'GIT_SHALLOW_FILE', 'GIT_COMMON_DIR', 'GIT_INTERNAL_SUPER_PREFIX',
]);

/** The caller's environment, without what is about one repository or one call. */
export function portableEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined && !GIT_LOCAL.has(entry[0])));
}

/** The environment of a server. In the extension host `execPath` is the editor; the variable makes it a plain Node. */
export function serverEnvironment(env: Readonly<Record<string, string | undefined>>): NodeJS.ProcessEnv {
  return { ...portableEnvironment(env), ELECTRON_RUN_AS_NODE: '1' };
}

/** Starts a server that outlives this process. `directory` is private; the server runs and logs its start there. */
export function spawnServer(program: ServerProgram, directory: string, env: Readonly<Record<string, string | undefined>>): StartedServer {
  const logFile = join(directory, 'start.log');
  const log = openSync(logFile, 'w', 0o600);
  let exitCode: number | undefined;
  try {
    const child = spawn(process.execPath, [...(program.nodeArguments ?? []), program.entry, ...(program.arguments ?? [])], {
      cwd: directory, env: serverEnvironment(env), detached: true, stdio: ['ignore', log, log], windowsHide: true,
    });
    child.once('error', () => {
      exitCode = -1;
    });
    child.once('exit', (code) => {
      exitCode = code ?? -1;
    });
    child.unref();
  } finally {
    closeSync(log);
  }
  return { exitCode: () => exitCode, output: () => tail(logFile) };
}

function tail(file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().slice(-QUOTED_CHARACTERS);
  } catch {
    return '';
  }
}
