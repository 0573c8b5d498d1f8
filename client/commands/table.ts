import type { CommandId } from '../menu.ts';
import type { Command } from '../services.ts';
import { showAgents } from './agents.ts';
import { copyId, forkFromHere, nameCheckpoint, pin, unpin } from './checkpoints.ts';
import { collapse } from './collapse.ts';
import { compare, openChanges } from './compare.ts';
import { showDiagnostics } from './diagnostics.ts';
import { discard } from './discard.ts';
import { ignoreFile, openFile, rewindFile } from './files.ts';
import { filterTimeline } from './filter-timeline.ts';
import { find } from './find.ts';
import { readFile, removeFile, writeFile } from './fork-files.ts';
import { stopUsingAsGit, useAsGit } from './git.ts';
import { entangle, integrate } from './integrate.ts';
import { materialize } from './materialize.ts';
import { newFork } from './new-fork.ts';
import { observe } from './observe.ts';
import { openDiff } from './open-diff.ts';
import { openState } from './open-state.ts';
import { setPhase } from './phase.ts';
import { race } from './race.ts';
import { rewind } from './rewind.ts';
import { checkpoint, earlierMessage, refresh } from './scm.ts';
import { repair, sweep, verify } from './store.ts';
import { hideEnded, openForkDirectory, showEnded, showSuperposition, showSuperpositionInEditor } from './superposition.ts';
import { fileHistory, showTimeline, showTimelineInEditor } from './timeline.ts';
import { undo } from './undo.ts';
import { restartServer, setup, showDashboard, showOutput, stopServer } from './upkeep.ts';
import { openWalkthrough, switchViews } from './window.ts';

/** Every command by its id in package.json. */
export const COMMANDS: Readonly<Record<CommandId, Command>> = {
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
  'pyi.forkFromHere': forkFromHere,
  'pyi.showTimeline': showTimeline,
  'pyi.showTimelineInEditor': showTimelineInEditor,
  'pyi.fileHistory': fileHistory,
  'pyi.filterTimeline': filterTimeline,
  'pyi.showEnded': showEnded,
  'pyi.hideEnded': hideEnded,
  'pyi.rewind': rewind,
  'pyi.showSuperposition': showSuperposition,
  'pyi.showSuperpositionInEditor': showSuperpositionInEditor,
  'pyi.openForkDirectory': openForkDirectory,
  'pyi.observe': observe,
  'pyi.materialize': materialize,
  'pyi.pin': pin,
  'pyi.unpin': unpin,
  'pyi.nameCheckpoint': nameCheckpoint,
  'pyi.copyId': copyId,
  'pyi.collapse': collapse,
  'pyi.race': race,
  'pyi.integrate': integrate,
  'pyi.entangle': entangle,
  'pyi.discard': discard,
  'pyi.undo': undo,
  'pyi.openFile': openFile,
  'pyi.rewindFile': rewindFile,
  'pyi.ignoreFile': ignoreFile,
  'pyi.earlierMessage': earlierMessage,
  'pyi.refresh': refresh,
  'pyi.showAgents': showAgents,
  'pyi.showDashboard': showDashboard,
  'pyi.sweep': sweep,
  'pyi.verify': verify,
  'pyi.repair': repair,
  'pyi.setPhase': setPhase,
  'pyi.useAsGit': useAsGit,
  'pyi.stopUsingAsGit': stopUsingAsGit,
  'pyi.switchViews': switchViews,
  'pyi.openWalkthrough': openWalkthrough,
  'pyi.showDiagnostics': showDiagnostics,
  'pyi.showOutput': showOutput,
  'pyi.restartServer': restartServer,
  'pyi.stopServer': stopServer,
};
