import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';

/** What a store derives, notes in passing or writes for people: no part of any state. */
const DERIVED = /(^|\/)pyi\/(logs|catalog\.sqlite|cookies|worktrees|exports|unfinished|snapshot|lock|segments\/[0-9a-f]{16}\.idx)/;

/**
 * Every file and link below a directory with its content, by path: a repository, its work trees and its
 * store, byte for byte. Two that are equal prove that nothing happened in between.
 */
export function fingerprint(directory: string, leaveOut: RegExp = DERIVED): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (relative: string): void => {
    for (const entry of fs.readdirSync(path.join(directory, relative), { withFileTypes: true })) {
      const name = path.join(relative, entry.name);
      if (leaveOut.test(name)) continue;
      const file = path.join(directory, name);
      if (entry.isDirectory()) visit(name);
      else if (entry.isSymbolicLink()) found[name] = `link ${fs.readlinkSync(file)}`;
      else if (entry.isFile()) found[name] = `${fs.statSync(file).mode.toString(8)} ${createHash('sha256').update(fs.readFileSync(file)).digest('hex')}`;
    }
  };
  visit('');
  return found;
}
