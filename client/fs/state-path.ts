/** A file or directory of a fork or checkpoint, or its root, where `path` is empty. */
export interface StateLocation {
  /** Folder of the repository: what operations take. */
  readonly repository: string;
  /** Full id: of a checkpoint (never changes), of a Git commit (neither), or of a fork (follows its head). */
  readonly state: string;
  /** Path inside the tree, in the text form of protocol/paths.ts. */
  readonly path: string;
}

/** The two parts of a URI that say where something is. */
export interface UriParts {
  readonly authority: string;
  /** Not percent-encoded. */
  readonly path: string;
}

const HEX_ID = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/;
const KINDS: ReadonlyMap<number, string> = new Map([[32, 'fork'], [40, 'commit'], [64, 'checkpoint']]);
const SHOWN_DIGITS = 12;
/** Leads a byte that is not UTF-8, as two hex digits. What people take for "not a character". */
const ESCAPE = '\ufffd';

/**
 * `pyi://<state>.<folder>/<kind>-<short id>/<path>`.
 *
 * The authority holds all that is needed to find the state, so that a URI works in every window, profile and after
 * every reload: a table of folders beside it could be lost, or not be written yet when a new window opens. VS Code lower-cases
 * authorities and compares them so; thus only `[a-z0-9.-]` stands for itself, and `_` leads the code of anything else. The query would
 * be wrong for it: VS Code ignores queries when it looks for the workspace folder of a file.
 *
 * The first name of the path tells a person what they see, where VS Code shows no more than a path: tabs, breadcrumbs, the name
 * of a folder opened by itself. It also keeps a file `C:x` from being taken for a drive, whose letter VS Code lower-cases.
 */
export function encodeState({ repository, state, path }: StateLocation): UriParts {
  return { authority: `${state}.${encodeFolder(repository)}`, path: `/${rootName(state)}${path === '' ? '' : `/${encodeTreePath(path)}`}` };
}

/**
 * As {@link encodeState}, below another directory than that of the state: `pyi://<state>.<folder>~<length of directory>/<directory>/<path>`.
 * For the two sides of a diff, whose paths must be the same, or VS Code takes the file for renamed.
 */
export function encodeBelow(directory: string, { repository, state, path }: StateLocation): UriParts {
  return { authority: `${state}.${encodeFolder(repository)}~${directory.length}`, path: `${directory}/${encodeTreePath(path)}` };
}

/** The opposite of {@link encodeState} and {@link encodeBelow}; undefined for what they do not give. */
export function decodeState({ authority, path }: UriParts): StateLocation | undefined {
  const [, state = '', folder = '', length] = /^([^.]*)\.([^~]*)(?:~(\d{1,5}))?$/.exec(authority.toLowerCase()) ?? [];
  if (!HEX_ID.test(state)) return undefined;
  const repository = decodeFolder(folder);
  const root = length === undefined ? `/${rootName(state)}` : path.slice(0, Number(length));
  const rest = path.slice(root.length);
  if (repository === undefined || !path.startsWith(root) || (rest !== '' && !rest.startsWith('/'))) return undefined;
  const decoded = decodeTreePath(rest.replace(/^\/|\/$/g, ''));
  return decoded === undefined ? undefined : { repository, state, path: decoded };
}

/** True for a state that moves. */
export function isFork(state: string): boolean {
  return kindOf(state) === 'fork';
}

export function isCommit(state: string): boolean {
  return kindOf(state) === 'commit';
}

function kindOf(state: string): string {
  return KINDS.get(state.length) ?? 'state';
}

/** `fork-1a2b3c4d5e6f`: the name of the root directory of a state. */
function rootName(state: string): string {
  return `${kindOf(state)}-${state.slice(0, SHOWN_DIGITS)}`;
}

function encodeFolder(folder: string): string {
  return folder.replace(/[^a-z0-9.-]/g, (unit) => {
    const code = unit.charCodeAt(0);
    return code < 0x100 ? `_${hex(code, 2)}` : `__${hex(code, 4)}`;
  });
}

function decodeFolder(text: string): string | undefined {
  if (!/^(?:[a-z0-9.-]|_[0-9a-f]{2}|__[0-9a-f]{4})+$/.test(text)) return undefined;
  return text.replace(/__([0-9a-f]{4})|_([0-9a-f]{2})/g, (_match, long: string | undefined, short: string | undefined) => String.fromCharCode(parseInt(long ?? short ?? '', 16)));
}

/** A path of a tree as a path of a URI. Lone surrogates cannot be percent-encoded: `Uri.toString` would throw. */
export function encodeTreePath(path: string): string {
  return path.replace(/[\ufffd\udc80-\udcff]/gu, (char) => (char === ESCAPE ? ESCAPE + ESCAPE : ESCAPE + hex(char.charCodeAt(0) - 0xdc00, 2)));
}

/** The opposite of {@link encodeTreePath}; undefined for what it does not give. */
export function decodeTreePath(text: string): string | undefined {
  if (!/^(?:[^\ufffd]|\ufffd\ufffd|\ufffd[89a-f][0-9a-f])*$/.test(text)) return undefined;
  return text.replace(/\ufffd(\ufffd|[0-9a-f]{2})/g, (_match, code: string) => (code === ESCAPE ? ESCAPE : String.fromCharCode(0xdc00 + parseInt(code, 16))));
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
