import type { CommandLine } from '../command-line.ts';
import * as history from './history.ts';
import * as refs from './refs.ts';
import type { Route } from './route.ts';
import * as settings from './settings.ts';
import * as workTree from './work-tree.ts';

/** Every command that may be answered from memory, with the forms in which it may. Others are git's alone. */
export const ROUTES: Readonly<Record<string, (line: CommandLine) => Route | undefined>> = {
  'blame': history.blame,
  'branch': refs.branch,
  'cat-file': history.catFile,
  'check-ignore': workTree.checkIgnore,
  'config': settings.config,
  'describe': refs.describe,
  'diff': workTree.diff,
  'for-each-ref': refs.forEachRef,
  'hash-object': workTree.hashObject,
  'log': history.log,
  'ls-files': workTree.lsFiles,
  'ls-tree': history.lsTree,
  'merge-base': refs.mergeBase,
  'reflog': refs.reflog,
  'remote': settings.remote,
  'rev-list': history.revList,
  'rev-parse': refs.revParse,
  'show': history.show,
  'show-ref': refs.showRef,
  'stash': history.stash,
  'status': workTree.status,
  'symbolic-ref': refs.symbolicRef,
  'tag': refs.tag,
  'version': settings.version,
  'worktree': refs.worktree,
};

/** How a command can be answered from memory; undefined when only git can. */
export function routeOf(line: CommandLine): Route | undefined {
  return Object.hasOwn(ROUTES, line.command) ? ROUTES[line.command]?.(line) : undefined;
}
