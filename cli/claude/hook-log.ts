import { appendFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { safe } from '../../protocol/text.ts';
import { ensureDirectory, serverAddress } from '../../server/transport/address.ts';
import type { Terminal } from '../terminal.ts';

/** As in front/hook.c, which writes the same file. */
const MAX_BYTES = 1024 * 1024;
const MAX_LINE = 500;

/** Says in `hooks.log`, in the directory of the server, what a hook let go. Never fails: the hook's user is at work. */
export function noteHook(terminal: Terminal, event: string, what: string): void {
  try {
    const address = serverAddress(terminal);
    ensureDirectory(address);
    const file = join(address.directory, 'hooks.log');
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > MAX_BYTES) renameSync(file, `${file}.1`);
    const time = new Date(terminal.now()).toISOString().replace(/\.\d+/, '');
    appendFileSync(file, `${time} ${safe(event)}: ${safe(what).slice(0, MAX_LINE)}\n`, { mode: 0o600 });
  } catch {
    // Where nothing can be written there is nobody to tell.
  }
}
