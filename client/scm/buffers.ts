import * as vscode from 'vscode';
import type { Client } from '../../connect/client.ts';
import { isFileIn } from './quick-diff.ts';
import type { WorkTree } from './work-trees.ts';

/** What editors hold of the files of a work tree and have not saved. */
export interface Unsaved {
  /** What a checkpoint is to record, as the operation takes it. */
  readonly buffers: readonly { readonly path: string; readonly text: string }[];
  /** Editors whose text is not among them. */
  readonly left: number;
}

/** Text that one checkpoint takes, in UTF-16 units: a message has a limit. */
const MAX_LENGTH = 8 * 1024 * 1024;
/** As many as the operation takes. */
const MAX_BUFFERS = 1000;

/**
 * The unsaved editors of a work tree, their text where the setting asks for it. Only of files that the fork has: others are ignored, or
 * are on the disk since a moment and taken from there. Only UTF-8: the operation takes text, and what is saved in another encoding
 * has other bytes.
 */
export async function unsavedIn(client: Pick<Client, 'call'>, tree: WorkTree): Promise<Unsaved> {
  const isAsked = vscode.workspace.getConfiguration('pyi.automatic', vscode.Uri.file(tree.folder)).get('unsavedBuffers', false);
  const buffers: { path: string; text: string }[] = [];
  let left = 0;
  let room = MAX_LENGTH;
  for (const document of vscode.workspace.textDocuments) {
    const path = document.isDirty && document.uri.scheme === 'file' ? tree.places.pathOf(document.uri.fsPath) : undefined;
    if (path === undefined) continue;
    const text = document.getText();
    const fits = document.encoding === 'utf8' && text.length <= room && buffers.length < MAX_BUFFERS;
    if (isAsked && fits && await isFileIn(client, tree.folder, tree.fork, path)) {
      room -= text.length;
      buffers.push({ path, text });
    } else {
      left++;
    }
  }
  return { buffers, left };
}
