import { PyiError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import type { OperationName, Params, Result } from '../registry.ts';

/** What an agent is offered: operations, with few parameters and short answers, because each word costs it a part of its context. */

/** What an agent gives to a tool. The server checks the values. */
export type Arguments = Readonly<Record<string, unknown>>;

/** One parameter, in JSON Schema. */
export interface Parameter {
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'array';
  readonly items?: { readonly type: 'string' };
  readonly description?: string;
}

/** More than an answer has room for: where the rest is (uri.ts). */
export interface Reference {
  readonly uri: string;
  readonly name: string;
  readonly mimeType: string;
  /** Who cannot read addresses runs this. */
  readonly command: string;
}

export interface Answer {
  readonly value: object;
  readonly reference?: Reference;
}

/** Who asks, and of which repository. */
export interface Asking {
  /** Name for forks whose agent is not told; undefined: the server chooses one. */
  readonly agent: string | undefined;
  /** The repository, when it is not the default one. */
  readonly repository: string | undefined;
}

/** How a tool is declared. */
export interface ToolDefinition<N extends OperationName> {
  readonly operation: N;
  /** For a menu. */
  readonly title: string;
  /** For a language model. */
  readonly description: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly required?: readonly string[];
  /** As the operation has it; told again, because the schemas of the operations are not loaded for this (a test compares). */
  readonly effect: 'reads' | 'changes' | 'destroys';
  /** Done twice with the same arguments, it leaves the same state. */
  readonly idempotent?: boolean;
  /** The commands that it runs have the environment of the caller. */
  readonly runs?: boolean;
  /** The parameters of the operation; default: the arguments as they are. */
  readonly ask?: (given: Arguments, asking: Asking) => Arguments;
  readonly answer: (result: Result<N>, given: Arguments, asking: Asking) => Answer;
}

/** A tool, whichever its operation is. */
export type Tool = ToolDefinition<OperationName>;

/** Declares a tool. A table holds tools of different operations; each is given the result of its own. */
export function tool<N extends OperationName>(definition: ToolDefinition<N>): Tool {
  return definition as unknown as Tool;
}

/** JSON Schema of the arguments. */
export function inputSchema({ parameters, required = [] }: Tool): { type: 'object'; properties: Record<string, Parameter>; required?: string[]; additionalProperties: false } {
  return { type: 'object', properties: { ...parameters }, ...(required.length === 0 ? {} : { required: [...required] }), additionalProperties: false };
}

/** Refuses what the tool does not take, also what its operation would. @throws PyiError `INVALID_ARGUMENT` */
function checkNames({ operation, parameters }: Tool, given: Arguments): void {
  const names = Object.keys(parameters);
  const stray = Object.keys(given).find((name) => !names.includes(name));
  if (stray === undefined) return;
  const near = nearest(stray, names);
  throw new PyiError('INVALID_ARGUMENT', `"${operation}" has no parameter ${JSON.stringify(stray.slice(0, 80))}.`,
    near === undefined ? `It has ${names.join(', ')}.` : `Did you mean "${near}"?`);
}

/** Where a call is made. */
export interface Circumstances {
  /** The repository, unless the call names one. */
  readonly repository: string;
  readonly agent: string | undefined;
  /** The environment of what the call runs. */
  readonly env: Readonly<Record<string, string>>;
}

/** The parameters of the operation, and what makes its result an answer. @throws PyiError `INVALID_ARGUMENT` */
export function callOf(tool: Tool, given: Arguments, { repository, agent, env }: Circumstances): { readonly params: Params<OperationName>; readonly answer: (result: Result<OperationName>) => Answer } {
  checkNames(tool, given);
  const asking = { agent, repository: typeof given['repository'] === 'string' ? given['repository'] : undefined };
  const params = { repository, ...(tool.runs === true ? { env } : {}), ...tool.ask?.(given, asking) ?? given };
  // The server checks what the agent gave; the type is only what it would be if it is right.
  return { params: params as unknown as Params<OperationName>, answer: (result) => tool.answer(result, given, asking) };
}

/** A whole number that the tool itself uses. @throws PyiError `INVALID_ARGUMENT` */
export function wholeNumber(given: Arguments, name: string, { least, most, otherwise }: { readonly least: number; readonly most: number; readonly otherwise: number }): number {
  const value = given[name] ?? otherwise;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new PyiError('INVALID_ARGUMENT', `"${name}" has to be a whole number from ${least} to ${most}, not ${JSON.stringify(value).slice(0, 80)}.`, 'Leave it out for the default.');
}
