import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { frontWords } from '../../scripts/front-words.ts';
import { installFront } from '../../scripts/install-front.mjs';
import { decodeQuestion, questionLength } from '../../server/shim/wire.ts';
import type { Question } from '../../server/shim/wire.ts';

/** How a program ended, and what it printed, as bytes in a text. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a program is run with beside its arguments. */
export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly cwd?: string;
}

/** The native front, compiled for one test file, an empty repository, and a place for servers that behave and that do not. */
export class CompiledFront {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'pyi-front-')));
  readonly dist = join(this.root, 'dist');
  readonly runtime = join(this.root, 'run');
  readonly work = join(this.root, 'work');
  readonly pyi = join(this.dist, 'bin', 'pyi');
  readonly env: Readonly<Record<string, string>> = { PATH: process.env['PATH'] ?? '', HOME: this.root, PYI_RUNTIME_DIR: this.runtime, GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' };
  #server: Server | undefined;

  constructor() {
    for (const directory of [this.dist, join(this.dist, 'bin'), this.work]) mkdirSync(directory);
    cpSync(fileURLToPath(new URL('../../front', import.meta.url)), join(this.dist, 'front'), { recursive: true });
    writeFileSync(join(this.dist, 'front', 'words.h'), frontWords());
    assert.ok(installFront(this.dist) !== undefined, 'a C compiler is needed');
    spawnSync('git', ['init', '-q', '-b', 'main', this.work], { env: this.env });
  }

  readonly run = async (program: string, args: readonly string[], more: RunOptions = {}): Promise<Ended> => new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: more.cwd ?? this.work, env: { ...this.env, ...more.env } });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on('error', () => undefined).end(more.input ?? '');
    child.once('error', reject).once('close', (code, signal) => resolve({ code, signal, stdout: Buffer.concat(stdout).toString('latin1'), stderr: Buffer.concat(stderr).toString('latin1') }));
  });

  /** A server that does `answer` with each question; returns what it was asked. */
  readonly serve = async (answer: (socket: Socket, question: Question) => void, mode = 0o700): Promise<Question[]> => {
    mkdirSync(this.runtime, { recursive: true });
    chmodSync(this.runtime, mode);
    const asked: Question[] = [];
    const server = createServer((socket) => {
      let received = Buffer.alloc(0);
      socket.on('error', () => undefined).on('data', (chunk) => {
        received = Buffer.concat([received, chunk]);
        if (received.length < (questionLength(received) ?? Infinity)) return;
        const question = decodeQuestion(received);
        assert.ok(question !== undefined);
        asked.push(question);
        answer(socket, question);
      });
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(join(this.runtime, 'shim.sock'), resolve));
    return asked;
  };

  /** Ends the server, if there is one, and leaves nothing of it. */
  readonly stopServing = async (): Promise<void> => {
    const server = this.#server;
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
    this.#server = undefined;
    rmSync(this.runtime, { recursive: true, force: true });
  };

  /** A program called `git` that is the shell script `body`; returns its directory. */
  readonly script = (name: string, body: string): string => {
    const directory = join(this.root, name);
    mkdirSync(directory);
    writeFileSync(join(directory, 'git'), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    return directory;
  };

  close(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
