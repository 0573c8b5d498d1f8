import { stripVTControlCharacters } from 'node:util';

/** East Asian wide and emoji: two columns of a terminal. */
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const MARK = /\p{M}/u;

/** Columns that `text` takes in a terminal; colours take none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const char of stripVTControlCharacters(text)) if (!MARK.test(char)) width += WIDE.test(char) ? 2 : 1;
  return width;
}

/** `text` filled up to `width` columns. */
export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

/** Rows under a header, columns aligned by two spaces; a column that is empty throughout is left out. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const used = header.map((_, column) => column).filter((column) => rows.some((row) => (row[column] ?? '') !== ''));
  return align([header, ...rows].map((row) => used.map((column) => row[column] ?? '')));
}

/** Names and values below each other. Empty values are left out. */
export function facts(pairs: readonly (readonly [name: string, value: string])[]): string {
  return align(pairs.filter(([, value]) => value !== '').map(([name, value]) => [`${name}:`, value]));
}

function align(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, displayWidth(cell))));
  return rows.map((row) => `${row.map((cell, column) => (column === row.length - 1 ? cell : pad(cell, widths[column] ?? 0))).join('  ').trimEnd()}\n`).join('');
}
