import { appendFileSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from './engine/ports.ts';

/** From the gravest to the most talkative. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where the server says what it does. Details are printed as JSON after the message. */
export type Log = Readonly<Record<LogLevel, (message: string, details?: Readonly<Record<string, unknown>>) => void>>;

export interface FileLogOptions {
  readonly file: string;
  readonly level: LogLevel;
  readonly clock: Pick<Clock, 'now'>;
  /** A file is rotated before it would pass this many bytes. */
  readonly maxBytes?: number;
  /** How many rotated files (`name.1` is the youngest) are kept. */
  readonly keep?: number;
}

/**
 * A log in a file that cannot grow for ever. One line an entry, whatever is in it: names of files reach
 * the log, so control characters are escaped. Never throws, because a full disk must not stop the
 * server that has to report it.
 */
export class FileLog implements Log {
  readonly #options: Required<FileLogOptions>;
  #bytes: number | undefined;

  constructor(options: FileLogOptions) {
    this.#options = { maxBytes: 4 * 1024 * 1024, keep: 3, ...options };
  }

  readonly error: Log['error'] = (message, details) => this.#write('error', message, details);
  readonly warn: Log['warn'] = (message, details) => this.#write('warn', message, details);
  readonly info: Log['info'] = (message, details) => this.#write('info', message, details);
  readonly debug: Log['debug'] = (message, details) => this.#write('debug', message, details);

  #write(level: LogLevel, message: string, details: Readonly<Record<string, unknown>> | undefined): void {
    const { file, level: threshold, clock, maxBytes } = this.#options;
    if (LOG_LEVELS.indexOf(level) > LOG_LEVELS.indexOf(threshold)) return;
    const line = Buffer.from(formatEntry(clock.now(), level, message, details));
    try {
      this.#bytes ??= this.#open();
      if (this.#bytes > 0 && this.#bytes + line.length > maxBytes) this.#rotate();
      appendFileSync(file, line, { mode: 0o600 });
      this.#bytes += line.length;
    } catch {
      // Look at the file afresh next time: its directory may be back, or the disk have room.
      this.#bytes = undefined;
    }
  }

  #open(): number {
    makeDirectory(dirname(this.#options.file));
    return statSync(this.#options.file, { throwIfNoEntry: false })?.size ?? 0;
  }

  #rotate(): void {
    const { file, keep } = this.#options;
    rmSync(`${file}.${keep}`, { force: true });
    for (let index = keep - 1; index >= 1; index--) renameIfThere(`${file}.${index}`, `${file}.${index + 1}`);
    if (keep > 0) renameIfThere(file, `${file}.1`);
    else rmSync(file, { force: true });
    this.#bytes = 0;
  }
}

/** Not those above it: a store that was moved away must not leave a shell of itself behind because it had something to say. */
function makeDirectory(directory: string): void {
  if (statSync(directory, { throwIfNoEntry: false }) === undefined) mkdirSync(directory, { mode: 0o700 });
}

function renameIfThere(from: string, to: string): void {
  if (statSync(from, { throwIfNoEntry: false }) !== undefined) renameSync(from, to);
}

/** `2026-01-31T12:00:00.000Z ERROR message {"details":…}` and a line end. */
export function formatEntry(time: number, level: LogLevel, message: string, details?: Readonly<Record<string, unknown>>): string {
  const tail = details === undefined ? '' : ` ${toJson(details)}`;
  return `${new Date(time).toISOString()} ${level.toUpperCase().padEnd(5)} ${escapeControls(message)}${escapeControls(tail)}\n`;
}

/** Errors with their stack, bigints as text; never throws. */
function toJson(details: Readonly<Record<string, unknown>>): string {
  try {
    return JSON.stringify(details, (_key, value: unknown) => {
      if (value instanceof Error) return { name: value.name, message: value.message, stack: value.stack, cause: value.cause };
      return typeof value === 'bigint' ? value.toString() : value;
    });
  } catch (error) {
    return JSON.stringify({ unprintable: error instanceof Error ? error.message : 'details' });
  }
}

function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}
