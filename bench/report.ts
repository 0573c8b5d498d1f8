import { writeFileSync } from 'node:fs';
import { ratioTo, reaches } from './rows.ts';
import type { Peer, Row, Target } from './rows.ts';

/** Column widths; a longer text pushes the rest of its line aside. Numbers stand right, words left. */
const COLUMNS = [
  ['name', -25], ['unit', -4], ['n', 6], ['min', 9], ['p50', 9], ['p95', 9], ['p99', 9], ['level', -10], ['verified', -8],
  ['peer', -34], ['peer p50', 10], ['ratio', 8], ['target', -26],
] as const;

export function heading(): string {
  return line(COLUMNS.map(([name]) => name));
}

/** One line for each peer; what is the row's own stands in the first. */
export function lines(row: Row): string[] {
  const peers: readonly (Peer | undefined)[] = row.peers === undefined || row.peers.length === 0 ? [undefined] : row.peers;
  const out = peers.map((peer, index) => line([
    ...(index === 0
      ? [row.name, row.unit, String(row.n), number(row.min), number(row.p50), number(row.p95), number(row.p99), row.level, 'yes']
      : ['', '', '', '', '', '', '', '', '']),
    peer?.name ?? '-', peer === undefined ? '' : number(peer.p50), peer === undefined ? '' : `${number(ratioTo(row, peer))}×`,
    index === 0 ? verdict(row) : '',
  ]));
  if (row.cause !== undefined && row.target !== undefined && !reaches(row)) out.push(`    cause: ${row.cause}`);
  return out;
}

export function writeJson(file: string, rows: readonly Row[]): void {
  const flat = rows.flatMap((row) => {
    const { name, unit, n, min, p50, p95, p99, level, verified } = row;
    const peers: readonly (Peer | undefined)[] = row.peers === undefined || row.peers.length === 0 ? [undefined] : row.peers;
    return peers.map((peer) => ({
      name, unit, n, min, p50, p95, p99, level, verified,
      peer: peer?.name ?? null, peerP50: peer?.p50 ?? null, ratio: peer === undefined ? null : ratioTo(row, peer),
    }));
  });
  writeFileSync(file, `${JSON.stringify(flat, null, 2)}\n`);
}

/** What was reached and what was missed. */
export function closing(rows: readonly Row[]): string {
  const held = rows.filter((row) => row.target !== undefined);
  const missed = held.filter((row) => !reaches(row));
  const names = missed.map((row) => `${row.name}${row.level === '-' ? '' : ` (${row.level})`}`);
  return `${rows.length} lines, all verified; ${held.length - missed.length} of ${held.length} targets reached${missed.length === 0 ? '' : `. MISSED: ${names.join(', ')}`}`;
}

function verdict(row: Row): string {
  return row.target === undefined ? '' : `${describe(row.target, row.unit)} ${reaches(row) ? 'reached' : 'MISSED'}`;
}

function describe({ p50, p95, atLeast, ratio }: Target, unit: string): string {
  return [
    ...(p50 === undefined ? [] : [`p50 ≤ ${p50}`]),
    ...(p95 === undefined ? [] : [`p95 ≤ ${p95}`]),
    ...(atLeast === undefined ? [] : [`≥ ${atLeast}${unit === '%' ? ' %' : ''}`]),
    ...(ratio === undefined ? [] : [ratio === 1 ? 'faster than peer' : `≥ ${ratio}× peer`]),
  ].join(', ');
}

function number(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const digits = value >= 1000 ? 0 : value >= 100 ? 1 : value >= 0.1 ? 2 : 4;
  return value.toFixed(digits);
}

function line(cells: readonly string[]): string {
  return cells.map((cell, index) => {
    const width = COLUMNS[index]?.[1] ?? 0;
    return width < 0 ? cell.padEnd(-width) : cell.padStart(width);
  }).join('  ').trimEnd();
}
