import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '../../connect/client.ts';
import { findGit } from '../../connect/find-git.ts';
import type { Result } from '../../protocol/registry.ts';
import { ServerProcess } from './server-process.ts';
import type { Shell } from './shell.ts';

/** A command line for the front or for the real git. */
export interface Command {
  readonly program: 'front' | 'git';
  readonly args: readonly string[];
  readonly input?: string;
}

/** What a program printed, as bytes in a text. */
export interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Whether the front printed it itself. */
  readonly isAnswered: boolean;
}

/** The compiled front, a real server that answers everywhere, and the real git, with the same environment. */
export class FrontPlace {
  /** The compiled front. */
  static readonly front = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../dist/bin/git');
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  /** The real git. */
  readonly git: string;
  #next = 1;
  readonly #server: ServerProcess;
  #client: Client | undefined;

  private constructor() {
    this.directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'pyi-front-')));
    const at = (name: string): string => path.join(this.directory, name);
    const git = findGit({ env: process.env, platform: process.platform }, undefined);
    if (git === undefined) throw new Error('There is no git on PATH');
    this.git = git;
    fs.mkdirSync(at('bin'));
    fs.mkdirSync(at('home'));
    fs.writeFileSync(at('home/.gitconfig'), '[user]\nname = Test Author\nemail = author@example.com\n[gc]\nauto = 0\n[maintenance]\nauto = false\n[protocol "file"]\nallow = always\n[advice]\ndetachedHead = false\n');
    // Tells of each git that the front becomes. What git itself starts is not found on this PATH.
    fs.writeFileSync(at('bin/git'), `#!/bin/sh\n[ -n "$BY_FRONT" ] && : > "$BY_FRONT"\nunset BY_FRONT PYI_GIT_DEPTH\nexec '${git}' "$@"\n`, { mode: 0o755 });
    this.env = {
      PATH: `${at('bin')}${path.delimiter}${path.dirname(git)}${path.delimiter}/usr/bin${path.delimiter}/bin`, HOME: at('home'), PYI_RUNTIME_DIR: at('run'), LC_ALL: 'C', TZ: 'UTC', GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_DATE: '1700000000 +0000', GIT_COMMITTER_DATE: '1700000000 +0000', GIT_EDITOR: 'true', GIT_TERMINAL_PROMPT: '0', GIT_PAGER: 'cat',
    };
    this.#server = new ServerProcess(at('run'), { ...this.env, PYI_GIT_SCOPE: 'all', PYI_GIT_BUDGET: '100', PYI_GIT_CHECK: '0' });
  }

  static async open(): Promise<FrontPlace> {
    const place = new FrontPlace();
    place.#server.start();
    place.#client = await place.#server.connect('test');
    return place;
  }

  /**
   * Runs one after another, by a shell: it is small, so that processes start in a fraction of the time that they take from here.
   * @param before shell commands that come first, in the directory of the place
   */
  run(cwd: string, commands: readonly Command[], before = ''): Printed[] {
    const { script, read } = this.#prepare(cwd, commands, before, '');
    const { status, stderr } = spawnSync('/bin/sh', [script], { cwd: this.directory, env: { ...this.env }, encoding: 'utf8', input: '' });
    if (status !== 0) throw new Error(`The shell failed: ${stderr}`);
    return read();
  }

  /** As {@link run}, by a shell that is there already and starts in the directory of the place: others go on meanwhile. */
  async runBy(shell: Shell, cwd: string, commands: readonly Command[], { before = '', after = '' }: { readonly before?: string; readonly after?: string }): Promise<Printed[]> {
    const { script, read } = this.#prepare(cwd, commands, before, after);
    await shell.run(`( . ${quoted(script)} )`);
    return read();
  }

  /** How the server says that it answered. */
  async compat(): Promise<Result<'git-compat'>> {
    if (this.#client === undefined) throw new Error('The server does not run');
    return this.#client.call('git-compat', {});
  }

  #prepare(cwd: string, commands: readonly Command[], before: string, after: string): { readonly script: string; readonly read: () => Printed[] } {
    const out = path.join(this.directory, `out-${this.#next++}`);
    fs.mkdirSync(out);
    const lines = commands.map(({ program, args, input = '' }, i) => {
      if (input !== '') fs.writeFileSync(`${out}/${i}.in`, input);
      const words = [program === 'front' ? FrontPlace.front : this.git, ...args].map(quoted).join(' ');
      // The front listens to a pipe alone.
      const [pipe, from] = input === '' ? ['', '</dev/null '] : [`cat ${out}/${i}.in | `, ''];
      return `${pipe}${program === 'front' ? `BY_FRONT=${out}/${i}.git ` : ''}${words} ${from}>${out}/${i}.out 2>${out}/${i}.err; echo $? >${out}/${i}.code`;
    });
    fs.writeFileSync(`${out}/script`, `${before}\ncd ${quoted(cwd)}\n${lines.join('\n')}\n${after}\n`);
    const text = (name: string): string => fs.readFileSync(`${out}/${name}`, 'latin1');
    const read = (): Printed[] => {
      const printed = commands.map(({ program }, i) => ({ code: Number(text(`${i}.code`)), stdout: text(`${i}.out`), stderr: text(`${i}.err`), isAnswered: program === 'front' && !fs.existsSync(`${out}/${i}.git`) }));
      fs.rmSync(out, { recursive: true });
      return printed;
    };
    return { script: `${out}/script`, read };
  }

  /** How many questions the server has answered so far. */
  async hits(): Promise<number> {
    if (this.#client === undefined) throw new Error('the server is not connected yet');
    const { commands } = await this.#client.call('git-compat', {});
    return commands.reduce((sum, { hits }) => sum + hits, 0);
  }

  async close(): Promise<void> {
    this.#client?.close();
    await this.#server.stop();
    fs.rmSync(this.directory, { recursive: true, force: true });
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
