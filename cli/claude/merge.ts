import { PyiError } from '../../protocol/errors.ts';
import { appendJson, locateJson, memberOf, removeJson } from './json-text.ts';
import type { JsonNode } from './json-text.ts';
import type { HookGroup, HookTable } from './plugin.ts';

/** What of a settings file is PYI's, put in and taken out. Every other byte stays. */

/** A command of ours, however `pyi` is named: also what an older version put there. */
const OUR_COMMAND = /\bpyi(?:\.exe|\.cmd)?["']? claude hook \w+/;

/** The hooks of ours that a settings file has, by event. */
export function hooksIn(text: string, file: string): ReadonlyMap<string, readonly HookGroup[]> {
  const hooks = parse(text, file)['hooks'];
  const found = new Map<string, readonly HookGroup[]>();
  if (typeof hooks !== 'object' || hooks === null) return found;
  for (const [event, groups] of Object.entries(hooks)) {
    const ours = Array.isArray(groups) ? groups.filter((group): group is HookGroup => commandsOf(group).some(isOurs)) : [];
    if (ours.length > 0) found.set(event, ours);
  }
  return found;
}

/** A settings file with our hooks after all others. It must have none of ours. @throws PyiError `INVALID_ARGUMENT` */
export function withHooks(text: string, file: string, hooks: HookTable): string {
  let result = withMember(text, file, [], 'hooks', 'object');
  for (const [event, groups] of Object.entries(hooks)) {
    result = withMember(result, file, ['hooks'], event, 'array');
    for (const group of groups) result = appendJson(result, at(result, file, ['hooks', event], 'array'), group);
  }
  return result;
}

/** A settings file without our hooks, and without what is empty without them. */
export function withoutHooks(text: string, file: string): string {
  let result = text;
  for (const event of hooksIn(text, file).keys()) {
    result = withoutOurGroups(result, file, event);
    result = withoutEmpty(result, file, ['hooks'], event);
  }
  return result === text ? text : withoutEmpty(result, file, [], 'hooks');
}

/** A file of MCP servers with ours. @throws PyiError `INVALID_ARGUMENT`, `NAME_EXISTS` */
export function withServer(text: string, file: string, name: string, server: unknown): string {
  const there = serverIn(text, file, name);
  if (there !== undefined && !isPyi(there)) {
    throw new PyiError('NAME_EXISTS', `${file} has an MCP server "${name}" that is not PYI's`, 'Rename it there, and install again.');
  }
  if (there !== undefined) return text;
  const result = withMember(text, file, [], 'mcpServers', 'object');
  return appendJson(result, at(result, file, ['mcpServers'], 'object'), server, name);
}

/** Whether a server is `pyi mcp`, whoever put it there and whatever else is said of it. */
function isPyi(server: unknown): boolean {
  const { command, args } = (server ?? {}) as { command?: unknown; args?: unknown };
  return typeof command === 'string' && /(?:^|[\\/])pyi(?:\.exe|\.cmd)?$/.test(command) && Array.isArray(args) && args[0] === 'mcp';
}

/** A file of MCP servers without ours. One of that name with other content is somebody else's. */
export function withoutServer(text: string, file: string, name: string, server: unknown): string {
  if (JSON.stringify(serverIn(text, file, name)) !== JSON.stringify(server)) return text;
  const servers = at(text, file, ['mcpServers'], 'object');
  const result = removeJson(text, servers, servers.members?.findLastIndex(({ key }) => key === name) ?? -1);
  return withoutEmpty(result, file, [], 'mcpServers');
}

/** The MCP server of that name; undefined when there is none. */
export function serverIn(text: string, file: string, name: string): unknown {
  const servers = parse(text, file)['mcpServers'];
  return typeof servers === 'object' && servers !== null && Object.hasOwn(servers, name) ? (servers as Record<string, unknown>)[name] : undefined;
}

function withoutOurGroups(text: string, file: string, event: string): string {
  let result = text;
  const node = (): JsonNode => at(result, file, ['hooks', event], 'array');
  for (let index = (node().items?.length ?? 0) - 1; index >= 0; index--) {
    const group = node().items?.[index];
    if (group === undefined) continue;
    const commands = commandsOf(JSON.parse(result.slice(group.start, group.end)));
    if (commands.every(isOurs) && commands.length > 0) {
      result = removeJson(result, node(), index);
      continue;
    }
    // Somebody put commands of their own beside ours.
    for (let command = commands.length - 1; command >= 0; command--) {
      const handlers = memberOf(node().items?.[index], 'hooks')?.value;
      if (isOurs(commands[command]) && handlers !== undefined) result = removeJson(result, handlers, command);
    }
  }
  return result;
}

/** The commands of a group of hooks, one for each of its handlers. */
function commandsOf(group: unknown): readonly unknown[] {
  const handlers = typeof group === 'object' && group !== null ? (group as Partial<HookGroup>).hooks : undefined;
  return Array.isArray(handlers) ? handlers.map((handler: unknown) => (typeof handler === 'object' && handler !== null ? (handler as { command?: unknown }).command : undefined)) : [];
}

function isOurs(command: unknown): boolean {
  return typeof command === 'string' && OUR_COMMAND.test(command);
}

/** The text with an empty member of that name, if it has none. */
function withMember(text: string, file: string, path: readonly string[], key: string, kind: 'object' | 'array'): string {
  const parent = at(text, file, path, 'object');
  const known = memberOf(parent, key)?.value;
  if (known === undefined) return appendJson(text, parent, kind === 'array' ? [] : {}, key);
  at(text, file, [...path, key], kind);
  return text;
}

function withoutEmpty(text: string, file: string, path: readonly string[], key: string): string {
  const parent = at(text, file, path, 'object');
  const index = parent.members?.findLastIndex((member) => member.key === key) ?? -1;
  const value = parent.members?.[index]?.value;
  return value !== undefined && (value.members ?? value.items)?.length === 0 ? removeJson(text, parent, index) : text;
}

/** The value at a path. @throws PyiError `INVALID_ARGUMENT` when it is of another kind */
function at(text: string, file: string, path: readonly string[], kind: 'object' | 'array'): JsonNode {
  parse(text, file);
  let node: JsonNode | undefined = locateJson(text);
  for (const key of path) node = memberOf(node, key)?.value;
  if (node === undefined || (kind === 'object' ? node.members : node.items) === undefined) {
    throw new PyiError('INVALID_ARGUMENT', `"${path.join('.')}" in ${file} is no ${kind}`, 'Correct the file: Claude Code cannot read it like this, either.');
  }
  return node;
}

/** A settings file as an object. @throws PyiError `INVALID_ARGUMENT` */
function parse(text: string, file: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PyiError('INVALID_ARGUMENT', `${file} is no JSON: ${reason}`, 'Correct it first (Claude Code takes no comments there); nothing was changed.', { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new PyiError('INVALID_ARGUMENT', `${file} has no object`, 'Correct it first; nothing was changed.');
}
