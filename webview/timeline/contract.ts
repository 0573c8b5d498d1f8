import type { CheckpointInfo, CheckpointKind, ForkInfo, TimelineFilter } from '../../protocol/values.ts';

/** What the timeline shows and asks. */

export const GROUPINGS = ['day', 'agent', 'task'] as const;
export type Grouping = (typeof GROUPINGS)[number];

export const KINDS = ['manual', 'automatic', 'tool', 'recovery', 'merge', 'collapse', 'setup'] as const satisfies readonly CheckpointKind[];

/** Which checkpoints are shown. What is left out is not asked for. */
export type Filter = Pick<TimelineFilter, 'fork' | 'agent' | 'task' | 'kinds' | 'text'>;

/** What a page looks at. */
export interface Question {
  readonly folder: string;
  readonly filter: Filter;
  readonly by: Grouping;
  /** Where days begin: that of the person, whose machine may not be that of the repository. */
  readonly timeZone: string;
}

/** A day (YYYY-MM-DD), an agent or a task (null: none), and how many checkpoints it has. */
export interface Group {
  readonly key: string | null;
  readonly count: number;
}

export interface CheckpointRow extends Pick<CheckpointInfo, 'checkpoint' | 'fork' | 'agent' | 'time' | 'message' | 'kind' | 'cause' | 'pinned' | 'name'> {
  readonly forkName: string;
  readonly added: number;
  readonly changed: number;
  readonly deleted: number;
  readonly bytes: number;
  readonly micros: number;
}

/**
 * Checkpoints of a group by their place in it, from 0, the oldest: new ones do not move the others. In the order of their
 * places, so the oldest first.
 */
export type RowsRequest = Question & PageRequest;

export interface RowsReply {
  readonly rows: readonly CheckpointRow[];
  /** Places below this one keep their checkpoint; those from it on are to be asked for again when something happened. */
  readonly settled: number;
}

/** Checkpoints are asked for in pages of so many places, counted from the oldest of each group. */
export const PAGE_ROWS = 100;

/** Places of a group that are asked for together. */
export interface PageRequest {
  readonly key: string | null;
  readonly from: number;
  readonly count: number;
}

export interface OverviewRequest extends Question {
  /** Whether the newest checkpoints are looked at: they come along then, so that nobody waits for another answer to see them. */
  readonly newest: boolean;
}

export interface Overview {
  /** The group with the newest checkpoint first. */
  readonly groups: readonly Group[];
  readonly pages: readonly (PageRequest & RowsReply)[];
}

export interface HistoryRequest {
  readonly folder: string;
  readonly path: string;
  /** Only what is older, milliseconds since 1970. */
  readonly before?: number;
}

export interface HistoryRow extends CheckpointRow {
  readonly change: 'added' | 'changed' | 'deleted';
  /** Of the file then, bytes; null when it was deleted. */
  readonly size: number | null;
  /** What it was made from; null for the first. */
  readonly parent: string | null;
}

export interface HistoryReply {
  readonly rows: readonly HistoryRow[];
  readonly more: boolean;
}

export type ForkName = Pick<ForkInfo, 'fork' | 'name' | 'agent' | 'task' | 'state'>;

/** A folder of the window. The three numbers grow when something happened that they stand for. */
export interface Folder {
  readonly folder: string;
  readonly name: string;
  readonly store: { readonly kind: 'unknown' | 'none' | 'ready' } | { readonly kind: 'problem'; readonly message: string };
  /** There may be new checkpoints. */
  readonly news: number;
  /** What was told of older checkpoints may not be so any more. */
  readonly past: number;
  /** There may be other forks. */
  readonly forks: number;
}

/** Where a page is shown: a request to show something concerns one of them. */
export type Place = 'sidebar' | 'editor';

/** Somebody asked to see something: some checkpoints, the history of a file, or the timeline as it is. */
export interface Wish {
  /** Fulfilled once: a page remembers the last. */
  readonly id: string;
  readonly place: Place;
  readonly folder?: string;
  readonly filter?: Filter;
  readonly path?: string;
}

export interface TimelineState {
  readonly server: { readonly connected: boolean; readonly text: string };
  readonly folders: readonly Folder[];
  /** How a page groups that has no mind of its own yet. */
  readonly grouping: Grouping;
  readonly wish: Wish | undefined;
  /** What a page that opens will most likely ask first, with the answer. */
  readonly first?: { readonly question: Question; readonly overview: Overview } | undefined;
}

/** Commands that the page may run. */
export const TIMELINE_COMMANDS = [
  'openChanges', 'openDiff', 'compare', 'rewind', 'forkFromHere', 'pin', 'unpin', 'nameCheckpoint', 'copyId', 'materialize', 'openState', 'setup', 'checkpoint',
] as const;
export type TimelineCommand = (typeof TIMELINE_COMMANDS)[number];

export interface CommandRequest {
  readonly command: TimelineCommand;
  readonly folder: string;
  readonly fork?: string;
  readonly checkpoint?: string;
  /** What to compare with. */
  readonly other?: string;
  readonly path?: string;
}

/** What the page asks of its host. */
export interface TimelineMethods {
  readonly [method: string]: { readonly params: unknown; readonly result: unknown };
  readonly overview: { readonly params: OverviewRequest; readonly result: Overview };
  readonly rows: { readonly params: RowsRequest; readonly result: RowsReply };
  readonly history: { readonly params: HistoryRequest; readonly result: HistoryReply };
  readonly forks: { readonly params: string; readonly result: readonly ForkName[] };
  readonly command: { readonly params: CommandRequest; readonly result: unknown };
}

/** What a page keeps over a reload: where the user was, no data. */
export interface TimelinePosition {
  readonly folder: string | undefined;
  readonly filter: Filter;
  /** Undefined: as the settings say. */
  readonly by: Grouping | undefined;
  /** Keys of the groups that are folded. */
  readonly folded: readonly (string | null)[];
  /** The file whose history is shown. */
  readonly path: string | undefined;
  readonly anchor: Anchor | undefined;
  /** Id of the last wish that was fulfilled. */
  readonly wish: string | undefined;
  readonly filtersShown: boolean;
}

/** What is at the upper edge: a place in a group (its header: -1) and how much of it is above the edge, pixels. */
export interface Anchor {
  readonly key: string | null;
  readonly place: number;
  readonly above: number;
}

const ID = /^[0-9a-f]{4,64}$/;
const MAX_ROWS = 1000;

function parseQuestion(raw: unknown): Question | undefined {
  const { folder, filter, by, timeZone } = fields(raw);
  const grouping = GROUPINGS.find((known) => known === by);
  const parsed = parseFilter(filter);
  if (typeof folder !== 'string' || grouping === undefined || parsed === undefined || typeof timeZone !== 'string') return undefined;
  return { folder, filter: parsed, by: grouping, timeZone };
}

export function parseOverviewRequest(raw: unknown): OverviewRequest | undefined {
  const question = parseQuestion(raw);
  return question === undefined ? undefined : { ...question, newest: fields(raw)['newest'] === true };
}

export function parseRowsRequest(raw: unknown): RowsRequest | undefined {
  const question = parseQuestion(raw);
  const { key, from, count } = fields(raw);
  if (question === undefined || !isKey(key) || !isPlace(from) || !isPlace(count) || count < 1 || count > MAX_ROWS) return undefined;
  return { ...question, key, from, count };
}

export function parseHistoryRequest(raw: unknown): HistoryRequest | undefined {
  const { folder, path, before } = fields(raw);
  if (typeof folder !== 'string' || typeof path !== 'string' || path === '' || !(before === undefined || Number.isFinite(before))) return undefined;
  return { folder, path, ...(before === undefined ? {} : { before: before as number }) };
}

/** The command that the page asks for, or undefined when it asks for something else. */
export function parseCommandRequest(raw: unknown): CommandRequest | undefined {
  const { command, folder, fork, checkpoint, other, path } = fields(raw);
  const known = TIMELINE_COMMANDS.find((candidate) => candidate === command);
  if (known === undefined || typeof folder !== 'string' || ![fork, checkpoint, other].every(isIdOrAbsent) || !isTextOrAbsent(path)) return undefined;
  const about = Object.entries({ fork, checkpoint, other, path }).filter(([, value]) => value !== undefined);
  return { command: known, folder, ...Object.fromEntries(about) };
}

/** The position that a webview saved, whatever an older version of it may have saved. */
export function parsePosition(raw: unknown): TimelinePosition {
  const { folder, filter, by, folded, path, anchor, wish, filtersShown } = fields(raw);
  return {
    folder: textOf(folder), filter: parseFilter(filter) ?? {}, by: GROUPINGS.find((known) => known === by), path: textOf(path), wish: textOf(wish),
    folded: Array.isArray(folded) ? folded.filter(isKey) : [], anchor: parseAnchor(anchor), filtersShown: filtersShown === true,
  };
}

function parseFilter(raw: unknown): Filter | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const { fork, agent, task, kinds, text } = fields(raw);
  if (![fork, agent, text].every(isTextOrAbsent) || !(task === undefined || isKey(task))) return undefined;
  const known = kinds === undefined ? [] : parseKinds(kinds);
  if (known === undefined) return undefined;
  const given = Object.entries({ fork, agent, text, task }).filter(([, value]) => value !== undefined && value !== '');
  return { ...Object.fromEntries(given), ...(known.length === 0 ? {} : { kinds: known }) };
}

function parseKinds(raw: unknown): CheckpointKind[] | undefined {
  if (!Array.isArray(raw)) return undefined;
  const known = KINDS.filter((kind) => raw.includes(kind));
  return known.length === raw.length ? known : undefined;
}

function parseAnchor(raw: unknown): Anchor | undefined {
  const { key, place, above } = fields(raw);
  return isKey(key) && Number.isInteger(place) && Number.isFinite(above) ? { key, place: place as number, above: above as number } : undefined;
}

function fields(raw: unknown): Record<string, unknown> {
  return typeof raw === 'object' && raw !== null ? raw as Record<string, unknown> : {};
}

function isKey(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

function isPlace(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isIdOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && ID.test(value));
}

function isTextOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
