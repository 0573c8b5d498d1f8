import { writeFileSync } from 'node:fs';
import { Socket } from 'node:net';

/**
 * Loaded into a server that is measured: times each checkpoint from the arrival of its request in this process to the hand-over of
 * its reply to the system. It listens at the sockets, so it knows nothing of what is in between, and its own few microseconds are in
 * the figures. On SIGUSR2 it writes what it has timed since the last time.
 */

const REQUEST = '"method":"pyi/checkpoint"';
/** Just before the method, as the load writes it. */
const ID = /"id":(\d+),$/;
/** How far into a message its id stands. */
const HEAD_BYTES = 120;

const arrived = new WeakMap<Socket, Map<string, number>>();
let times: number[] = [];

const emit = Socket.prototype.emit;
Socket.prototype.emit = function emitAndNote(this: Socket, ...args: [string, ...unknown[]]): boolean {
  if (args[0] === 'data' && Buffer.isBuffer(args[1])) noteRequests(this, args[1]);
  return Reflect.apply(emit, this, args) as boolean;
} as typeof emit;

const write = Socket.prototype.write;
Socket.prototype.write = function writeAndTime(this: Socket, ...args: Parameters<typeof write>): boolean {
  const result = write.apply(this, args);
  const waiting = arrived.get(this);
  if (waiting !== undefined && waiting.size > 0) timeReplies(waiting, args[0]);
  return result;
} as typeof write;

function noteRequests(socket: Socket, chunk: Buffer): void {
  const now = performance.now();
  for (let at = chunk.indexOf(REQUEST); at >= 0; at = chunk.indexOf(REQUEST, at + 1)) {
    const id = ID.exec(chunk.toString('latin1', Math.max(0, at - HEAD_BYTES), at))?.[1];
    if (id === undefined) continue;
    const waiting = arrived.get(socket) ?? new Map<string, number>();
    waiting.set(id, now);
    arrived.set(socket, waiting);
  }
}

function timeReplies(waiting: Map<string, number>, data: string | Uint8Array): void {
  const now = performance.now();
  const text = typeof data === 'string' ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1');
  for (const [, id = ''] of text.matchAll(/"id":(\d+)/g)) {
    const started = waiting.get(id);
    if (started === undefined) continue;
    waiting.delete(id);
    times.push((now - started) * 1000);
  }
}

process.on('SIGUSR2', () => {
  writeFileSync(process.env['PYI_BENCH_LATENCY'] ?? '/dev/null', `${JSON.stringify(times)}\n`);
  times = [];
});
