import { shortId } from '../../protocol/ids.ts';

export type Color = 'red' | 'green' | 'yellow' | 'blue' | 'dim' | 'bold';

/** How text is made for the person at the terminal. */
export interface Style {
  readonly color: boolean;
  /** Milliseconds since 1970, for relative times. */
  readonly now: number;
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
