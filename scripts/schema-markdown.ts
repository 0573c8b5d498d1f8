import * as z from 'zod';

/** The part of JSON Schema (draft 2020-12) that zod writes for the shapes of the protocol. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly contentEncoding?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
}

/** A Markdown table of what a caller may give: name, type, whether needed or its default, meaning. */
export function parametersTable(shape: z.ZodType): string {
  const rows = [...flatten('', toSchema(shape, 'input'))].map(({ name, schema, required }) =>
    [code(name), typeOf(schema), required ? 'required' : defaultOf(schema), meaning(schema)]);
  return rows.length === 0 ? 'None.' : table(['parameter', 'type', 'default', 'meaning'], rows);
}

/** A Markdown table of what comes back: name, type, meaning. Says first when the result is a list. */
export function resultTable(shape: z.ZodType): string {
  const schema = toSchema(shape, 'output');
  const list = schema.items !== undefined;
  const rows = [...flatten('', schema.items ?? schema)].map(({ name, schema: field, required }) =>
    [code(name), typeOf(field), [required ? '' : 'May be absent.', meaning(field)].filter(Boolean).join(' ')]);
  return `${list ? 'A list of:\n\n' : ''}${table(['field', 'type', 'meaning'], rows)}`;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function toSchema(shape: z.ZodType, io: 'input' | 'output'): Schema {
  return z.toJSONSchema(shape, { io }) as Schema;
}

interface Field {
  readonly name: string;
  readonly schema: Schema;
  readonly required: boolean;
}

/** The fields of an object in order, those of inner objects under `outer.inner` and `outer[].inner`. */
function* flatten(prefix: string, schema: Schema): Generator<Field> {
  for (const [key, field] of Object.entries(schema.properties ?? {})) {
    const name = prefix + key;
    yield { name, schema: field, required: schema.required?.includes(key) ?? false };
    const inner = innerObject(field);
    if (inner !== undefined) yield* flatten(`${name}${inner.suffix}.`, inner.schema);
  }
}

function innerObject(schema: Schema): { suffix: string; schema: Schema } | undefined {
  if (schema.properties !== undefined) return { suffix: '', schema };
  if (schema.items?.properties !== undefined) return { suffix: '[]', schema: schema.items };
  if (typeof schema.additionalProperties === 'object') return { suffix: '{}', schema: schema.additionalProperties };
  const object = schema.anyOf?.find(({ properties }) => properties !== undefined);
  return object === undefined ? undefined : { suffix: '', schema: object };
}

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.enum !== undefined) return schema.enum.map((value) => code(String(value))).join(', ');
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(' or ');
  if (schema.items !== undefined) return `list of ${schema.items.properties === undefined ? typeOf(schema.items) : 'objects'}`;
  if (typeof schema.additionalProperties === 'object') return 'object by name';
  if (schema.contentEncoding !== undefined) return schema.contentEncoding;
  return typeof schema.type === 'string' ? schema.type : (schema.type ?? ['any']).join(' or ');
}

function defaultOf(schema: Schema): string {
  return schema.default === undefined ? '' : code(JSON.stringify(schema.default));
}

function meaning(schema: Schema): string {
  return [schema.description, limits(schema)].filter(Boolean).join('. ');
}

/** Bounds that a caller can run into. zod also states the bounds of every safe integer, which say nothing. */
function limits(schema: Schema): string {
  const bound = (value: number | undefined): value is number => value !== undefined && Math.abs(value) !== Number.MAX_SAFE_INTEGER;
  const parts = [
    ...(bound(schema.minimum) ? [`at least ${schema.minimum}`] : []),
    ...(bound(schema.exclusiveMinimum) ? [`more than ${schema.exclusiveMinimum}`] : []),
    ...(bound(schema.maximum) ? [`at most ${schema.maximum}`] : []),
    ...(schema.maxLength === undefined ? [] : [`at most ${schema.maxLength} characters`]),
    ...(schema.maxItems === undefined ? [] : [`at most ${schema.maxItems} items`]),
  ];
  const text = parts.join(', ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function code(text: string): string {
  return `\`${text}\``;
}
