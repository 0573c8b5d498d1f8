/** A part of a task that one agent works on, beside the others. */
export interface Stream {
  /** `A`, `B` and so on. */
  readonly id: string;
  readonly title: string;
  /** Globs of the files that are its own; none: not told. */
  readonly files: readonly string[];
  /** Ids of the streams that must come first. */
  readonly dependsOn: readonly string[];
}

/** What the analysis of a task says. */
export interface Analysis {
  readonly streams: readonly Stream[];
  /** What was left out, and why. */
  readonly problems: readonly string[];
}

const HEADING = /^(#{1,6})\s+(.*?)\s*#*\s*$/;
const STREAM = /^\**Stream\s+([A-Za-z0-9]{1,8})\**\s*(?:[:.\u2013\u2014-]\s*(.*?))?\**$/i;
const FIELD = /^\s*(?:[-*]\s+)?\*\*([^*]+?):?\*\*:?\s*(.*)$/;
const ITEM = /^\s*[-*+]\s+(.*)$/;
const NOTHING = /^(?:none|n\/a|-|tbd)?\.?$/i;
const STREAM_NAME = /\bStreams?\s+([A-Za-z0-9]{1,8}(?:\s*(?:,|&|and)\s*(?:Stream\s+)?[A-Za-z0-9]{1,8}\b)*)/gi;

/** The fields of a stream that say what PYI needs. */
const FILES = 'files';
const BEFORE = ['dependencies', 'can start'];

/** Reads the streams of `N-analysis.md` (its body, without front matter). */
export function parseAnalysis(body: string): Analysis {
  const streams: Stream[] = [];
  const problems: string[] = [];
  for (const { id, title, fields } of sections(body)) {
    if (streams.some((stream) => stream.id === id)) {
      problems.push(`stream ${id} is described twice: the first description counts`);
      continue;
    }
    const files: string[] = [];
    for (const text of fields.get(FILES) ?? []) {
      const glob = globIn(text);
      if (glob === undefined) continue;
      if (glob.startsWith('/') || glob.split('/').includes('..') || /^[A-Za-z]:/.test(glob)) problems.push(`stream ${id}: ${JSON.stringify(glob)} lies outside the project`);
      else if (!files.includes(glob)) files.push(glob);
    }
    const before = BEFORE.flatMap((name) => fields.get(name) ?? []).flatMap(streamsIn).filter((other) => other !== id);
    streams.push({ id, title, files, dependsOn: [...new Set(before)] });
  }
  const known = streams.map(({ id }) => id);
  for (const { id, dependsOn } of streams) for (const other of dependsOn) if (!known.includes(other)) problems.push(`stream ${id} waits for stream ${other}, which is not described`);
  return { streams: streams.map((stream) => ({ ...stream, dependsOn: stream.dependsOn.filter((other) => known.includes(other)) })), problems };
}

interface Section {
  readonly id: string;
  readonly title: string;
  /** Lines below each `**Field**:`, by its name in small letters. */
  readonly fields: Map<string, string[]>;
}

function sections(body: string): Section[] {
  const found: Section[] = [];
  let current: Section | undefined;
  let lines: string[] | undefined;
  for (const line of body.split(/\r?\n/)) {
    const heading = HEADING.exec(line)?.[2];
    if (heading !== undefined) {
      const [, id, title] = STREAM.exec(heading) ?? [];
      current = id === undefined ? undefined : { id: id.toUpperCase(), title: (title ?? '').replaceAll('**', '').trim() || `Stream ${id.toUpperCase()}`, fields: new Map() };
      lines = undefined;
      if (current !== undefined) found.push(current);
      continue;
    }
    const [, field, rest] = FIELD.exec(line) ?? [];
    if (field !== undefined) {
      lines = [];
      current?.fields.set(field.trim().toLowerCase(), lines);
      if (rest !== undefined && rest.trim() !== '') lines.push(...inlineItems(rest));
      continue;
    }
    const item = ITEM.exec(line)?.[1];
    if (item !== undefined) lines?.push(item);
    else if (line.trim() !== '') lines = undefined;
  }
  return found;
}

/** `a.ts, b.ts` on the line of the field itself. A brace is a part of a glob. */
function inlineItems(text: string): string[] {
  return text.split(/,(?![^{]*\})/);
}

/** The path pattern in an item of a list: what stands in backticks, else what comes before a remark. */
function globIn(text: string): string | undefined {
  const inTicks = /`([^`]+)`/.exec(text)?.[1];
  const bare = (inTicks ?? text.split(/\s+(?:[-\u2013\u2014(#]|\u2192)/)[0] ?? '').trim().replace(/^["']|["']$/g, '').replace(/^(?:\.\/)+/, '');
  if (NOTHING.test(bare) || /\s|^\{.*\}$/.test(bare)) return undefined;
  return bare.endsWith('/') ? `${bare}**` : bare;
}

function streamsIn(text: string): string[] {
  return Array.from(text.matchAll(STREAM_NAME), ([, names]) => (names ?? '').split(/\s*(?:,|&|\band\b)\s*(?:Streams?\s+)?/i))
    .flat().map((name) => name.trim().toUpperCase()).filter((name) => /^[A-Z0-9]{1,2}$/.test(name));
}
