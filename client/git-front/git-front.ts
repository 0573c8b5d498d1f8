import * as vscode from 'vscode';
import { chooseTrueGit, findFront, installFront, runs } from './front.ts';
import type { Front } from './front.ts';
import { gitPathWith, otherPrograms, recognized } from './git-path.ts';
import type { Remembered } from './git-path.ts';
import { forget, recall, remember } from './memory.ts';

const SETTING = 'git.path';

export interface GitFrontOptions {
  /** The folder `dist` of this version of the extension. */
  readonly dist: string;
  /** Where the front lies for VS Code: outlasts an update of the extension, whose folder has its version in its name. */
  readonly place: string;
  readonly platform: NodeJS.Platform;
  /** The variable PATH, on which a `pyi` may be. */
  readonly path: string;
  readonly output: Pick<vscode.LogOutputChannel, 'info' | 'warn'>;
}

/** The setting as it would be. */
export interface Plan {
  readonly before: unknown;
  readonly after: readonly string[];
}

/**
 * Whether VS Code's Git panel runs PYI, and the way there and back. `git.path` is a machine setting: VS Code takes it from the
 * user's settings alone, never from a workspace.
 */
export class GitFront {
  readonly #options: GitFrontOptions;

  constructor(options: GitFrontOptions) {
    this.#options = options;
  }

  /** Why there is no front to use; undefined when there is one. */
  get lack(): 'elsewhere' | 'absent' | undefined {
    const { kind } = this.#find();
    return kind === 'elsewhere' || kind === 'absent' ? kind : undefined;
  }

  /** What is in the user's settings; undefined: nothing. */
  get value(): unknown {
    return vscode.workspace.getConfiguration().inspect(SETTING)?.globalValue;
  }

  /** What was there before, when the setting is still what PYI made it. */
  get used(): Remembered | undefined {
    return recognized(this.value, recall(this.#options.place));
  }

  plan(): Plan {
    return { before: this.value, after: gitPathWith(this.#options.place, this.value) };
  }

  /** Sets the setting as planned. False, and nothing is set, when the front does not run here. */
  async use({ before, after }: Plan): Promise<boolean> {
    if (!this.#install(before)) return false;
    // Remembered first: what was there must not be lost if the window ends in between.
    remember(this.#options.place, { ...(before === undefined ? {} : { before }), ours: after });
    await this.#set(after);
    return true;
  }

  /** Puts back exactly what was there. */
  async stop({ before }: Remembered): Promise<void> {
    await this.#set(before);
    forget(this.#options.place);
  }

  /** After a start: the copy is that of this version, and the setting names the place where it is now. */
  async refresh(): Promise<void> {
    const { place, output } = this.#options;
    const used = this.used;
    if (used === undefined) return;
    if (!this.#install(used.before)) {
      output.warn(`"git.path" names PYI, but ${runs(place) ? 'the front there is of an earlier version: this package has none, and git answers' : 'it does not run: VS Code takes the next git of the list'}. "PYI: Stop Using PYI as Git" puts back what was there.`);
      return;
    }
    const after = gitPathWith(place, used.before);
    if (recognized(after, used) !== undefined) return;
    output.info(`"git.path" names the new place of PYI, ${place}`);
    await this.use({ before: used.before, after });
  }

  #find(): Front {
    const { dist, platform, path } = this.#options;
    return findFront(dist, platform, path);
  }

  #install(before: unknown): boolean {
    const { place, output } = this.#options;
    const front = this.#find();
    if (front.kind !== 'ready') return false;
    try {
      chooseTrueGit(place, otherPrograms(place, before));
      return installFront(front.program, place);
    } catch (error) {
      output.warn(`The front cannot be put to ${place}: ${String(error)}`);
      return false;
    }
  }

  async #set(value: unknown): Promise<void> {
    await vscode.workspace.getConfiguration().update(SETTING, value, vscode.ConfigurationTarget.Global);
  }
}
