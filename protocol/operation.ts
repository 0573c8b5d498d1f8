import type * as z from 'zod';

/** One operation of PYI: the single source of its types, validation, documentation and MCP tool. */
export interface Operation<P extends z.ZodObject = z.ZodObject, R extends z.ZodType = z.ZodType> {
  /** The verb on the command line; the JSON-RPC method is `pyi/<name>`. */
  readonly name: string;
  /** One line for help texts and tool lists. */
  readonly summary: string;
  readonly params: P;
  readonly result: R;
  /** True when the operation changes nothing that a user could notice. */
  readonly readOnly: boolean;
  /** True when it may remove or overwrite something (always undoable, but worth a question). */
  readonly destructive: boolean;
  /** An example command line, shown by `pyi <verb> --help`. */
  readonly example: string;
}

/** Declares an operation with its literal types kept. */
export function operation<P extends z.ZodObject, R extends z.ZodType>(definition: Operation<P, R>): Operation<P, R> {
  return definition;
}
