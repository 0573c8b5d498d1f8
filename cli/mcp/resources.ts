import type { ReadResourceResult, Resource, ResourceTemplate } from '@modelcontextprotocol/sdk/types.js';
import { PyiError } from '../../protocol/errors.ts';
import { compactCheckpoint, compactFork, compactPaths } from '../../protocol/tools/compact.ts';
import { parseUri, printUri } from '../../protocol/tools/uri.ts';
import { bytes, headline } from '../../protocol/text.ts';
import type { Changes, ForkInfo } from '../../protocol/values.ts';
import type { Caller } from '../call.ts';

/** Checkpoints of a timeline that is read as a resource; the tool has pages. */
const TIMELINE_ROWS = 100;
/** Forks whose timeline is listed. */
const LISTED_FORKS = 50;
/** A file that is longer is read in parts, with the tool. */
const MOST_FILE_BYTES = 16 * 1024 * 1024;

export const RESOURCE_TEMPLATES: readonly ResourceTemplate[] = [
  { uriTemplate: 'pyi://timeline/{fork}', name: 'timeline of a fork', mimeType: 'application/json' },
  { uriTemplate: 'pyi://diff/{from}..{to}', name: 'diff', description: 'Between two checkpoints, forks or Git revisions; "to" empty: the directory as it is now', mimeType: 'text/x-diff' },
  { uriTemplate: 'pyi://file/{state}/{+path}', name: 'file', description: 'As it is in a fork or was at a checkpoint' },
];

/** What there is to read, beside what the templates name: the timeline, the tree of forks, and the timeline of each live fork. */
export async function listResources(client: Caller, repository: string, signal: AbortSignal): Promise<Resource[]> {
  const forks = await client.call('forks', { repository }, { signal });
  return [
    { uri: printUri({ kind: 'timeline', fork: undefined, repository: undefined }), name: 'timeline', description: 'The newest checkpoints of all forks', mimeType: 'application/json' },
    { uri: printUri({ kind: 'forks', repository: undefined }), name: 'forks', description: 'The live forks, each below the one that it was made from', mimeType: 'application/json' },
    ...forks.slice(0, LISTED_FORKS).map(({ name, fork }) => ({ uri: printUri({ kind: 'timeline', fork, repository: undefined }), name: `timeline of ${headline(name)}`, mimeType: 'application/json' })),
  ];
}

/** Reads a resource. @throws PyiError */
export async function readResource(uri: string, client: Caller, defaultRepository: string, signal: AbortSignal): Promise<ReadResourceResult['contents'][number]> {
  const place = parseUri(uri);
  const repository = place.repository ?? defaultRepository;
  const json = (value: object): { uri: string; mimeType: string; text: string } => ({ uri, mimeType: 'application/json', text: JSON.stringify(value) });
  switch (place.kind) {
    case 'timeline': {
      const rows = await client.call('timeline', { repository, limit: TIMELINE_ROWS, ...(place.fork === undefined ? {} : { fork: place.fork }) }, { signal });
      return json(rows.map(compactCheckpoint));
    }
    case 'forks':
      return json(forkTree(await client.call('forks', { repository }, { signal })));
    case 'diff': {
      const states = { ...(place.from === undefined ? {} : { from: place.from }), ...(place.to === undefined ? {} : { to: place.to }) };
      const changes = await client.call('changes', { repository, ...states, patch: true }, { signal });
      return { uri, mimeType: 'text/x-diff', text: diffText(changes) };
    }
    case 'file': {
      const { base64, size, end } = await client.call('read', { repository, fork: place.state, path: place.path, length: MOST_FILE_BYTES }, { signal });
      if (!end) throw new PyiError('INVALID_ARGUMENT', `The file has ${bytes(size)}, and a resource at most ${bytes(MOST_FILE_BYTES)}.`, 'Read it in parts with the tool "read" and its "offset".');
      const content = Buffer.from(base64, 'base64');
      return isText(content) ? { uri, mimeType: 'text/plain', text: content.toString('utf8') } : { uri, mimeType: 'application/octet-stream', blob: base64 };
    }
  }
}

/** A patch names what has lines; the rest of what changed is named by its paths. */
function diffText(changes: Changes): string {
  return changes.patch === undefined || changes.patch === '' ? `${JSON.stringify(compactPaths(changes))}\n` : changes.patch;
}

function isText(content: Buffer): boolean {
  return !content.includes(0) && Buffer.from(content.toString('utf8'), 'utf8').equals(content);
}

/** Forks below those that they were made from; one whose parent has ended stands at the top. */
function forkTree(forks: readonly ForkInfo[]): object[] {
  const live = new Set(forks.map(({ fork }) => fork));
  const below = new Map<string | null, ForkInfo[]>();
  for (const fork of forks) {
    const parent = fork.parent !== null && live.has(fork.parent) ? fork.parent : null;
    below.set(parent, [...below.get(parent) ?? [], fork]);
  }
  const branch = (parent: string | null): object[] => (below.get(parent) ?? []).map((fork) => {
    const children = branch(fork.fork);
    return { ...compactFork(fork), ...(children.length === 0 ? {} : { forks: children }) };
  });
  return branch(null);
}
