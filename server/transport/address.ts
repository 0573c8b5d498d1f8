import { chmodSync, closeSync, fsyncSync, lstatSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { PyiError } from '../../protocol/errors.ts';
import type { ServerDescription } from '../../protocol/handshake.ts';

/** What decides where the server of a user lives. Injected; {@link import('node:process')} is read by whoever composes. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** Numeric user id; undefined on Windows. */
  readonly uid: number | undefined;
}

/** Where the server of a user is reached. */
export interface ServerAddress {
  /** Private directory of the server. */
  readonly directory: string;
  /** Path of the socket, or name of the pipe on Windows. */
  readonly socket: string;
  /** `server.json`. */
  readonly description: string;
  /** Held while a server starts, so that one wins. */
  readonly lock: string;
  readonly platform: NodeJS.Platform;
  readonly uid: number | undefined;
}

/** Longest path that fits `sun_path` with its final NUL. Node 20 cuts longer ones silently. */
const MAX_SOCKET_PATH: Partial<Record<NodeJS.Platform, number>> = { darwin: 103, freebsd: 103, openbsd: 103 };
const MAX_SOCKET_PATH_LINUX = 107;

/**
 * The address of the server of this user: `PYI_RUNTIME_DIR`, else `$XDG_RUNTIME_DIR/pyi`, else
 * `<temporary directory>/pyi-<uid>`; the first whose socket path is short enough. Creates nothing.
 * @throws PyiError `INVALID_ARGUMENT` when no directory will do
 */
export function serverAddress(host: Host): ServerAddress {
  const { env, platform, uid } = host;
  const override = env['PYI_RUNTIME_DIR'];
  const candidates = override ? [resolve(override)] : [...xdgDirectory(env['XDG_RUNTIME_DIR'], uid), temporaryDirectory(host)];
  const limit = MAX_SOCKET_PATH[platform] ?? MAX_SOCKET_PATH_LINUX;
  for (const directory of candidates) {
    const socket = platform === 'win32' ? pipeName(directory) : join(directory, 'server.sock');
    if (platform !== 'win32' && Buffer.byteLength(socket) > limit) continue;
    return { directory, socket, description: join(directory, 'server.json'), lock: join(directory, 'server.lock'), platform, uid };
  }
  throw new PyiError('INVALID_ARGUMENT', `The path of the server's socket would pass ${limit} bytes: ${candidates.at(-1) ?? ''}`,
    'Set PYI_RUNTIME_DIR to a directory with a shorter path.');
}

/** The checked path for a socket that the user names. @throws PyiError `INVALID_ARGUMENT` */
export function checkSocketPath(path: string, platform: NodeJS.Platform): string {
  const limit = MAX_SOCKET_PATH[platform] ?? MAX_SOCKET_PATH_LINUX;
  if (platform === 'win32' || Buffer.byteLength(path) <= limit) return path;
  throw new PyiError('INVALID_ARGUMENT', `A socket path may have ${limit} bytes, this one has ${Buffer.byteLength(path)}: ${path}`, 'Choose a shorter path.');
}

/** A variable that survived `su` or `sudo` names somebody else's directory; then it does not count. */
function xdgDirectory(directory: string | undefined, uid: number | undefined): string[] {
  if (!directory?.startsWith('/')) return [];
  const stat = lstatSync(directory, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && (uid === undefined || stat.uid === uid) ? [join(directory, 'pyi')] : [];
}

function temporaryDirectory({ env, platform, uid }: Host): string {
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? env['TEMP'] ?? 'C:\\Windows\\Temp', 'pyi-run');
  return join(env['TMPDIR'] || '/tmp', `pyi-${uid ?? 0}`);
}

/** Pipes live in one space for all users, so the name is made from the user's own directory. */
function pipeName(directory: string): string {
  return `\\\\.\\pipe\\pyi-${createHash('sha256').update(directory.toLowerCase()).digest('hex').slice(0, 32)}`;
}

/**
 * Makes the private directory, or checks the one that is there: a directory, not a symbolic link,
 * ours, closed to everybody else. In a shared temporary directory another user may have been first.
 * @throws PyiError `UNAUTHORIZED`, `INTERNAL`
 */
export function ensureDirectory(address: ServerAddress): void {
  const { directory, platform, uid } = address;
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) {
      throw new PyiError('INTERNAL', `The directory of the server cannot be made: ${reasonOf(error)}`, 'Set PYI_RUNTIME_DIR to a directory that you may write to.', { cause: error });
    }
  }
  const stat = lstatSync(directory);
  const hint = `Remove ${directory}, or set PYI_RUNTIME_DIR to a directory of your own.`;
  if (stat.isSymbolicLink()) throw new PyiError('UNAUTHORIZED', `The directory of the server is a symbolic link: ${directory}`, hint);
  if (!stat.isDirectory()) throw new PyiError('UNAUTHORIZED', `The directory of the server is not a directory: ${directory}`, hint);
  if (platform === 'win32') return;
  if (uid !== undefined && stat.uid !== uid) throw new PyiError('UNAUTHORIZED', `The directory of the server belongs to user ${stat.uid}: ${directory}`, hint);
  if ((stat.mode & 0o077) !== 0) {
    throw new PyiError('UNAUTHORIZED', `Others may enter the directory of the server: ${directory}`, `Run: chmod 700 ${directory}`);
  }
}

/**
 * What `server.json` says, or undefined when there is none or it is not whole. Trusts it only in a
 * directory that passes {@link ensureDirectory}. Checked by hand, because the schema
 * (`ServerDescription` in protocol/handshake.ts) costs a command more start-up than its work.
 * @throws PyiError `UNAUTHORIZED`
 */
export function readDescription(address: ServerAddress): ServerDescription | undefined {
  let text: string;
  try {
    text = readFileSync(address.description, 'utf8');
  } catch {
    return undefined;
  }
  ensureDirectory(address);
  let value: Partial<Record<keyof ServerDescription, unknown>> | null;
  try {
    value = JSON.parse(text) as typeof value;
  } catch {
    return undefined;
  }
  const { socket, pid, protocol, version, token, started } = value ?? {};
  if (typeof socket !== 'string' || typeof pid !== 'number' || typeof protocol !== 'number') return undefined;
  if (typeof version !== 'string' || typeof token !== 'string' || typeof started !== 'number') return undefined;
  return { socket, pid, protocol, version, token, started };
}

/** Writes `server.json`, 0600, so that a reader sees the old or the new one, whole. */
export function writeDescription(address: ServerAddress, description: ServerDescription): void {
  const temporary = `${address.description}.${description.pid}`;
  rmSync(temporary, { force: true });
  const file = openSync(temporary, 'wx', 0o600);
  try {
    writeSync(file, `${JSON.stringify(description, undefined, 2)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  if (address.platform !== 'win32') chmodSync(temporary, 0o600);
  renameSync(temporary, address.description);
}

/** Removes `server.json` if it is still about the server with `token`. */
export function removeDescription(address: ServerAddress, token: string): void {
  if (readDescription(address)?.token === token) rmSync(address.description, { force: true });
}

/** True when `error` is a system error with this code. */
export function isErrno(error: unknown, ...codes: string[]): error is NodeJS.ErrnoException {
  return error instanceof Error && codes.includes((error as NodeJS.ErrnoException).code ?? '');
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
