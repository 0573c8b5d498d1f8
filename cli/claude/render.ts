import { relative } from 'node:path';
import { safe } from '../../protocol/text.ts';
import { table } from '../render/table.ts';
import type { FileOutcome } from './install.ts';
import type { Place } from './place.ts';
import type { ClaudeStatus, PartStatus } from './status.ts';

/** What `pyi claude` says to people. */

export interface Installed {
  readonly place: Place;
  readonly files: readonly FileOutcome[];
  /** The store was made just now. */
  readonly isNewStore: boolean;
  readonly program: string | null;
}

export function renderInstalled({ place, files, isNewStore, program }: Installed): string {
  const isUnchanged = files.every(({ change }) => change === 'unchanged');
  return lines([
    `${isUnchanged ? 'Everything was installed already' : 'Installed for Claude Code'}: ${scopeText(place)}`,
    ...(isUnchanged ? [] : fileRows(place, files)),
    ...(isNewStore ? [`PYI records ${place.root} from now on.`] : []),
    ...(place.scope === 'user' ? ['Hooks record the projects in which "pyi setup" was run, and leave others alone.'] : []),
    ...(program === null ? ['pyi is not on PATH: until it is, the hooks do nothing.'] : []),
    ...(isUnchanged ? [] : ['A new session of Claude Code uses it. "pyi claude uninstall" takes it out again.']),
  ]);
}

export function renderUninstalled(place: Place, files: readonly FileOutcome[]): string {
  const touched = files.filter(({ change }) => change !== 'unchanged');
  if (touched.length === 0) return lines([`Nothing was installed: ${scopeText(place)}`]);
  const isKept = touched.some(({ change }) => change === 'kept');
  return lines([
    `Taken out: ${scopeText(place)}`, ...fileRows(place, touched),
    ...(isKept ? ['What is kept was changed since it was installed: remove it yourself if you do not need it.'] : []),
  ]);
}

export function renderStatus(status: ClaudeStatus): string {
  const states = { installed: 'installed', partly: 'not all of it is installed: run "pyi claude install"', absent: 'not installed' };
  return lines([
    `Claude Code, ${status.scope === 'user' ? 'your settings' : `project ${safe(status.root)}`}: ${states[status.state]}`,
    ...table(['', '', ''], [
      ...status.parts.map((part) => [`  ${part.part === 'server' ? 'MCP server' : part.part}`, amount(part), safe(part.place)]),
      ...(status.scope === 'user' ? [] : [['  store', status.store === null ? 'none' : 'there', status.store === null ? 'run "pyi setup"' : safe(status.store)]]),
      ['  program', status.program === null ? 'none' : 'there', status.program === null ? 'pyi is not on PATH: the hooks do nothing' : safe(status.program)],
      ['  log', `${status.log.last.length === 0 ? 'empty' : 'there'}`, safe(status.log.file)],
    ]).trimEnd().split('\n').slice(1),
    ...status.log.last.map((line) => `    ${safe(line)}`),
  ]);
}

function amount({ installed, differing, of }: PartStatus): string {
  return `${installed} of ${of}${differing === 0 ? '' : `, ${differing} changed`}`;
}

function fileRows(place: Place, files: readonly FileOutcome[]): string[] {
  return files.map(({ file, change }) => `  ${change.padEnd(9)} ${safe(inside(place, file))}`);
}

function inside({ root }: Place, file: string): string {
  const path = relative(root, file);
  return path.startsWith('..') ? file : path;
}

function scopeText({ scope, root, directory }: Place): string {
  return scope === 'user' ? `your settings in ${safe(directory)}` : `project ${safe(root)}`;
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}
