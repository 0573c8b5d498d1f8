import type { BytePath } from '../../../protocol/paths.ts';

/** How a status is printed: its version (`--porcelain=v1|v2`; `--short` is v1), and whether records end with NUL or LF. */
export interface StatusFormat {
  readonly version: 1 | 2;
  readonly isNul: boolean;
}

/** A file that is tracked and not as it was committed. */
export interface TrackedRecord {
  /** Index against commit, and work tree against index: letters, or a space (in version 2 a dot, here a space, too). */
  readonly code: string;
  readonly path: BytePath;
  /** What it was renamed or copied from. */
  readonly from: BytePath | undefined;
  /** Of version 2: what stands between the code and the path. */
  readonly fields: readonly string[];
}

export interface Status {
  /** Branch and stash, as printed. */
  readonly head: readonly string[];
  readonly tracked: Map<BytePath, TrackedRecord>;
  readonly untracked: Set<BytePath>;
}

/** Letters of the two columns. Others, as those of a merge in conflict, are git's alone. */
const CODE = /^(?: [MTD]|[MTARC][ MTD]|D[ ])$/;
/** Names that git prints as they are, in each version and whatever the settings. */
export const PLAIN = /^[\w./@+=,:~%^&()[\]{}!#$;-]+$/;
/** Fields of version 2 before the path: submodule, three modes, two ids, and of a rename its score. */
const FIELDS = 6;
/** Place of the work tree's mode among them. */
const WORK_TREE_MODE = 3;

/** Reads what git printed. Undefined when it has anything that is not understood to the byte. */
export function parseStatus(text: string, { version, isNul }: StatusFormat): Status | undefined {
  const status: Status = { head: [], tracked: new Map(), untracked: new Set() };
  const end = isNul ? '\0' : '\n';
  if (text !== '' && !text.endsWith(end)) return undefined;
  const records = text.split(end).slice(0, -1);
  const head: string[] = [];
  for (let at = 0; at < records.length; at++) {
    const record = records[at] ?? '';
    if (record.startsWith(version === 1 ? '## ' : '# ')) {
      head.push(record);
    } else if (record.startsWith(version === 1 ? '?? ' : '? ')) {
      status.untracked.add(record.slice(version === 1 ? 3 : 2) as BytePath);
    } else {
      const from = isNul && isRename(record, version) ? records[++at] : undefined;
      const tracked = version === 1 ? parseFirst(record, isNul, from) : parseSecond(record, isNul, from);
      if (tracked === undefined || !CODE.test(tracked.code)) return undefined;
      status.tracked.set(tracked.path, tracked);
    }
  }
  const names = [...status.untracked, ...Array.from(status.tracked.values()).flatMap(({ path, from }) => (from === undefined ? [path] : [path, from]))];
  return isNul || names.every((name) => PLAIN.test(name)) ? { ...status, head } : undefined;
}

/** Prints it as git does. Undefined when a name would have to be quoted. */
export function printStatus(status: Status, { version, isNul }: StatusFormat): string | undefined {
  const end = isNul ? '\0' : '\n';
  const tracked = [...status.tracked.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  const untracked = [...status.untracked].sort();
  if (!isNul && ![...tracked.map(({ path }) => path), ...untracked].every((name) => PLAIN.test(name))) return undefined;
  return [
    ...status.head,
    ...tracked.map((record) => (version === 1 ? printFirst(record, isNul) : printSecond(record, isNul))),
    ...untracked.map((name) => (version === 1 ? `?? ${name}` : `? ${name}`)),
  ].map((record) => record + end).join('');
}

/** A file that was as committed until now. */
export function newRecord(path: BytePath, letter: string, mode: number, workTreeMode: number, oid: string): TrackedRecord {
  return { code: ` ${letter}`, path, from: undefined, fields: ['N...', octal(mode), octal(mode), octal(workTreeMode), oid, oid] };
}

/** The same record with another state of the work tree. */
export function withWorkTree(record: TrackedRecord, letter: string, workTreeMode: number): TrackedRecord {
  const { code, fields } = record;
  return { ...record, code: `${code.charAt(0)}${letter}`, fields: fields.map((field, place) => (place === WORK_TREE_MODE ? octal(workTreeMode) : field)) };
}

function octal(mode: number): string {
  return mode.toString(8).padStart(6, '0');
}

function isRename(record: string, version: 1 | 2): boolean {
  return version === 1 ? /^[RC]/.test(record) : record.startsWith('2 ');
}

function parseFirst(record: string, isNul: boolean, from: string | undefined): TrackedRecord | undefined {
  if (record.charAt(2) !== ' ') return undefined;
  const code = record.slice(0, 2);
  const name = record.slice(3);
  if (isNul || !isRename(record, 1)) return { code, path: name as BytePath, from: from as BytePath | undefined, fields: [] };
  const [before, path, more] = name.split(' -> ');
  return before === undefined || path === undefined || more !== undefined ? undefined : { code, path: path as BytePath, from: before as BytePath, fields: [] };
}

function parseSecond(record: string, isNul: boolean, from: string | undefined): TrackedRecord | undefined {
  const kind = record.charAt(0);
  if (kind !== '1' && kind !== '2') return undefined;
  const words = record.split(' ');
  const count = kind === '1' ? FIELDS : FIELDS + 1;
  const code = (words[1] ?? '').replaceAll('.', ' ');
  const fields = words.slice(2, 2 + count);
  const name = words.slice(2 + count).join(' ');
  if (fields.length !== count || name === '') return undefined;
  if (kind === '1' || isNul) return { code, path: name as BytePath, from: from as BytePath | undefined, fields };
  const [path, before] = name.split('\t');
  return path === undefined || before === undefined ? undefined : { code, path: path as BytePath, from: before as BytePath, fields };
}

function printFirst({ code, path, from }: TrackedRecord, isNul: boolean): string {
  if (from === undefined) return `${code} ${path}`;
  return isNul ? `${code} ${path}\0${from}` : `${code} ${from} -> ${path}`;
}

function printSecond({ code, path, from, fields }: TrackedRecord, isNul: boolean): string {
  const words = [from === undefined ? '1' : '2', code.replaceAll(' ', '.'), ...fields, path].join(' ');
  return from === undefined ? words : `${words}${isNul ? '\0' : '\t'}${from}`;
}
