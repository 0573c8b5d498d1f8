import type * as z from 'zod';
import { PyiError } from '../../protocol/errors.ts';
import { OPERATIONS } from '../../protocol/registry.ts';
import type { OperationName, Params } from '../../protocol/registry.ts';
import { nearest } from '../../protocol/nearest.ts';

/** Unknown parameters are refused: a misspelt option that is silently ignored does the wrong thing. */
const STRICT = new Map<string, z.ZodObject>(Object.values(OPERATIONS).map((operation) => [operation.name, operation.params.strict()]));

/** Faults told in one message; the rest is counted. */
const MAX_FAULTS = 5;

export function isOperation(name: string): name is OperationName {
  return STRICT.has(name);
}

/**
 * Checks the parameters of an operation against its schema and fills in the defaults.
 * @throws PyiError `INVALID_ARGUMENT`, naming each field and what is wrong with it
 */
export function parseParams<N extends OperationName>(name: N, raw: unknown): Params<N> {
  const schema = STRICT.get(name);
  if (schema === undefined) throw new PyiError('INVALID_ARGUMENT', `There is no operation "${name}".`, 'See "pyi help" for the operations.');
  const parsed = schema.safeParse(raw ?? {});
  // The map is built from OPERATIONS, so the schema under `name` is the one of N.
  if (parsed.success) return parsed.data as Params<N>;
  throw invalid(name, parsed.error, raw, Object.keys(schema.shape), `See "pyi ${name} --help" for the parameters of ${name}.`);
}

/** As {@link parseParams} for a schema that belongs to no operation (the handshake, subscriptions). */
export function parseWith<S extends z.ZodObject>(what: string, schema: S, raw: unknown): z.output<S> {
  const parsed = schema.safeParse(raw ?? {});
  if (parsed.success) return parsed.data;
  throw invalid(what, parsed.error, raw, Object.keys(schema.shape), `See docs/protocol.md for the parameters of ${what}.`);
}

function invalid(what: string, error: z.ZodError, raw: unknown, known: readonly string[], hint: string): PyiError {
  // One fault a field, the last: 1e300 is no safe integer first, and over the limit of the field then.
  const issues = [...new Map(error.issues.map((issue) => [issue.path.join('.'), issue])).values()];
  const faults = issues.slice(0, MAX_FAULTS).map((issue) => describeIssue(issue, raw, known));
  const more = issues.length > MAX_FAULTS ? `; and ${issues.length - MAX_FAULTS} more` : '';
  return new PyiError('INVALID_ARGUMENT', `${what}: ${faults.join('; ')}${more}.`, hint);
}

/** One fault in words: `"level" must be one of memory, process, disk (it is "fast")`. */
function describeIssue(issue: z.core.$ZodIssue, raw: unknown, known: readonly string[]): string {
  const field = issue.path.length === 0 ? 'the parameters' : JSON.stringify(issue.path.map(String).join('.'));
  const value = valueAt(raw, issue.path);
  const is = value === undefined ? '' : ` (it is ${printValue(value)})`;
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => `there is no parameter ${JSON.stringify(key.slice(0, 80))}${suggestion(key, known)}`).join('; ');
    case 'invalid_type':
      return value === undefined && issue.path.length > 0 ? `${field} is missing` : `${field} must be ${article(issue.expected)}${is}`;
    case 'invalid_value':
      return `${field} must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}${is}`;
    case 'too_small':
      return `${field} ${bound(issue.origin, 'at least', Number(issue.minimum))}${lengthy(issue.origin) ? '' : is}`;
    case 'too_big':
      return `${field} ${bound(issue.origin, 'at most', Number(issue.maximum))}${lengthy(issue.origin) ? '' : is}`;
    case 'invalid_union':
      return `${field} ${describeUnion(issue)}${is}`;
    case 'invalid_format':
      return `${field} must be ${issue.format === 'regex' ? `valid: ${issue.message}` : `valid ${issue.format}`}${is}`;
    default:
      return `${field}: ${issue.message}${is}`;
  }
}

function describeUnion(issue: z.core.$ZodIssueInvalidUnion): string {
  const kinds = new Set(issue.errors.flat().flatMap((inner) => (inner.code === 'invalid_type' ? [article(inner.expected)] : [])));
  return kinds.size > 0 ? `must be ${[...kinds].join(' or ')}` : 'has none of the allowed forms';
}

function suggestion(key: string, known: readonly string[]): string {
  const near = nearest(key, known);
  return near === undefined ? '' : ` (did you mean ${JSON.stringify(near)}?)`;
}

const ARTICLES: Readonly<Record<string, string>> = {
  string: 'text', number: 'a number', int: 'a whole number', boolean: 'true or false', array: 'a list', object: 'an object', record: 'an object',
};

function article(type: string): string {
  return ARTICLES[type] ?? type;
}

function lengthy(origin: string): boolean {
  return origin === 'string' || origin === 'array';
}

function bound(origin: string, relation: 'at least' | 'at most', limit: number): string {
  if (origin === 'string') {
    if (relation === 'at least' && limit === 1) return 'must not be empty';
    return `must be ${relation} ${limit} characters long`;
  }
  if (origin === 'array') return `must have ${relation} ${limit} ${limit === 1 ? 'entry' : 'entries'}`;
  return `must be ${relation} ${limit}`;
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  let value = raw;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return path.length === 0 ? undefined : value;
}

function printValue(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
