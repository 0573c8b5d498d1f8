import { PyiError } from '../protocol/errors.ts';
import { nearest } from '../protocol/nearest.ts';
import type { Stream } from './analysis.ts';
import { parseAnalysis } from './analysis.ts';
import { listField, parseMarkdown, textField } from './front-matter.ts';
import type { MarkdownDocument } from './front-matter.ts';
import type { ProjectFiles } from './project-files.ts';

/** Where CCPM keeps its epics, in both layouts. */
export const EPICS = '.claude/epics';

/** A task's file. `12-analysis.md`, which CCPM's own scripts count too, is none. */
const TASK_FILE = /^(\d+)\.md$/;
/** Folders beside the epics that are none. */
const NO_EPICS = ['archived', '.archived'];

export type TaskStatus = 'backlog' | 'open' | 'in-progress' | 'closed';

export interface Task {
  /** As the file is named: `12`, or `001` before it was synchronised. */
  readonly number: string;
  readonly title: string;
  readonly status: TaskStatus;
  /** Numbers of the tasks of this epic that must come first. */
  readonly dependsOn: readonly string[];
  /** Numbers of the tasks of this epic that must not be worked on at the same time. */
  readonly conflictsWith: readonly string[];
  /** At least one. */
  readonly streams: readonly Stream[];
  /** False without an `N-analysis.md`: then the whole task is one stream. */
  readonly isAnalysed: boolean;
}

export interface Epic {
  /** Name of its folder. */
  readonly name: string;
  readonly status: string;
  /** In the order of their numbers. */
  readonly tasks: readonly Task[];
  /** What is wrong with its files. Tasks whose file cannot be read are not among `tasks`. */
  readonly problems: readonly string[];
}

/** Names of all epics, sorted. */
export async function epicNames(files: ProjectFiles): Promise<string[]> {
  const found: string[] = [];
  for (const name of await files.list(EPICS)) {
    if (name.startsWith('.') || NO_EPICS.includes(name)) continue;
    const inside = await files.list(`${EPICS}/${name}`);
    if (inside.includes('epic.md') || inside.some((file) => TASK_FILE.test(file))) found.push(name);
  }
  return found;
}

/** Reads an epic with its tasks and their streams. @throws PyiError `NOT_FOUND` */
export async function readEpic(files: ProjectFiles, name: string): Promise<Epic> {
  const names = await epicNames(files);
  if (!names.includes(name)) {
    const near = nearest(name, names);
    throw new PyiError('NOT_FOUND', `There is no epic ${JSON.stringify(name)} in ${EPICS}`, near !== undefined ? `Did you mean "${near}"?` : names.length === 0 ? 'CCPM makes one with /pm:prd-parse.' : `There are ${names.join(', ')}.`);
  }
  const problems: string[] = [];
  const directory = `${EPICS}/${name}`;
  const numbers = (await files.list(directory)).flatMap((file) => TASK_FILE.exec(file)?.[1] ?? []).sort((a, b) => Number(a) - Number(b) || a.length - b.length);
  const read = async (file: string): Promise<MarkdownDocument | undefined> => {
    const text = await files.read(`${directory}/${file}`);
    try {
      return text === undefined ? undefined : parseMarkdown(text, file);
    } catch (error) {
      if (!PyiError.is(error)) throw error;
      problems.push(error.message);
      return undefined;
    }
  };
  const head = await read('epic.md');
  const tasks: Task[] = [];
  for (const number of numbers) {
    const document = await read(`${number}.md`);
    if (document === undefined) continue;
    const analysis = await read(`${number}-analysis.md`);
    tasks.push(taskOf(number, document, analysis, numbers, problems));
  }
  return { name, status: head === undefined ? 'open' : textField(head.fields, 'status') ?? 'open', tasks, problems };
}

function taskOf(number: string, { fields, body }: MarkdownDocument, analysis: MarkdownDocument | undefined, numbers: readonly string[], problems: string[]): Task {
  const title = textField(fields, 'name') ?? textField(fields, 'title') ?? /^#\s+(.+)$/m.exec(body)?.[1]?.trim() ?? `Task ${number}`;
  const others = (field: string): string[] => {
    const found = listField(fields, field).map((reference) => ({ reference, other: taskNamed(reference, numbers) }));
    for (const { reference, other } of found) if (other === undefined) problems.push(`task ${number}: ${field} names ${JSON.stringify(reference)}, which is no task of this epic`);
    return [...new Set(found.flatMap(({ other }) => other ?? []))].filter((other) => other !== number || field === 'depends_on');
  };
  const parsed = analysis === undefined ? { streams: [], problems: [] } : parseAnalysis(analysis.body);
  problems.push(...parsed.problems.map((problem) => `task ${number}: ${problem}`));
  const isAnalysed = parsed.streams.length > 0;
  if (analysis !== undefined && !isAnalysed) problems.push(`task ${number}: its analysis describes no stream ("### Stream A: …")`);
  return {
    number, title, status: statusOf(textField(fields, 'status')), dependsOn: others('depends_on'), conflictsWith: others('conflicts_with'),
    streams: isAnalysed ? parsed.streams : [{ id: 'A', title, files: [], dependsOn: [] }], isAnalysed,
  };
}

/** The task that `#12`, `12`, `12.md` or `issues/12` means; `1` also means `001`. */
function taskNamed(reference: string, numbers: readonly string[]): string | undefined {
  const digits = /(\d+)(?:\.md)?$/.exec(reference)?.[1];
  if (digits === undefined) return undefined;
  return numbers.find((number) => number === digits) ?? numbers.find((number) => Number(number) === Number(digits));
}

function statusOf(text: string | undefined): TaskStatus {
  switch (text?.toLowerCase().replace(/[\s_]+/g, '-')) {
    case 'closed':
    case 'completed':
    case 'complete':
    case 'done':
      return 'closed';
    case 'in-progress':
    case 'started':
      return 'in-progress';
    case 'backlog':
      return 'backlog';
    default:
      return 'open';
  }
}

/** A task of an epic by its number. @throws PyiError `NOT_FOUND` */
export function taskOfEpic(epic: Epic, reference: string): Task {
  const number = taskNamed(reference, epic.tasks.map((task) => task.number));
  const task = epic.tasks.find((candidate) => candidate.number === number);
  if (task !== undefined) return task;
  const hint = epic.problems[0] ?? `There are ${epic.tasks.map((candidate) => candidate.number).join(', ') || 'none'}.`;
  throw new PyiError('NOT_FOUND', `Epic ${epic.name} has no task ${JSON.stringify(reference)}`, hint);
}

/** Refuses what cannot be worked on as it stands: unreadable files, cycles. @throws PyiError `INVALID_ARGUMENT` */
export function checkEpic(epic: Epic): void {
  const [problem] = epic.problems;
  if (problem !== undefined) throw new PyiError('INVALID_ARGUMENT', `Epic ${epic.name} cannot be started: ${problem}`, epic.problems.length > 1 ? `"pyi ccpm status ${epic.name}" lists all ${epic.problems.length} problems.` : `Correct it in ${EPICS}/${epic.name}.`);
  const cycle = findCycle(epic.tasks.map(({ number, dependsOn }) => [number, dependsOn] as const));
  if (cycle !== undefined) throw new PyiError('INVALID_ARGUMENT', `Tasks of epic ${epic.name} wait for each other: ${cycle.join(' → ')}`, 'Take one of them out of "depends_on".');
  for (const { number, streams } of epic.tasks) {
    const loop = findCycle(streams.map(({ id, dependsOn }) => [id, dependsOn] as const));
    if (loop !== undefined) throw new PyiError('INVALID_ARGUMENT', `Streams of task ${number} wait for each other: ${loop.join(' → ')}`, `Correct ${EPICS}/${epic.name}/${number}-analysis.md.`);
  }
}

/** A way through the graph that comes back to where it began, first and last the same; undefined when there is none. */
function findCycle(graph: readonly (readonly [node: string, next: readonly string[]])[]): string[] | undefined {
  const next = new Map(graph);
  const finished = new Set<string>();
  const visit = (node: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(node)) return [...way.slice(way.indexOf(node)), node];
    if (finished.has(node)) return undefined;
    for (const other of next.get(node) ?? []) {
      const found = visit(other, [...way, node]);
      if (found !== undefined) return found;
    }
    finished.add(node);
    return undefined;
  };
  for (const [node] of graph) {
    const found = visit(node, []);
    if (found !== undefined) return found;
  }
  return undefined;
}
