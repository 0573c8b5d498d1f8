import { safe } from '../../protocol/text.ts';
import type { Result } from '../../protocol/registry.ts';
import { t } from '../l10n.ts';
import { encodeTreePath } from './state-path.ts';

export type Match = Result<'find'>['matches'][number];

/** The matches of a file. */
export interface FileMatches {
  readonly path: string;
  readonly matches: readonly Match[];
}

/** What is looked for. */
export interface Search {
  readonly text: string;
  readonly regex: boolean;
  readonly matchCase: boolean;
}

/** Matches by file, in the order in which they were found. */
export function byFile(matches: readonly Match[]): FileMatches[] {
  const files = new Map<string, Match[]>();
  for (const match of matches) {
    const known = files.get(match.path);
    if (known === undefined) files.set(match.path, [match]);
    else known.push(match);
  }
  return Array.from(files, ([path, matches]) => ({ path, matches }));
}

/**
 * Results as VS Code's own search editor writes them: with the language `search-result`, its lines are links. `folder` is the name of the
 * workspace folder that shows the state, by which such a link is found; undefined when there is none, or no other.
 */
export function searchDocument(search: Search, { matches, complete }: Pick<Result<'find'>, 'matches' | 'complete'>, place: string, folder: string | undefined): string {
  const files = byFile(matches);
  const flags = [search.matchCase ? 'CaseSensitive' : '', search.regex ? 'RegExp' : ''].filter((flag) => flag !== '');
  const head = [`# Query: ${safe(search.text)}`, ...(flags.length === 0 ? [] : [`# Flags: ${flags.join(' ')}`]), `# ${place}`, ''];
  const counted = t('Matches: {0}, in files: {1}', matches.length, files.length);
  const summary = complete ? counted : `${counted} ${t('(there are more)')}`;
  return [...head, summary, '', ...files.flatMap((file) => [...fileLines(file, folder), ''])].join('\n');
}

function fileLines({ path, matches }: FileMatches, folder: string | undefined): string[] {
  const lines = new Map(matches.map(({ line, preview }) => [line, safe(preview)]));
  return [`${folder === undefined ? '' : `${folder} • `}${safe(encodeTreePath(path))}:`, ...Array.from(lines, ([line, preview]) => `  ${line}: ${preview}`)];
}
