import type * as vscode from 'vscode';
import { bytes, safe } from '../../protocol/text.ts';
import { noIcons } from '../choices.ts';
import { findFiles } from '../fs/file-search.ts';
import type { FoundEntry } from '../fs/file-search.ts';
import type { StateReader } from '../fs/state-reader.ts';
import { t } from '../l10n.ts';
import { choose } from './choose.ts';

export interface PickFileOptions {
  readonly reader: Pick<StateReader, 'list'>;
  readonly repository: string;
  readonly state: string;
  readonly title: string;
}

interface Row extends vscode.QuickPickItem {
  /** Undefined for a notice. */
  readonly to?: { readonly path: string; readonly isDirectory: boolean };
}

const REST_MILLIS = 120;
const LISTED = 200;

/** Lets the user choose a file of a state: directory by directory, or by typing a part of its path. Undefined when they leave. */
export async function pickFile({ reader, repository, state, title }: PickFileOptions): Promise<string | undefined> {
  const list: (path: string) => ReturnType<typeof reader.list> = async (path) => reader.list({ repository, state, path });
  for (let directory = ''; ;) {
    const below = directory;
    const chosen = await choose<Row>({
      title: below === '' ? title : `${title}: ${safe(below)}`, restMillis: REST_MILLIS,
      placeholder: t('Choose a file or directory, or type a part of a path'),
      items: async (value, signal, show) => {
        const text = value.trim();
        if (text === '') return [...(below === '' ? [] : [upRow(below)]), ...directoryRows(below, await list(below))];
        const found = await findFiles({ list, below, text, limit: LISTED, signal, onFound: (some) => show(some.map(fileRow)) });
        if (found.length === 0) return [{ label: t('No file has such a path'), alwaysShow: true }];
        return found.length < LISTED ? found.map(fileRow) : [...found.map(fileRow), { label: t('There are more: type more of the path'), alwaysShow: true }];
      },
    });
    if (chosen === undefined) return undefined;
    if (chosen.to?.isDirectory === false) return chosen.to.path;
    directory = chosen.to?.path ?? directory;
  }
}

function directoryRows(below: string, entries: Awaited<ReturnType<StateReader['list']>>): Row[] {
  const rows = entries.filter(({ type }) => type !== 'submodule').map((entry) => ({ path: below === '' ? entry.name : `${below}/${entry.name}`, entry }));
  const isDirectory = ({ entry }: FoundEntry): boolean => entry.type === 'directory';
  return [
    ...rows.filter(isDirectory).map(({ path, entry }): Row => ({ label: `$(folder) ${noIcons(safe(entry.name))}`, to: { path, isDirectory: true } })),
    ...rows.filter((row) => !isDirectory(row)).map((row) => ({ ...fileRow(row), label: `$(file) ${noIcons(safe(row.entry.name))}` })),
  ];
}

function fileRow({ path, entry }: FoundEntry): Row {
  return { label: noIcons(safe(path)), description: entry.type === 'symlink' ? t('link') : bytes(entry.size), alwaysShow: true, to: { path, isDirectory: false } };
}

function upRow(directory: string): Row {
  return { label: '$(arrow-up) ..', alwaysShow: true, to: { path: directory.slice(0, Math.max(0, directory.lastIndexOf('/'))), isDirectory: true } };
}
