import { facts } from '../cli/render/table.ts';
import { count, lines, micros, safe } from '../protocol/text.ts';
import type { ServerState, Trouble } from './server-process.ts';

/** What the window knows without asking the server. */
export interface WindowFacts {
  readonly time: number;
  readonly extension: string;
  readonly editor: string;
  readonly platform: string;
  readonly activationMillis: number | undefined;
  readonly trusted: boolean;
  /** What VS Code's Git panel runs: `path` when it is PYI; `lack` why it cannot be. */
  readonly gitPanel: { readonly lack: 'elsewhere' | 'absent' | undefined; readonly path: readonly string[] | undefined };
  readonly state: ServerState;
  readonly troubles: readonly Trouble[];
}

/** The part of the diagnostics that is about the window. In English, as the command line speaks: it is made to be sent to somebody. */
export function renderWindow({ time, extension, editor, platform, activationMillis, trusted, gitPanel, state, troubles }: WindowFacts): string {
  const known = facts([
    ['time', new Date(time).toISOString()],
    ['extension', extension],
    ['editor', safe(editor)],
    ['platform', platform],
    ['activation', activationMillis === undefined ? '' : micros(activationMillis * 1000)],
    ['workspace', trusted ? 'trusted' : 'not trusted: no repository is looked at'],
    ['git panel', describeGitPanel(gitPanel)],
    ['connection', describe(state)],
  ]);
  if (troubles.length === 0) return known;
  return known + lines([
    `The last ${count(troubles.length, 'time', 'times')} that the connection was lost or did not come about:`,
    ...troubles.map(({ time: at, reason }) => `  ${new Date(at).toISOString()}  ${reason.code}: ${safe(reason.message)}`),
  ]);
}

function describeGitPanel({ lack, path }: WindowFacts['gitPanel']): string {
  if (path !== undefined) return `"git.path" is ${safe(JSON.stringify(path))}, set by PYI`;
  if (lack === 'elsewhere') return 'git; PYI answers on Linux only';
  return lack === 'absent' ? 'git; this package has no native front' : 'git; "PYI: Use PYI as Git" changes that';
}

function describe(state: ServerState): string {
  switch (state.kind) {
    case 'off':
      return 'none; the server is not running';
    case 'connecting':
      return 'being made';
    case 'connected':
      return `to server ${safe(state.server.version)}, protocol ${state.server.protocol}, process ${state.server.pid}`;
    case 'waiting':
      return `lost; attempt ${state.attempt} failed, the next in ${state.retryMillis} ms: ${safe(state.reason.message)} ${safe(state.reason.hint)}`;
    case 'failed':
      return `none, and not tried again: ${safe(state.reason.message)} ${safe(state.reason.hint)}`;
  }
}
