import type { CommandId } from '../menu.ts';
import type { Command } from '../services.ts';
import { compare, openChanges } from './compare.ts';
import { find } from './find.ts';
import { readFile, removeFile, writeFile } from './fork-files.ts';
import { openDiff } from './open-diff.ts';
import { openState } from './open-state.ts';
import { collapse } from './outcomes.ts';
import { ignoreFile, openFile, rewindFile } from './files.ts';
import { checkpoint, earlierMessage, refresh } from './scm.ts';
import { newFork, rewind, undo } from './states.ts';
import { setup, showDashboard, showDiagnostics, showOutput, stopServer } from './upkeep.ts';

/** Every command by its id in package.json. */
export const COMMANDS: Readonly<Partial<Record<CommandId, Command>>> = {
  'pyi.setup': setup,
  'pyi.checkpoint': checkpoint,
  'pyi.newFork': newFork,
  'pyi.compare': compare,
  'pyi.openChanges': openChanges,
  'pyi.compareWithBase': openChanges,
  'pyi.openDiff': openDiff,
  'pyi.openState': openState,
  'pyi.readFile': readFile,
  'pyi.writeFile': writeFile,
  'pyi.removeFile': removeFile,
  'pyi.find': find,
  'pyi.rewind': rewind,
  'pyi.collapse': collapse,
  'pyi.undo': undo,
  'pyi.openFile': openFile,
  'pyi.rewindFile': rewindFile,
  'pyi.ignoreFile': ignoreFile,
  'pyi.earlierMessage': earlierMessage,
  'pyi.refresh': refresh,
  'pyi.showDashboard': showDashboard,
  'pyi.showDiagnostics': showDiagnostics,
  'pyi.showOutput': showOutput,
  'pyi.stopServer': stopServer,
};
