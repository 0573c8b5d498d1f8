import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from './until.ts';

/** Processes of Linux, as /proc tells them. Only those below a process that the test started are ever looked at. */

/** A process and all below it. */
export function processTree(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const parent = Number.isInteger(pid) ? parentOf(pid) : undefined;
    if (parent !== undefined) children.set(parent, [...children.get(parent) ?? [], pid]);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...children.get(pid) ?? []);
  return tree;
}

/** The extension host of the one window that is open in a workbench. */
export async function extensionHost(workbench: number): Promise<number> {
  return until('one extension host', () => {
    const hosts = extensionHosts(workbench);
    return hosts.length === 1 ? hosts[0] : undefined;
  });
}

/** Ends the extension hosts of windows that are closed: of a page that was closed under load some wait for hours to be connected again. */
export async function endExtensionHosts(workbench: number): Promise<void> {
  await until('the extension hosts of closed windows end', () => {
    const hosts = extensionHosts(workbench);
    for (const host of hosts) {
      try {
        process.kill(host, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
    return hosts.length === 0 || undefined;
  });
}

function extensionHosts(workbench: number): number[] {
  return processTree(workbench).filter((pid) => /\0--type=extensionHost/.test(read(pid, 'cmdline') ?? ''));
}

/** Milliseconds of processor time that a process used while `millis` went by, all its threads together. */
export async function processorTime(pid: number, millis: number): Promise<number> {
  const before = threadTimes(pid);
  await pause(millis);
  let used = 0;
  for (const [thread, nanos] of threadTimes(pid)) used += nanos - (before.get(thread) ?? 0);
  return used / 1e6;
}

/** Nanoseconds on a processor, by thread. */
function threadTimes(pid: number): Map<string, number> {
  return new Map(readdirSync(`/proc/${pid}/task`).map((thread) => [thread, Number(read(pid, `task/${thread}/schedstat`)?.split(' ')[0] ?? 0)]));
}

function parentOf(pid: number): number | undefined {
  const stat = read(pid, 'stat');
  // The second field is the program's name in parentheses and may hold spaces and parentheses itself.
  return stat === undefined ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

function read(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}
