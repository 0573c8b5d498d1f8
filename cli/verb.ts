import type { OperationName, ParamsInput, Result } from '../protocol/registry.ts';
import type { Style } from './render/style.ts';

/** What a shell may offer in a place. */
export type Candidates = 'forks' | 'checkpoints' | 'states' | 'files' | 'directories';

interface Place<N extends OperationName> {
  /** The parameter that it fills. */
  readonly param: keyof ParamsInput<N> & string;
  /** How the usage line calls the value. */
  readonly value: string;
  readonly candidates?: Candidates;
  /** The only values allowed. */
  readonly choices?: readonly string[];
  /** `directory`: made absolute; `tree`: a path inside the tree. */
  readonly path?: 'directory' | 'tree';
}

/** An argument without a flag. */
export interface Positional<N extends OperationName> extends Place<N> {
  readonly required: boolean;
  /** For help, where the schema says it for programs. */
  readonly help?: string;
  /** Takes all that is left, as a list. */
  readonly many?: boolean;
}

/**
 * How an option reads its value. `flag` takes none; `list` takes every argument up to the next option;
 * `repeated` takes one and may be given again; `time` is milliseconds since 1970 or a date.
 */
export type OptionKind = 'flag' | 'text' | 'number' | 'time' | 'list' | 'repeated';

export interface Option<N extends OperationName> extends Omit<Place<N>, 'value'> {
  readonly flag: string;
  readonly short?: string;
  readonly kind: OptionKind;
  readonly value?: string;
  readonly required?: boolean;
  /** What a flag sets its parameter to; default true. */
  readonly sets?: boolean | null;
  /** For help, where the schema has no description. */
  readonly help?: string;
}

/** A verb of the command line: how its arguments become the parameters of its operation. */
export interface Verb<N extends OperationName = OperationName> {
  readonly name: N;
  /** What is typed, where the name of the operation would shadow a command of git. */
  readonly word?: string;
  readonly positionals: readonly Positional<N>[];
  readonly options: readonly Option<N>[];
  /** The parameter that takes the words after `--`. */
  readonly command?: keyof ParamsInput<N> & string;
  /** Runs programs for the caller: they get the environment of this process, not the server's. */
  readonly environment?: boolean;
  /** Content goes through stdin or stdout instead of a rendered result. */
  readonly content?: 'stdin' | 'stdout';
  /** Text for people. Ends with a line end unless it is empty. `asked`: the parameters of the call. */
  readonly render: (result: Result<N>, style: Style, asked: ParamsInput<N>) => string;
  /** Forks that the text names; `Style.forks` then tells what they are. */
  readonly forks?: (result: Result<N>) => readonly string[];
  /** True when the result says that what was checked is not in order; the exit code is then 1. */
  readonly failed?: (result: Result<N>) => boolean;
  /** False for operations that are not about one repository. */
  readonly repository?: boolean;
}

/** A verb whose operation is not known at compile time. */
export type AnyVerb = Omit<Verb, 'word' | 'positionals' | 'options' | 'command' | 'render' | 'forks' | 'failed'> & {
  readonly word: string;
  readonly positionals: readonly (Omit<Positional<OperationName>, 'param'> & { readonly param: string })[];
  readonly options: readonly (Omit<Option<OperationName>, 'param'> & { readonly param: string })[];
  readonly command?: string;
  readonly render: (result: never, style: Style, asked: never) => string;
  readonly forks?: (result: never) => readonly string[];
  readonly failed?: (result: never) => boolean;
};

/** Declares a verb, checked against its operation. */
export function verb<N extends OperationName>(definition: Verb<N>): AnyVerb {
  return { word: definition.name, ...definition };
}
