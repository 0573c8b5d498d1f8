import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { serverEnvironment } from '../connect/spawn.ts';
import { readDescription, serverAddress } from '../server/transport/address.ts';
import { converse } from './call.ts';
import type { Services } from './call.ts';
import type { Ending } from './run.ts';
import { print } from './terminal.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** `pyi serve`: makes sure that a server runs, or is one itself with `--foreground` or `--stdio`. */
export async function runServe(args: readonly string[], terminal: Terminal, services: Services): Promise<Ending> {
  const { socket, stdio, foreground, json, help } = parseServe(args);
  if (help) return (await import('./help.ts')).runExtraHelp('serve', [], terminal);
  const socketArguments = socket === undefined ? [] : ['--socket', resolve(terminal.cwd, socket)];
  if (stdio) return runServer(['--stdio'], terminal, services);
  if (foreground) return runServer(['--foreground', ...socketArguments], terminal, services);
  const start: Services = { ...services, program: { ...services.program, arguments: ['--foreground', ...socketArguments] } };
  return converse(terminal, start, true, async ({ client, signal }) => {
    const about = await client.call('about', {}, { signal });
    const where = { socket: readDescription(serverAddress(terminal))?.socket ?? about.socket, pid: about.pid, version: about.version };
    await print(terminal.stdout, json ? `${JSON.stringify(where)}\n` : `The server (pid ${where.pid}, version ${where.version}) listens at ${where.socket ?? 'no socket'}.\n`);
    return 0;
  });
}

interface ServeOptions { readonly socket: string | undefined; readonly stdio: boolean; readonly foreground: boolean; readonly json: boolean; readonly help: boolean }

function parseServe(args: readonly string[]): ServeOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { socket: { type: 'string' }, stdio: { type: 'boolean' }, foreground: { type: 'boolean' }, json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.stdio === true && values.socket !== undefined) throw new Error('--stdio and --socket exclude each other');
    return { socket: values.socket, stdio: values.stdio === true, foreground: values.foreground === true, json: values.json === true, help: values.help === true };
  } catch (error) {
    throw new UsageError(`pyi serve: ${error instanceof Error ? error.message : String(error)}.`, 'Options: --socket PATH, --stdio, --foreground.');
  }
}

/** Runs the server as our child, with our streams, until it ends. */
async function runServer(args: readonly string[], terminal: Terminal, { program }: Services): Promise<Ending> {
  const child = spawn(process.execPath, [...(program.nodeArguments ?? []), program.entry, ...args], {
    cwd: terminal.cwd, env: serverEnvironment(terminal.env), stdio: 'inherit', windowsHide: true,
  });
  const forward = (signal: NodeJS.Signals): boolean => child.kill(signal);
  const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, forward);
  try {
    return await new Promise<Ending>((settle, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => settle(signal ?? code ?? 1));
    });
  } finally {
    for (const signal of signals) process.off(signal, forward);
  }
}
