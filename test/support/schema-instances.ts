import * as z from 'zod';
import type { SeededRandom } from './random.ts';

/** The parts of a JSON Schema that zod writes and that matter for making an instance. */
interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
}

/** Makes random values that a schema is likely to accept. */
export class Instances {
  readonly #schema: Schema;
  readonly #random: SeededRandom;

  constructor(schema: z.ZodType, random: SeededRandom) {
    this.#schema = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema;
    this.#random = random;
  }

  next(): unknown {
    return this.#make(this.#schema);
  }

  #make(schema: Schema): unknown {
    const random = this.#random;
    if ('const' in schema) return schema.const;
    if (schema.enum !== undefined) return random.pick(schema.enum);
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices !== undefined) return this.#make(random.pick(choices));
    switch (schema.type) {
      case 'object': return this.#object(schema);
      case 'array': return Array.from({ length: Math.max(schema.minItems ?? 0, random.integer(0, 3)) }, () => this.#make(schema.items ?? {}));
      case 'string': return random.pick(['main', 'a-1', 'src/a.ts', '/tmp/r', 'é😀', 'x'.repeat(64)]);
      case 'integer': return Math.max(schema.minimum ?? 0, random.integer(0, Math.min(schema.maximum ?? 1000, 1000)));
      case 'number': return Math.max(schema.minimum ?? schema.exclusiveMinimum ?? 0, random.integer(0, 100) / 100) + (schema.exclusiveMinimum === undefined ? 0 : 0.5);
      case 'boolean': return random.chance(0.5);
      case 'null': return null;
      default: return random.pick(['x', 1, true]);
    }
  }

  #object({ properties = {}, required = [], additionalProperties }: Schema): unknown {
    const made: Record<string, unknown> = {};
    for (const [name, schema] of Object.entries(properties)) {
      if (required.includes(name) || this.#random.chance(0.4)) made[name] = this.#make(schema);
    }
    if (typeof additionalProperties === 'object' && this.#random.chance(0.5)) made['key'] = this.#make(additionalProperties);
    return made;
  }
}
