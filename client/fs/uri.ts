import * as vscode from 'vscode';
import { decodeState, encodeState } from './state-path.ts';
import type { StateLocation } from './state-path.ts';

export const SCHEME = 'pyi';

/**
 * The URI of a file or directory of a state, or of its root without `path`. `state` is the full id of a checkpoint or
 * Git commit, whose content never changes, or of a fork, which follows its head. Kept forever: client/fs/state-path.ts.
 */
export function stateUri(repository: string, state: string, path = ''): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, ...encodeState({ repository, state, path }) });
}

/** What a URI of {@link stateUri} stands for; undefined for any other. */
export function parseStateUri(uri: vscode.Uri): StateLocation | undefined {
  return uri.scheme === SCHEME ? decodeState(uri) : undefined;
}
