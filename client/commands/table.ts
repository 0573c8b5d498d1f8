import type { CommandId } from '../menu.ts';
import type { Command } from '../services.ts';
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
