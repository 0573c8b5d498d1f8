import * as vscode from 'vscode';
import { decodeState, encodeBelow, encodeState } from './state-path.ts';
import type { StateLocation } from './state-path.ts';

export const SCHEME = 'pyi';

/**
 * The URI of a file or directory of a state, or of its root without `path`. `state` is the full id of a checkpoint or
 * Git commit, whose content never changes, or of a fork, which follows its head. Kept forever: client/fs/state-path.ts.
 */
export function stateUri(repository: string, state: string, path = ''): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, ...encodeState({ repository, state, path }) });
}

/** The same file under the path that it has below `directory`, the path of a `file:` URI: for a diff with it, or with another state. */
export function stateUriBelow(directory: string, repository: string, state: string, path: string): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, ...encodeBelow(directory, { repository, state, path }) });
}

/** What a URI of {@link stateUri} or {@link stateUriBelow} stands for; undefined for any other. */
export function parseStateUri(uri: vscode.Uri): StateLocation | undefined {
  return uri.scheme === SCHEME ? decodeState(uri) : undefined;
}
