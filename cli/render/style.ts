import { shortId } from '../../protocol/ids.ts';
import { safe } from '../../protocol/text.ts';
import type { ForkInfo } from '../../protocol/values.ts';

export type Color = 'red' | 'green' | 'yellow' | 'blue' | 'dim' | 'bold';

/** How text is made for the person at the terminal. */
export interface Style {
  readonly color: boolean;
  /** Milliseconds since 1970, for relative times. */
  readonly now: number;
  /** What is known of the forks that a result names, by id. */
  readonly forks?: ReadonlyMap<string, ForkInfo>;
}

const SGR: Readonly<Record<Color, string>> = { red: '31', green: '32', yellow: '33', blue: '34', dim: '2', bold: '1' };

/** `text` in a colour, where there are colours. */
export function paint(style: Style, color: Color, text: string): string {
  return style.color && text !== '' ? `\u001b[${SGR[color]}m${text}\u001b[0m` : text;
}

/** An id as people see it. */
export function paintId(style: Style, id: string): string {
  return paint(style, 'yellow', shortId(id));
}

/** A fork as people see it: its name where that is known. */
export function paintFork(style: Style, id: string): string {
  const name = style.forks?.get(id)?.name;
  return name === undefined ? paintId(style, id) : paint(style, 'yellow', safe(name));
}

/** `pyi undo` for a fork, as it may be pasted into a shell; without a fork, for the one whose directory this is. */
export function undoCommand(fork?: string): string {
  return fork === undefined ? 'pyi undo' : `pyi undo --fork ${shellWord(fork)}`;
}

/** One word of a shell's command line. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
