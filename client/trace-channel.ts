import * as vscode from 'vscode';
import { safeLines } from '../protocol/text.ts';

/** Longest trace of a message, in characters: a listing of 100 000 files is of no use to anybody who reads. */
const MAX_TRACE = 20_000;

/**
 * The output channel as the LanguageClient's channel for traces. The library traces while the level of
 * that channel is Trace, and then whatever `pyi.trace.server` says; here the setting is what counts,
 * and what it asks for is shown at every level.
 */
export function traceChannel(output: vscode.LogOutputChannel): vscode.LogOutputChannel {
  const levelChanged = new vscode.EventEmitter<vscode.LogLevel>();
  const level = (): vscode.LogLevel => (isWanted() ? vscode.LogLevel.Trace : output.logLevel);
  const disposables = [
    levelChanged,
    output.onDidChangeLogLevel(() => levelChanged.fire(level())),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration('pyi.trace')) levelChanged.fire(level());
    }),
  ];
  return {
    ...output,
    get logLevel() {
      return level();
    },
    onDidChangeLogLevel: levelChanged.event,
    trace: (message: string) => {
      const text = safeLines(message.length > MAX_TRACE ? `${message.slice(0, MAX_TRACE)}… (${message.length} characters)` : message);
      if (isWanted()) output.info(text);
      else output.trace(text);
    },
    dispose: () => {
      for (const disposable of disposables) disposable.dispose();
    },
  };
}

function isWanted(): boolean {
  return vscode.workspace.getConfiguration('pyi').get<string>('trace.server', 'off') !== 'off';
}
