import assert from 'node:assert/strict';
import test from 'node:test';
import { AuditLog } from '../../../server/agents/audit-log.ts';
import { writeFully } from '../../../server/store/disk.ts';
import { hash } from '../../../server/store/hash.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';

const DIRECTORY = '/store/audit';

function open(disk: MemoryDisk, warnings: string[] = [], fileBytes?: number): AuditLog {
  return new AuditLog({ disk, directory: DIRECTORY, hash, onWarning: (message) => { warnings.push(message); }, ...(fileBytes === undefined ? {} : { fileBytes }) });
}

function add(log: AuditLog, operation: string, agent = 'ada'): void {
  log.append({ time: 1, agent, client: 'test', operation, forks: ['f'.repeat(32)], checkpoint: null, outcome: 'ok' });
}

const faults = (log: AuditLog): string[] => [...log.check()].filter((fault) => fault !== undefined);
const operations = (log: AuditLog): string[] => Array.from(log.newestFirst(), (entry) => entry.operation);

/** Writes over a file as somebody would who wants to hide something. */
function forge(disk: MemoryDisk, file: string, change: (text: string) => string): void {
  const id = disk.open(`${DIRECTORY}/${file}`, 'update');
  const bytes = Buffer.alloc(disk.size(id));
  disk.read(id, bytes, 0, bytes.length, 0);
  const forged = Buffer.from(change(bytes.toString('utf8')));
  disk.truncate(id, 0);
  writeFully(disk, id, forged, 0, forged.length, 0);
  disk.close(id);
}

test('entries come back newest first, and the chain goes on over restarts and files', () => {
  const disk = new MemoryDisk();
  let log = open(disk, [], 600);
  for (let n = 1; n <= 5; n++) add(log, `op-${n}`);
  log.close();
  log = open(disk, [], 600);
  for (let n = 6; n <= 9; n++) add(log, `op-${n}`);
  assert.equal(log.total, 9);
  assert.deepEqual(operations(log), [9, 8, 7, 6, 5, 4, 3, 2, 1].map((n) => `op-${n}`));
  assert.deepEqual(faults(log), []);
  assert.ok(disk.list(DIRECTORY).length > 2, 'several files');
});

test('an entry that is changed, dropped or put in shows', () => {
  const lines = (text: string): string[] => text.split('\n');
  const crimes: readonly (readonly [string, (text: string) => string])[] = [
    ['changed', (text) => text.replace('"agent":"bob"', '"agent":"eve"')],
    ['dropped', (text) => lines(text).filter((line) => !line.includes('"op-2"')).join('\n')],
    ['repeated', (text) => lines(text).flatMap((line) => (line.includes('"op-2"') ? [line, line] : [line])).join('\n')],
    ['swapped', (text) => { const all = lines(text); return [all[0], all[2], all[1], ...all.slice(3)].join('\n'); }],
    ['spoiled', (text) => text.replace('{"number":2', '{"number":')],
    ['cut at the end', (text) => lines(text).filter((line) => !line.includes('"op-3"')).join('\n')],
  ];
  for (const [crime, change] of crimes) {
    const disk = new MemoryDisk();
    const log = open(disk);
    add(log, 'op-1');
    add(log, 'op-2', 'bob');
    add(log, 'op-3');
    assert.deepEqual(faults(log), []);
    forge(disk, '00000001.log', change);
    assert.notDeepEqual(faults(log), [], crime);
  }
});

test('a file that is missing in the middle shows; the oldest may go by retention', () => {
  const disk = new MemoryDisk();
  const log = open(disk, [], 300);
  for (let n = 1; n <= 6; n++) add(log, `op-${n}`);
  const files = disk.list(DIRECTORY).sort();
  assert.ok(files.length >= 4);
  assert.equal(log.prune(-1), 0, 'nothing is that old');
  disk.unlink(`${DIRECTORY}/${files[1] ?? ''}`);
  assert.notDeepEqual(faults(open(disk, [], 300)), []);
});

test('retention drops old files as a whole, never the newest, and the rest still holds', () => {
  const disk = new MemoryDisk();
  const log = open(disk, [], 300);
  for (let n = 1; n <= 6; n++) add(log, `op-${n}`);
  const before = disk.list(DIRECTORY).length;
  assert.equal(log.prune(Infinity), before - 1);
  assert.equal(disk.list(DIRECTORY).length, 1);
  assert.deepEqual(faults(log), []);
  assert.equal(log.total, 6);
  assert.ok(operations(log).includes('op-6'));
});

test('what a crash cut short is taken away, said, and not missed', () => {
  for (const torn of ['{"number":4,"ti', '\0\0\0\0\n\0\0', 'garbage\n']) {
    const disk = new MemoryDisk();
    const log = open(disk);
    for (let n = 1; n <= 3; n++) add(log, `op-${n}`);
    log.close();
    forge(disk, '00000001.log', (text) => text + torn);
    const warnings: string[] = [];
    const again = open(disk, warnings);
    assert.equal(warnings.length, 1);
    assert.equal(again.total, 3);
    add(again, 'op-4');
    assert.deepEqual(faults(again), []);
    assert.deepEqual(operations(again), ['op-4', 'op-3', 'op-2', 'op-1']);
  }
});

test('what was flushed survives power loss, also where another file follows', async () => {
  const disk = new MemoryDisk();
  const log = open(disk, [], 300);
  add(log, 'op-1');
  await log.sync();
  disk.restart('power');
  const first = open(disk, [], 300);
  assert.deepEqual(operations(first), ['op-1']);
  for (let n = 2; n <= 4; n++) add(first, `op-${n}`);
  await Promise.all([first.sync(), first.sync()]);
  add(first, 'lost');
  disk.restart('power');
  const again = open(disk, [], 300);
  assert.deepEqual(operations(again), ['op-4', 'op-3', 'op-2', 'op-1']);
  assert.deepEqual(faults(again), []);
});

test('a file whose first line a crash cut short is made anew', () => {
  const disk = new MemoryDisk();
  const log = open(disk, [], 300);
  for (let n = 1; n <= 4; n++) add(log, `op-${n}`);
  log.close();
  const last = disk.list(DIRECTORY).sort().at(-1) ?? '';
  const next = String(Number(last.slice(0, 8)) + 1).padStart(8, '0');
  disk.close(disk.open(`${DIRECTORY}/${next}.log`, 'create'));
  const again = open(disk, [], 300);
  assert.equal(again.total, 4);
  add(again, 'op-5');
  assert.deepEqual(faults(again), []);
});

test('a write that fails is made up for by the next one, and a warning says so', () => {
  for (const kind of ['ENOSPC', 'EIO', 'short'] as const) {
    for (let at = 1; at <= 6; at++) {
      for (const once of [true, false]) {
        const disk = new MemoryDisk();
        const warnings: string[] = [];
        const log = open(disk, warnings, 300);
        add(log, 'before');
        disk.failAt(at, kind, once);
        for (let n = 0; n < 4; n++) add(log, `op-${n}`);
        disk.heal();
        add(log, 'after');
        assert.deepEqual(faults(log), [], `${kind} at ${at}`);
        assert.deepEqual(operations(log), ['after', 'op-3', 'op-2', 'op-1', 'op-0', 'before'], `${kind} at ${at}`);
        if (!once && kind !== 'short') assert.ok(warnings.length > 0, `${kind} at ${at}`);
        log.close();
        assert.equal(open(disk).total, 6);
      }
    }
  }
});
