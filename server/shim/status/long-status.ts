import type { BytePath } from '../../../protocol/paths.ts';
import { PLAIN, newRecord } from './status-text.ts';
import type { Status, TrackedRecord } from './status-text.ts';

/** `git status` for people (wt_longstatus_print in wt-status.c), in English, with its advice. In another language it is not understood, and git's. */

/** Where HEAD is, and against what branch; nothing of a merge, a rebase or the like, which have more to say below. */
const HEAD = /^(?:On branch \S+|HEAD detached (?:at|from) \S+)\n(?:\nNo commits yet\n\n)?(?:(?:Your branch [^\n]*|and have [^\n]*| {2}\(use "git (?:push|pull)[^\n]*)\n)*\n?/;
const STAGED = /^Changes to be committed:\n(?: {2}\([^\n]*\n)+(?:\t[^\n]*\n)+\n/;
const NOT_STAGED = /^Changes not staged for commit:\n(?: {2}\([^\n]*\n)+((?:\t[^\n]*\n)+)\n/;
const UNTRACKED = /^Untracked files:\n {2}\([^\n]*\n((?:\t[^\n]*\n)+)\n/;
const LABELS: Readonly<Record<string, string>> = { M: 'modified:   ', D: 'deleted:    ', T: 'typechange: ' };

/** Reads what git printed. Undefined when it has anything that would not be printed again to the byte. */
export function parseLongStatus(text: string): Status | undefined {
  const head = HEAD.exec(text)?.[0];
  if (head === undefined) return undefined;
  let rest = text.slice(head.length);
  const take = (section: RegExp): RegExpExecArray | null => {
    const found = section.exec(rest);
    rest = rest.slice(found?.[0].length ?? 0);
    return found;
  };
  const staged = take(STAGED)?.[0] ?? '';
  const tracked = lines(take(NOT_STAGED)?.[1]).map(recordOf);
  const untracked = new Set(lines(take(UNTRACKED)?.[1]) as BytePath[]);
  if (!tracked.every((record) => record !== undefined)) return undefined;
  const status: Status = { head: [head, staged], tracked: new Map(tracked.map((record) => [record.path, record])), untracked };
  return printLongStatus(status) === text ? status : undefined;
}

/** Prints it as git does. Undefined when a name would have to be quoted. */
export function printLongStatus({ head: [head = '', staged = ''], tracked, untracked }: Status): string | undefined {
  const records = [...tracked.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  const others = [...untracked].sort();
  if (![...records.map(({ path }) => path), ...others].every((name) => PLAIN.test(name))) return undefined;
  const add = records.some(({ code }) => code.endsWith('D')) ? 'add/rm' : 'add';
  return [
    head, staged,
    ...(records.length === 0 ? [] : [
      `Changes not staged for commit:\n  (use "git ${add} <file>..." to update what will be committed)\n  (use "git restore <file>..." to discard changes in working directory)\n`,
      ...records.map(({ code, path }) => `\t${LABELS[code.charAt(1)] ?? ''}${path}\n`), '\n',
    ]),
    ...(others.length === 0 ? [] : ['Untracked files:\n  (use "git add <file>..." to include in what will be committed)\n', ...others.map((name) => `\t${name}\n`), '\n']),
    staged === '' ? conclusion(head, records.length, others.length) : '',
  ].join('');
}

/** What git says when nothing is staged. */
function conclusion(head: string, changed: number, untracked: number): string {
  if (changed > 0) return 'no changes added to commit (use "git add" and/or "git commit -a")\n';
  if (untracked > 0) return 'nothing added to commit but untracked files present (use "git add" to track)\n';
  return head.includes('\nNo commits yet\n') ? 'nothing to commit (create/copy files and use "git add" to track)\n' : 'nothing to commit, working tree clean\n';
}

function lines(section: string | undefined): string[] {
  return section === undefined ? [] : section.split('\n').slice(0, -1).map((line) => line.slice(1));
}

function recordOf(line: string): TrackedRecord | undefined {
  const found = Object.entries(LABELS).find(([, label]) => line.startsWith(label));
  return found === undefined ? undefined : newRecord(line.slice(found[1].length) as BytePath, found[0], 0, 0, '');
}
