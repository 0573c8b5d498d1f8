import type { Readable, Writable } from 'node:stream';
import type { Host } from '../server/transport/address.ts';

export interface Output extends Writable {
  readonly isTTY?: boolean;
}

/** The world that a command runs in. Injected, so that a test owns it. */
export interface Terminal extends Host {
  readonly cwd: string;
  readonly stdin: Readable;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly now: () => number;
  /** Calls `listener` at every interrupt (Ctrl-C) until the returned function is called. */
  readonly onInterrupt: (listener: () => void) => () => void;
  /** Ends the process at once. */
  readonly exit: (code: number) => never;
}

export function usesColor(terminal: Terminal): boolean {
  const { env, stdout } = terminal;
  return stdout.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}

/** Writes and waits until it is out of our hands. A reader that has gone is not an error. */
export async function print(output: Writable, text: string | Uint8Array): Promise<void> {
  if (text.length === 0) return;
  await new Promise<void>((resolve, reject) => {
    output.write(text, (error) => {
      if (error === null || error === undefined || (error as NodeJS.ErrnoException).code === 'EPIPE') resolve();
      else reject(error);
    });
  });
}
