import { Unclear } from '../unclear.ts';
import type { Objects } from './objects.ts';

/** What a tree says of a name. */
export interface TreeEntry {
  /** As git writes it, six octal digits. */
  readonly mode: string;
  readonly name: string;
  readonly oid: string;
}

export const DIRECTORY = '040000';
export const SUBMODULE = '160000';
/** As they stand in trees. Others, of old, git shows as one of these. */
const MODES = ['100644', '100755', '120000', '40000', '160000'];
const OID_BYTES = 20;
const SPACE = 0x20;
const MAX_TAGS = 5;
/** The first line of a commit, and of a tag. */
const NAMES_TREE = /^tree ([0-9a-f]{40})\n/;
const NAMES_OBJECT = /^object ([0-9a-f]{40})\n/;
const FIRST_LINE_BYTES = 64;

/** The tree that an object is, or that a commit or a tag leads to. @throws Unclear */
export function treeOf(objects: Objects, oid: string): string {
  let at = oid;
  for (let tags = 0; tags < MAX_TAGS; tags++) {
    const { type, content } = objects.read(at);
    if (type === 'tree') return at;
    const next = (type === 'commit' ? NAMES_TREE : NAMES_OBJECT).exec(content.toString('latin1', 0, FIRST_LINE_BYTES))?.[1];
    if (next === undefined || type === 'blob') throw new Unclear();
    at = next;
  }
  throw new Unclear();
}

/** What is at a path below a tree; undefined when nothing is. @throws Unclear */
export function entryAt(objects: Objects, tree: string, path: string): TreeEntry | undefined {
  let at = tree;
  const names = path.split('/');
  for (const [depth, name] of names.entries()) {
    const entry = find(treeContent(objects, at), name);
    if (entry === undefined || depth === names.length - 1) return entry;
    // A file is in the way, or another repository.
    if (entry.mode !== DIRECTORY) throw new Unclear();
    at = entry.oid;
  }
  return undefined;
}

/** All that a tree has, in its order. @throws Unclear */
export function entriesOf(content: Buffer): TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (const [start, end] of bounds(content)) entries.push(entryOf(content, start, end));
  return entries;
}

/** Where each entry begins, and where its name ends. */
function* bounds(content: Buffer): Generator<readonly [start: number, end: number], void, void> {
  for (let start = 0; start < content.length;) {
    const end = content.indexOf(0, start);
    if (end < 0 || end + 1 + OID_BYTES > content.length) throw new Unclear();
    yield [start, end];
    start = end + 1 + OID_BYTES;
  }
}

function entryOf(content: Buffer, start: number, end: number): TreeEntry {
  const space = content.indexOf(SPACE, start);
  const mode = content.toString('latin1', start, space);
  if (!MODES.includes(mode)) throw new Unclear();
  return { mode: mode.padStart(DIRECTORY.length, '0'), name: content.toString('latin1', space + 1, end), oid: content.toString('hex', end + 1, end + 1 + OID_BYTES) };
}

function treeContent(objects: Objects, oid: string): Buffer {
  const { type, content } = objects.read(oid);
  if (type !== 'tree') throw new Unclear();
  return content;
}

function find(content: Buffer, name: string): TreeEntry | undefined {
  let before = '';
  for (const [start, end] of bounds(content)) {
    const entry = entryOf(content, start, end);
    // Directories stand where they would with a slash at their end. What is damaged on the way is git's to complain of.
    const order = entry.mode === DIRECTORY ? `${entry.name}/` : entry.name;
    if (entry.name === '' || order <= before) throw new Unclear();
    if (entry.name === name) return entry;
    before = order;
  }
  return undefined;
}
