import Module, { register } from 'node:module';
import type { LogOutputChannel } from 'vscode';

/**
 * As much of `vscode` as the real LanguageClient needs to hold a conversation outside of an editor, and commands to be run.
 * Import this file first, and what imports `vscode` by `await import(…)`: what is imported statically is looked up before this file runs.
 */

/** What was shown to the user, wherever VS Code makes something of text. */
export const toasts: string[] = [];
/** What the user answers next: the button of a dialog, the text for an input box, the label or labels of rows; undefined to leave. */
export const answers: (string | readonly string[] | undefined)[] = [];
/** Commands that were run, with their arguments. */
export const executed: (readonly [id: string, ...args: unknown[]])[] = [];
/** Listeners on the editor that nobody has taken off. */
export const listeners = new Set<unknown>();

interface Disposable {
  dispose(): void;
}

class EventEmitter<T> {
  readonly #listeners = new Set<(value: T) => void>();

  readonly event = (listener: (value: T) => void): Disposable => {
    this.#listeners.add(listener);
    listeners.add(listener);
    return {
      dispose: () => {
        this.#listeners.delete(listener);
        listeners.delete(listener);
      },
    };
  };

  fire(value: T): void {
    for (const listener of this.#listeners) listener(value);
  }

  dispose(): void {
    for (const listener of this.#listeners) listeners.delete(listener);
    this.#listeners.clear();
  }
}

/** An event of the editor that never happens in a test. */
const never = new EventEmitter<never>().event;
/** A message; a dialog, which waits for its answer, tells more. */
const toast = async (message: string, options?: { readonly modal?: boolean; readonly detail?: string } | string): Promise<unknown> => {
  if (typeof options !== 'object' || options.modal !== true) return void toasts.push(message);
  toasts.push(`${message}\n${options.detail ?? ''}`);
  return answers.shift();
};
const input = async ({ title = '' }: { readonly title?: string }): Promise<unknown> => {
  toasts.push(title);
  return answers.shift();
};
const pick = async (offered: readonly { readonly label: string }[] | Promise<readonly { readonly label: string }[]>, { placeHolder = '' }: { readonly placeHolder?: string }): Promise<unknown> => {
  const rows = await offered;
  toasts.push(`${placeHolder}: ${rows.map(({ label }) => label).join(', ')}`);
  const answer = answers.shift();
  return Array.isArray(answer) ? rows.filter(({ label }) => answer.includes(label)) : rows.find(({ label }) => label === answer);
};
const LOG_LEVELS = { Off: 0, Trace: 1, Debug: 2, Info: 3, Warning: 4, Error: 5 } as const;

const fileUri = (path: string): object => ({ scheme: 'file', fsPath: path, path, toString: () => `file://${path}` });

/** What the window shows; a test may change it. */
export const shown = {
  workspaceFolders: [{ uri: fileUri('/secret/folder'), name: 'secret', index: 0 }],
  /** Files whose text is not saved. */
  unsaved: [] as string[],
  /** Where the file of the active editor is. */
  activeFolder: undefined as string | undefined,
};

/** What is in the user's settings. */
export const userSettings = new Map<string, unknown>();

/** Opens folders of the disk, and no other. */
export function openFolders(...paths: readonly string[]): void {
  shown.workspaceFolders = paths.map((path, index) => ({ uri: fileUri(path), name: path.slice(path.lastIndexOf('/') + 1), index }));
}

const editor: Readonly<Record<string, unknown>> = {
  __esModule: true,
  version: '1.100.0',
  EventEmitter,
  Disposable: { from: (...all: readonly Disposable[]): Disposable => ({ dispose: () => all.forEach((disposable) => disposable.dispose()) }) },
  LogLevel: LOG_LEVELS,
  ConfigurationTarget: { Global: 1 },
  Uri: { file: fileUri, from: (parts: object): object => ({ ...parts }) },
  commands: { executeCommand: async (...command: [string, ...unknown[]]) => void executed.push(command) },
  env: { appName: 'Test', language: 'en' },
  window: {
    get activeTextEditor() {
      return shown.activeFolder === undefined ? undefined : { document: { uri: fileUri(`${shown.activeFolder}/a.ts`) } };
    },
    showErrorMessage: toast, showWarningMessage: toast, showInformationMessage: toast, setStatusBarMessage: toast, showInputBox: input, showQuickPick: pick,
    withProgress: async ({ title }: { title: string }, work: (progress: object, token: object) => Promise<unknown>) => {
      toasts.push(title);
      return work({ report: ({ message }: { message: string }) => toasts.push(message) }, { onCancellationRequested: never });
    },
  },
  workspace: {
    get textDocuments() {
      return shown.unsaved.map((path) => ({ isDirty: true, uri: fileUri(path) }));
    },
    get workspaceFolders() {
      return shown.workspaceFolders;
    },
    getWorkspaceFolder: () => shown.workspaceFolders.find(({ uri }) => (uri as { fsPath: string }).fsPath === shown.activeFolder),
    onDidChangeConfiguration: never,
    getConfiguration: () => ({
      get: (_name: string, value: unknown) => value,
      inspect: (name: string) => ({ globalValue: userSettings.get(name) }),
      update: async (name: string, value: unknown) => void (value === undefined ? userSettings.delete(name) : userSettings.set(name, value)),
    }),
  },
};

/** Stands for each class that the library derives from, or makes when it is asked to. */
function Stub(): void {
  return;
}

const fake = new Proxy(editor, { get: (target, name) => (typeof name === 'string' && Object.hasOwn(target, name) ? target[name] : Stub) });
const loader = Module as unknown as { _load: (request: string, ...rest: unknown[]) => unknown };
const load = loader._load;
loader._load = function (request, ...rest) {
  return request === 'vscode' ? fake : load.call(this, request, ...rest);
};

// The same for modules, whose names have to be known.
const NAMES = [...Object.keys(editor).filter((name) => name !== '__esModule'), 'ProgressLocation'];
const SHARED = 'pyi-fake-vscode';
Object.assign(globalThis, { [SHARED]: fake });
const source = NAMES.map((name) => `export const ${name} = globalThis['${SHARED}'].${name};`).join('\n');
const hooks = `
  const url = 'fake:vscode';
  export const resolve = async (name, context, next) => (name === 'vscode' ? { url, shortCircuit: true } : next(name, context));
  export const load = async (at, context, next) => (at === url ? { format: 'module', shortCircuit: true, source: ${JSON.stringify(source)} } : next(at, context));
`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);

export interface FakeChannel {
  readonly channel: LogOutputChannel;
  readonly lines: string[];
  setLevel(level: keyof typeof LOG_LEVELS): void;
}

/** An output channel whose lines can be looked at. */
export function fakeChannel(): FakeChannel {
  const lines: string[] = [];
  const levels = new EventEmitter<number>();
  let level: number = LOG_LEVELS.Info;
  const write = (kind: string) => (message: string) => void lines.push(`${kind} ${message}`);
  const channel = {
    get logLevel() {
      return level;
    },
    onDidChangeLogLevel: levels.event, trace: write('trace'), debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error'), appendLine: write('line'),
    show: () => toasts.push('output'),
  };
  return {
    channel: channel as unknown as LogOutputChannel, lines,
    setLevel: (name) => {
      level = LOG_LEVELS[name];
      levels.fire(level);
    },
  };
}
