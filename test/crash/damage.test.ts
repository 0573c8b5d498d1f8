import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { PyiError } from '../../protocol/errors.ts';
import { fingerprint } from '../support/fingerprint.ts';
import { GitRepository } from '../support/git-repository.ts';
import { setUp } from '../support/host.ts';
import type { TestHost } from '../support/host.ts';
import { SeededRandom } from '../support/random.ts';

const SEED = Number(process.env['PYI_SEED'] ?? Date.now() % 1_000_000);
const EVERYTHING = /^$/;
const ROUNDS = 12;

function storeOf(host: TestHost): string {
  return path.join(host.repository.root, '.git/pyi');
}

function segmentsOf(host: TestHost): string[] {
  const directory = path.join(storeOf(host), 'segments');
  return fs.readdirSync(directory).filter((name) => name.endsWith('.seg')).map((name) => path.join(directory, name));
}

/** Damaged content is one, content whose whole batch cannot be told apart any more the other. */
function isLoss(error: unknown): boolean {
  return PyiError.is(error, 'CORRUPT_OBJECT') || PyiError.is(error, 'NOT_FOUND');
}

/** Every file of every fork and checkpoint that can be read, and how many cannot. */
async function readable(host: TestHost): Promise<{ files: Map<string, string>; lost: number }> {
  const files = new Map<string, string>();
  let lost = 0;
  for (const { checkpoint } of await host.call('timeline', { limit: 1000 })) {
    let rows: { path: string }[] = [];
    try {
      rows = await host.call('ls', { fork: checkpoint, recursive: true });
    } catch (error) {
      if (!isLoss(error)) throw error;
      lost++;
    }
    for (const row of rows) {
      try {
        files.set(`${checkpoint} ${row.path}`, (await host.call('read', { fork: checkpoint, path: row.path })).base64);
      } catch (error) {
        if (!isLoss(error)) throw error;
        lost++;
      }
    }
  }
  return { files, lost };
}

test('a store from a newer version is refused, and nothing is written', async () => {
  const host = await setUp(GitRepository.create());
  try {
    await host.call('fork', { name: 'one', dir: false });
    await host.restart();
    const store = storeOf(host);
    const format = path.join(store, 'format');
    const text = fs.readFileSync(format, 'latin1');
    const [segment = ''] = segmentsOf(host);
    const bytes = fs.readFileSync(segment);
    const breakers: readonly (readonly [string, () => void, () => void])[] = [
      ['its format file', () => { fs.writeFileSync(format, 'pyi-store 2\n'); }, () => { fs.writeFileSync(format, text); }],
      ['a segment', () => { fs.writeFileSync(segment, newerSegment(bytes)); }, () => { fs.writeFileSync(segment, bytes); }],
    ];
    for (const [what, make, mend] of breakers) {
      make();
      const before = fingerprint(store, EVERYTHING);
      for (const name of ['setup', 'forks', 'checkpoint', 'doctor'] as const) {
        const error = await host.refusal(name, {}, 'UNSUPPORTED_VERSION');
        assert.match(error.message, /2/, what);
      }
      assert.deepEqual(fingerprint(store, EVERYTHING), before, `${what}: something was written`);
      mend();
    }
    assert.deepEqual((await host.call('forks', {})).map((fork) => fork.name), ['workspace', 'one']);
  } finally {
    await host.close();
  }
});

/** A segment says its version in both copies of its header. */
function newerSegment(bytes: Buffer): Buffer {
  const newer = Buffer.from(bytes);
  for (const at of [8, 256 + 8]) newer.writeUInt32LE(2, at);
  return newer;
}

test(`a flipped bit anywhere in a segment is found and named, and everything else reads back (seed ${SEED})`, async () => {
  const random = new SeededRandom(SEED);
  const host = await setUp(GitRepository.create(), Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`f${n}.txt`, `file ${n} ${random.bytes(30).toString('hex')}\n`.repeat(20)])));
  try {
    await host.call('fork', { name: 'one', dir: false });
    for (let n = 0; n < 12; n++) {
      await host.call('write', { fork: 'one', path: `n${n}.txt`, content: { text: `new ${n} ${random.bytes(40).toString('hex')}\n`.repeat(10) } });
      await host.call('checkpoint', { fork: 'one', message: `step ${n}` });
    }
    const { files } = await readable(host);
    await host.restart();
    const copy = path.join(host.repository.directory, 'copy');
    fs.cpSync(storeOf(host), copy, { recursive: true });
    const [segment = ''] = segmentsOf(host);
    const whole = fs.readFileSync(segment);
    for (let round = 0; round < ROUNDS; round++) {
      const at = random.below(whole.length);
      // Closed in order, the store knows how much of a segment was whole. Killed, it takes damage at the very end for a write that was cut short.
      const wasKilled = round % 2 === 1;
      if (wasKilled) for (const name of ['snapshot', `segments/${path.basename(segment, '.seg')}.idx`]) fs.rmSync(path.join(storeOf(host), name));
      const flipped = Buffer.from(whole);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << random.below(8));
      fs.writeFileSync(segment, flipped);
      await checkDamaged(host, segment, files, `byte ${at} of ${whole.length}, ${wasKilled ? 'killed' : 'closed'}, seed ${SEED}`, wasKilled);
      await host.restart();
      fs.rmSync(storeOf(host), { recursive: true });
      fs.cpSync(copy, storeOf(host), { recursive: true });
    }
    assert.deepEqual((await readable(host)).files, files);
  } finally {
    await host.close();
  }
});

async function checkDamaged(host: TestHost, segment: string, files: ReadonlyMap<string, string>, where: string, mayBeCut: boolean): Promise<void> {
  const name = path.basename(segment, '.seg');
  const { faults } = await host.call('verify', {});
  for (const fault of faults) assert.equal(fault.segment, name, where);
  const doctor = await host.call('doctor', {});
  assert.equal(doctor.ok, false, `${where}: not found`);
  const cut = doctor.findings.find((finding) => finding.check === 'warning' && /not completely written and were cut/.test(finding.detail));
  if (cut === undefined || !mayBeCut) assert.ok(faults.length > 0, `${where}: not found by verify`);
  const told = cut ?? doctor.findings.find((finding) => finding.check === 'objects');
  assert.match(told?.detail ?? '', new RegExp(name), where);
  const now = await readable(host);
  for (const [file, content] of now.files) assert.equal(content, files.get(file), `${where}: ${file} is not what it was`);
  // One frame was hit. A tree node takes its files along, a record or the head of a batch none or few.
  assert.ok(now.files.size >= files.size / 2 || now.lost > 0, `${where}: only ${now.files.size} of ${files.size} files are left, without an error`);
}
