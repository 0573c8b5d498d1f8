import { LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import { PyiError } from '../protocol/errors.ts';

/** A markdown file with its front matter. Every scalar is text: `001` is a task's number, not one. */
export interface MarkdownDocument {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** An issue written as `#12`, where YAML would see the beginning of a comment. */
const ISSUE_IN_LIST = /([[,]\s*|^\s*-\s+|^\s+|:\s+)#(\d+)/g;
const LIST_KEY = /^(?:depends_on|conflicts_with)\s*:/;
const LIST_ITEM = /^\s*-\s/;
/** A top-level `key: value` whose value is neither quoted nor a list, a map, a block or a reference. */
const PLAIN_LINE = /^([A-Za-z_][\w-]*):[ \t]+([^\s"'[{|>&*!%@`].*)$/;

/**
 * Reads a markdown file. What is no YAML because a plain value holds ": " (`name: Schema: users`) is read as CCPM's scripts read
 * it: the rest of the line.
 * @throws PyiError `INVALID_ARGUMENT`, naming `file` and the line
 */
export function parseMarkdown(text: string, file: string): MarkdownDocument {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (lines[0]?.trimEnd() !== '---') return { fields: {}, body: lines.join('\n') };
  const end = lines.findIndex((line, index) => index > 0 && line.trimEnd() === '---');
  if (end < 0) throw new PyiError('INVALID_ARGUMENT', `The front matter of ${file} has no end`, 'Close it with a line "---".');
  const header = withIssueNumbers(lines.slice(1, end));
  const strict = read(header);
  const { fields, problem } = strict.problem === undefined ? strict : read(header.map(quoted));
  if (problem !== undefined) throw new PyiError('INVALID_ARGUMENT', `The front matter of ${file} is no YAML, line ${problem.line + 1}: ${problem.message}`, 'Correct it, then try again.');
  return { fields, body: lines.slice(end + 1).join('\n') };
}

interface Reading {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly problem: { readonly line: number; readonly message: string } | undefined;
}

function read(lines: readonly string[]): Reading {
  const lineCounter = new LineCounter();
  const document = parseDocument(lines.join('\n'), { schema: 'failsafe', lineCounter, prettyErrors: false });
  const error = document.errors[0] ?? document.warnings[0];
  if (error !== undefined) return { fields: {}, problem: { line: lineCounter.linePos(error.pos[0]).line, message: error.message } };
  const value = plainValue(document);
  if (value === null || value === '') return { fields: {}, problem: undefined };
  if (typeof value !== 'object' || Array.isArray(value)) return { fields: {}, problem: { line: 1, message: 'these are no "name: value" lines' } };
  return { fields: value as Record<string, unknown>, problem: undefined };
}

/** Undefined where the document refers to itself: nothing that CCPM writes does. */
function plainValue(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    return undefined;
  }
}

/** `depends_on: [#12, 13]` and its long form, with the `#` gone. */
function withIssueNumbers(lines: readonly string[]): string[] {
  let inList = false;
  return lines.map((line) => {
    inList = LIST_KEY.test(line) || (inList && (LIST_ITEM.test(line) || /^\s/.test(line)));
    return inList ? line.replace(ISSUE_IN_LIST, '$1$2') : line;
  });
}

function quoted(line: string): string {
  const [, key, value] = PLAIN_LINE.exec(line) ?? [];
  return key === undefined || value === undefined ? line : `${key}: '${value.trimEnd().replaceAll('\'', '\'\'')}'`;
}

/** A field that holds text; undefined where it is missing, empty or something else. */
export function textField(fields: MarkdownDocument['fields'], name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** A field that holds several words: a list, or text with commas between them. */
export function listField(fields: MarkdownDocument['fields'], name: string): string[] {
  const value = fields[name];
  const items: unknown[] = Array.isArray(value) ? value : typeof value === 'string' ? value.split(',') : [];
  return items.flatMap((item) => (typeof item === 'string' && item.trim() !== '' ? [item.trim()] : []));
}
