/** Changes of a JSON text that leave every other byte as it is: indentation, line ends and the order of members are the user's. */

export interface JsonNode {
  readonly start: number;
  /** After its last character. */
  readonly end: number;
  /** Of an object, in their order. */
  readonly members?: readonly JsonMember[];
  /** Of an array. */
  readonly items?: readonly JsonNode[];
}

export interface JsonMember {
  readonly key: string;
  /** Where its name begins. */
  readonly start: number;
  readonly end: number;
  readonly value: JsonNode;
}

/** Where everything stands in a text that `JSON.parse` takes; a mark of the byte order may come first. @throws SyntaxError */
export function locateJson(text: string): JsonNode {
  const offset = text.startsWith('\ufeff') ? 1 : 0;
  JSON.parse(text.slice(offset));
  return readValue(text, skipSpace(text, offset));
}

/** The member of that name; of several the last, as `JSON.parse` has it. */
export function memberOf(node: JsonNode | undefined, key: string): JsonMember | undefined {
  return node?.members?.findLast((member) => member.key === key);
}

/** The text with a member or an item more, at the end of `container`, formatted like what is there. */
export function appendJson(text: string, container: JsonNode, value: unknown, key?: string): string {
  const last = (container.members ?? container.items ?? []).at(-1);
  const style = styleOf(text);
  const render = (indent: string): string => `${key === undefined ? '' : `${JSON.stringify(key)}:${style.space}`}${pretty(value, style, indent)}`;
  if (last === undefined) {
    const outer = indentAt(text, container.start);
    const inner = `${outer}${style.unit}`;
    const content = style.isOneLine ? render('') : `${style.eol}${inner}${render(inner)}${style.eol}${outer}`;
    return `${text.slice(0, container.start + 1)}${content}${text.slice(container.end - 1)}`;
  }
  const first = (container.members ?? container.items ?? [])[0] ?? last;
  const gap = text.slice(container.start + 1, first.start);
  const isOneLine = !gap.includes('\n');
  const indent = isOneLine ? '' : gap.slice(gap.lastIndexOf('\n') + 1);
  const separator = isOneLine ? style.space : `${style.eol}${indent}`;
  const content = isOneLine ? `${key === undefined ? '' : `${JSON.stringify(key)}:${style.space}`}${JSON.stringify(value)}` : render(indent);
  return `${text.slice(0, last.end)},${separator}${content}${text.slice(last.end)}`;
}

/** The text without one member or item of `container`, and without the comma that went with it. */
export function removeJson(text: string, container: JsonNode, index: number): string {
  const children: readonly (JsonMember | JsonNode)[] = container.members ?? container.items ?? [];
  const [before, gone, after] = [children[index - 1], children[index], children[index + 1]];
  if (gone === undefined) return text;
  if (before !== undefined) return text.slice(0, before.end) + text.slice(gone.end);
  if (after !== undefined) return text.slice(0, gone.start) + text.slice(after.start);
  return text.slice(0, container.start + 1) + text.slice(container.end - 1);
}

interface Style { readonly eol: string; readonly unit: string; readonly space: string; readonly isOneLine: boolean }

function styleOf(text: string): Style {
  // Of an empty object nobody can say.
  const isOneLine = !text.trim().includes('\n') && text.replace(/\s/g, '') !== '{}';
  return {
    eol: text.includes('\r\n') ? '\r\n' : '\n',
    unit: /\n([ \t]+)"/.exec(text)?.[1] ?? '  ',
    space: isOneLine && !/":\s/.test(text) ? '' : ' ',
    isOneLine,
  };
}

function pretty(value: unknown, { eol, unit, isOneLine }: Style, indent: string): string {
  return isOneLine ? JSON.stringify(value) : JSON.stringify(value, undefined, unit).replaceAll('\n', `${eol}${indent}`);
}

/** The white space that begins the line in which `at` stands. */
function indentAt(text: string, at: number): string {
  return /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', at - 1) + 1, at))?.[0] ?? '';
}

function skipSpace(text: string, at: number): number {
  let next = at;
  while (/\s/.test(text[next] ?? '')) next++;
  return next;
}

/** Reads the value at `start`, of a text that is known to be JSON. */
function readValue(text: string, start: number): JsonNode {
  if (text[start] === '{') return readObject(text, start);
  if (text[start] === '[') return readArray(text, start);
  if (text[start] === '"') return { start, end: endOfString(text, start) };
  let end = start;
  while (/[^\s,\]}]/.test(text[end] ?? ' ')) end++;
  return { start, end };
}

function readObject(text: string, start: number): JsonNode {
  const members: JsonMember[] = [];
  let at = skipSpace(text, start + 1);
  while (text[at] !== '}') {
    const keyEnd = endOfString(text, at);
    const value = readValue(text, skipSpace(text, skipSpace(text, keyEnd) + 1));
    members.push({ key: JSON.parse(text.slice(at, keyEnd)) as string, start: at, end: value.end, value });
    at = skipComma(text, value.end);
  }
  return { start, end: at + 1, members };
}

function readArray(text: string, start: number): JsonNode {
  const items: JsonNode[] = [];
  let at = skipSpace(text, start + 1);
  while (text[at] !== ']') {
    const value = readValue(text, at);
    items.push(value);
    at = skipComma(text, value.end);
  }
  return { start, end: at + 1, items };
}

function skipComma(text: string, at: number): number {
  const next = skipSpace(text, at);
  return text[next] === ',' ? skipSpace(text, next + 1) : next;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}
