/**
 * What the native front and the server say to each other, one question for each connection. All numbers are unsigned, 32 bits,
 * little-endian; a text is its length in bytes, then the bytes, which need not be UTF-8 and are one character each here.
 *
 * Question: length of what follows · version of the front · path of the real git · current directory · flags (1: stderr is a
 * terminal; 2: with input; 4: a hook of Claude Code asks, its name is the argument) · count and texts of the arguments · count and texts of the variables (`NAME=value`) · the text of
 * stdin, if the flag says so.
 * Answer: verdict (0: run git, 1: this is what git prints) · exit code · length of stdout · length of stderr · both.
 */

/** What a front asks. Texts are bytes, one character each. */
export interface Question {
  readonly version: string;
  readonly git: string;
  readonly directory: string;
  readonly isErrorTerminal: boolean;
  /** A hook of Claude Code asks (server/hooks/), not somebody who wants git: its name is the only argument, its payload the input. */
  readonly isHook?: boolean;
  readonly args: readonly string[];
  /** All of stdin, of a command that reads it; undefined for one that does not. */
  readonly input?: string | undefined;
  readonly env: Readonly<Record<string, string>>;
}

/** What git prints, and how it ends. */
export interface Answer {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** Whether two answers are the same to the byte. */
export function isSameAnswer(one: Answer, other: Answer): boolean {
  return one.code === other.code && one.stdout.equals(other.stdout) && one.stderr.equals(other.stderr);
}

/** The most that a question may have, as in front/ask.c. */
export const MAX_QUESTION_BYTES = 256 * 1024;
/** The most that an answer may have; the front takes a few times more. */
export const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

const HEAD_BYTES = 16;
const FLAG_ERROR_TERMINAL = 1;
const FLAG_INPUT = 2;
const FLAG_HOOK = 4;

/** How many bytes the whole question has, once its first four are there. */
export function questionLength(start: Buffer): number | undefined {
  return start.length < 4 ? undefined : 4 + start.readUInt32LE(0);
}

/** Reads a whole question. Returns undefined when it is none. */
export function decodeQuestion(bytes: Buffer): Question | undefined {
  let at = 4;
  const number = (): number => {
    at += 4;
    return bytes.readUInt32LE(at - 4);
  };
  const text = (): string => {
    const length = number();
    if (at + length > bytes.length) throw new RangeError('cut short');
    at += length;
    return bytes.toString('latin1', at - length, at);
  };
  const texts = (): string[] => {
    const count = number();
    if (count > bytes.length) throw new RangeError('cut short');
    return Array.from({ length: count }, text);
  };
  try {
    const [version, git, directory, flags] = [text(), text(), text(), number()];
    const args = texts();
    const env: Record<string, string> = {};
    for (const variable of texts()) {
      const equals = variable.indexOf('=');
      env[variable.slice(0, equals)] = variable.slice(equals + 1);
    }
    const input = (flags & FLAG_INPUT) === 0 ? undefined : text();
    const isErrorTerminal = (flags & FLAG_ERROR_TERMINAL) !== 0;
    const isHook = (flags & FLAG_HOOK) !== 0;
    return at === bytes.length ? { version, git, directory, isErrorTerminal, args, env, ...(input === undefined ? {} : { input }), ...(isHook ? { isHook } : {}) } : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The bytes of a question, as the front sends them. */
export function encodeQuestion(question: Question): Buffer {
  const parts: Buffer[] = [];
  const number = (value: number): void => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    parts.push(bytes);
  };
  const text = (value: string): void => {
    number(value.length);
    parts.push(Buffer.from(value, 'latin1'));
  };
  const variables = Object.entries(question.env);
  for (const value of [question.version, question.git, question.directory]) text(value);
  number((question.isErrorTerminal ? FLAG_ERROR_TERMINAL : 0) | (question.input === undefined ? 0 : FLAG_INPUT) | (question.isHook === true ? FLAG_HOOK : 0));
  number(question.args.length);
  question.args.forEach(text);
  number(variables.length);
  for (const [name, value] of variables) text(`${name}=${value}`);
  if (question.input !== undefined) text(question.input);
  const body = Buffer.concat(parts);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([length, body]);
}

/** What tells the front to run git. */
export const RUN_GIT = Buffer.alloc(HEAD_BYTES);

/** The bytes of an answer. */
export function encodeAnswer({ code, stdout, stderr }: Answer): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  [1, code, stdout.length, stderr.length].forEach((value, i) => head.writeUInt32LE(value, 4 * i));
  return Buffer.concat([head, stdout, stderr]);
}

/** Reads a whole answer. Returns undefined when it says to run git. */
export function decodeAnswer(bytes: Buffer): Answer | undefined {
  if (bytes.length < HEAD_BYTES || bytes.readUInt32LE(0) !== 1) return undefined;
  const end = HEAD_BYTES + bytes.readUInt32LE(8);
  return { code: bytes.readUInt32LE(4), stdout: bytes.subarray(HEAD_BYTES, end), stderr: bytes.subarray(end, end + bytes.readUInt32LE(12)) };
}
