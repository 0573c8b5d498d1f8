import { existsSync, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { dirname, join } from 'node:path';
import { MAX_PAYLOAD_BYTES, isHookEvent, isRecording, readPayload } from '../../hooks/payload.ts';
import type { RecordingEvent } from '../../hooks/payload.ts';
import { recordHook } from '../../hooks/record.ts';
import { PyiError } from '../../protocol/errors.ts';
import type { Services } from '../call.ts';
import { print } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { noteHook } from './hook-log.ts';
import { createWorktree, removeWorktree } from './worktrees.ts';

/** How long an agent waits for us, and how long whoever nobody waits for may take to start a server and record. */
const LIMIT_MILLIS = 1000;
const LATE_LIMIT_MILLIS = 60_000;
/** A writer that does not end the payload must not hold the hook. */
const SILENT_MILLIS = 200;
/** Of hooks that create and remove worktrees, which Claude Code gives minutes. */
const WORKTREE_LIMIT_MILLIS = 10_000;

/**
 * `pyi claude hook NAME`: what the native front does on Linux (front/hook.c), for everywhere else, and what it leaves to Node: starting a server (`--late`), and worktrees.
 * A hook that only records ends well whatever happens: exit code 2 would stop the agent.
 */
export async function runHook(args: readonly string[], terminal: Terminal, services: Services): Promise<number> {
  const [event, ...options] = args;
  if (event === undefined) throw new UsageError('pyi claude hook needs the name of a hook.', 'Claude Code runs it: see "pyi claude --help".');
  if (!isHookEvent(event)) {
    noteHook(terminal, event, 'this version of PYI does not know the hook; nothing was done');
    return 0;
  }
  if (isRecording(event)) {
    if (!terminal.env['PYI_DISABLE']) await runRecording(event, options.includes('--late'), terminal, services);
    return 0;
  }
  const payload = readPayload(await readBytes(terminal.stdin, WORKTREE_LIMIT_MILLIS));
  if (event === 'WorktreeCreate') await print(terminal.stdout, `${await createWorktree(payload, terminal, services)}\n`);
  else await removeWorktree(payload, terminal, services);
  return 0;
}

/** Records, or lets go when the time is over. */
async function runRecording(event: RecordingEvent, isLate: boolean, terminal: Terminal, services: Services): Promise<void> {
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const limit = isLate ? LATE_LIMIT_MILLIS : LIMIT_MILLIS;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      noteHook(terminal, event, `the server did not answer within ${limit} ms; let go`);
      resolve();
    }, limit);
  });
  try {
    await Promise.race([over, record(event, isLate, terminal, services, abort.signal)]);
  } catch (error) {
    noteHook(terminal, event, `${error instanceof Error ? error.message : String(error)}; let go`);
  } finally {
    clearTimeout(timer);
    abort.abort();
    terminal.stdin.destroy();
  }
}

async function record(event: RecordingEvent, isLate: boolean, terminal: Terminal, services: Services, signal: AbortSignal): Promise<void> {
  const bytes = await readBytes(terminal.stdin, LIMIT_MILLIS);
  const client = await services.connect({ start: isLate ? services.program : undefined, signal, onWait: () => undefined }).catch((error: unknown) => {
    if (isLate || !PyiError.is(error, 'NOT_FOUND')) throw error;
    return undefined;
  });
  if (client === undefined) {
    startLate(event, bytes, terminal, services);
    return;
  }
  try {
    const { notes } = await recordHook(event, readPayload(bytes), terminal.cwd, async (name, params) => client.call(name, params, { signal }));
    for (const what of notes) noteHook(terminal, event, what);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    client.close();
  }
}

/** No server runs: one is started in the background, by a process that records then. Not where there is no store: hooks set nothing up. */
function startLate(event: RecordingEvent, bytes: Buffer, terminal: Terminal, services: Services): void {
  if (!mayHaveStore(terminal.cwd)) {
    noteHook(terminal, event, 'no server runs, and there is no store here; nothing to do');
    return;
  }
  services.runLater(['claude', 'hook', event, '--late'], bytes);
  noteHook(terminal, event, 'no server answers; one is started, and records it later');
}

/** Whether a directory may belong to a store. Of a linked work tree, whose store lies elsewhere, the server finds out. */
function mayHaveStore(directory: string): boolean {
  for (let at = directory; ; at = dirname(at)) {
    if (existsSync(join(at, '.pyi', 'segments'))) return true;
    const git = statSync(join(at, '.git'), { throwIfNoEntry: false });
    if (git !== undefined) return !git.isDirectory() || existsSync(join(at, '.git', 'pyi', 'segments'));
    if (at === dirname(at)) return false;
  }
}

/** The beginning of stdin. The rest is read and dropped, so that the writer gets rid of it. */
async function readBytes(input: Readable, limitMillis: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  await new Promise<void>((resolve) => {
    const whole = setTimeout(resolve, limitMillis);
    let silent = setTimeout(resolve, SILENT_MILLIS);
    const onEnd = (): void => {
      clearTimeout(whole);
      clearTimeout(silent);
      resolve();
    };
    input.on('data', (part: Buffer | string) => {
      const bytes = Buffer.from(part);
      if (length < MAX_PAYLOAD_BYTES) parts.push(bytes.subarray(0, MAX_PAYLOAD_BYTES - length));
      length += bytes.length;
      clearTimeout(silent);
      silent = setTimeout(resolve, SILENT_MILLIS);
    }).once('end', onEnd).once('error', onEnd).once('close', onEnd);
  });
  return Buffer.concat(parts);
}
