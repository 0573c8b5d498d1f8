import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Worker } from 'node:worker_threads';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { hash } from '../../../server/store/hash.ts';
import { NodeDisk } from '../../../server/store/node-disk.ts';
import { NodeProcesses } from '../../../server/store/node-processes.ts';
import { SegmentStore } from '../../../server/store/segment-store.ts';
import { startWorker } from '../../../server/worker-thread.ts';
import { WorkerRewriter } from '../../../server/store/worker-rewriter.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';
import { fill, hasCode, openStore } from '../../support/store.ts';

function temporaryDirectory(context: TestContext): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'pyi-store-'));
  context.after(() => { fs.rmSync(directory, { recursive: true, force: true }); });
  return directory;
}

function openReal(directory: string, rewriter: WorkerRewriter): SegmentStore {
  const disk = new NodeDisk();
  return SegmentStore.open({
    directory, disk, clock: { now: () => Date.now(), micros: () => Number(process.hrtime.bigint() / 1000n) }, random: { bytes: (length) => randomBytes(length) },
    processes: new NodeProcesses(disk, () => undefined), limits: { segmentBytes: 64 * 1024, cacheBytes: 64 * 1024 },
    rewriter, onWarning: () => undefined,
  });
}

test('on the real disk, compaction in a worker: all reads back, the files are private, the lock goes', async (context) => {
  const directory = path.join(temporaryDirectory(context), 'pyi');
  const rewriter = new WorkerRewriter(() => startWorker('rewrite-worker'));
  context.after(() => rewriter.close());
  let store = openReal(directory, rewriter);
  assert.throws(() => openReal(directory, rewriter), hasCode('BUSY'));
  const ids = fill(store, 100);
  await store.sync();
  await store.writeSnapshot(100, Buffer.from('state'));
  const result = await store.compact();
  assert.ok(result.segments >= 3 && result.bytesAfter < result.bytesBefore / 4);
  for (const id of ids) assert.deepEqual(hash(store.get(id)), id);
  await store.close();
  if (process.platform !== 'win32') {
    for (const name of fs.readdirSync(path.join(directory, 'segments'))) assert.equal(fs.statSync(path.join(directory, 'segments', name)).mode & 0o077, 0);
  }
  assert.equal(fs.existsSync(path.join(directory, 'lock')), false);
  store = openReal(directory, rewriter);
  assert.equal(store.readSnapshot()?.payload.toString(), 'state');
  assert.equal([...store.journal(0)].length, 100);
  assert.equal((await store.verify()).ok, true);
  await store.close();
});

test('a worker that fails says why and goes on; one that dies fails its jobs', async (context) => {
  const directory = temporaryDirectory(context);
  const job = { directory, path: path.join(directory, 'missing', 'x.seg'), sidecarPath: path.join(directory, 'x.idx'), sources: [], header: { number: 1, compacted: true, created: 0, firstSequence: 1, lastSequence: 1, salt: Buffer.alloc(16), replaces: [] } };
  const rewriter = new WorkerRewriter(() => startWorker('rewrite-worker'));
  await assert.rejects(rewriter.rewrite(job), hasCode('INTERNAL'));
  const silent = new WorkerRewriter(() => new Worker('require("node:worker_threads").parentPort.on("message", () => undefined)', { eval: true }));
  const failed = assert.rejects(silent.rewrite(job), /worker that rewrites segments ended/);
  await silent.close();
  await failed;
  const result = await rewriter.rewrite({ ...job, path: path.join(directory, 'x.seg') });
  assert.ok(result.length > 0 && fs.existsSync(path.join(directory, 'x.seg')));
  await rewriter.close();
  await new WorkerRewriter(() => new Worker(path.join(directory, 'no-such-worker.cjs'))).rewrite(job).then(() => assert.fail(), hasCode('INTERNAL'));
});

test('the stored sample of format version 1 reads back whole', async () => {
  const root = new URL('../../fixtures/store-v1/', import.meta.url).pathname;
  const disk = new MemoryDisk();
  for (const name of ['format', 'snapshot']) disk.replace(`/store/${name}`, fs.readFileSync(path.join(root, name)));
  for (const name of fs.readdirSync(path.join(root, 'segments'))) disk.replace(`/store/segments/${name}`, fs.readFileSync(path.join(root, 'segments', name)));
  const expected = JSON.parse(fs.readFileSync(path.join(root, 'expected.json'), 'utf8')) as { objects: { id: string; type: number; text: string }[]; journal: [number, number, string][]; snapshot: [number, string] };
  const store = openStore(disk);
  assert.deepEqual(store.faults, []);
  for (const { id, type, text } of expected.objects) {
    assert.equal(store.get(Buffer.from(id, 'hex')).toString(), text);
    assert.equal(store.typeOf(Buffer.from(id, 'hex')), type);
  }
  assert.equal(store.statistics().objects, expected.objects.length);
  assert.deepEqual([...store.journal(0)].map((entry) => [entry.sequence, entry.type, entry.payload.toString()]), expected.journal);
  const snapshot = store.readSnapshot();
  assert.deepEqual([snapshot?.sequence, snapshot?.payload.toString()], expected.snapshot);
  assert.deepEqual((await store.verify()).faults, []);
  await store.close();
});
