import type { ProgressUpdate } from '../protocol/registry.ts';
import { safe } from '../protocol/text.ts';
import { print } from './terminal.ts';
import type { Terminal } from './terminal.ts';

/** Work that is done sooner is not worth a line. */
const PATIENCE_MILLIS = 1000;

/** One line on stderr that is overwritten, for work that takes over a second at a terminal. */
export class ProgressLine {
  readonly #terminal: Terminal;
  readonly #start: number;
  #shown = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    this.#start = terminal.now();
  }

  update(update: ProgressUpdate): void {
    const total = update.total === undefined ? '' : ` of ${update.total}`;
    this.say(`${safe(update.what)}: ${update.done}${total}`);
  }

  say(text: string): void {
    const { stderr, now } = this.#terminal;
    if (stderr.isTTY !== true || now() - this.#start < PATIENCE_MILLIS) return;
    this.#shown = true;
    void print(stderr, `\r\u001b[K${text}`);
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#shown) void print(this.#terminal.stderr, '\r\u001b[K');
    this.#shown = false;
  }
}
