import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { loadImage, saveImage } from '../../../server/catalog/persist.ts';

const IMAGE = Buffer.from('an image of some length');
const CURRENT = { schema: 3, store: 'store', sequence: 70 };

describe('catalog file', () => {
  let directory = '';
  let file = '';

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pyi-catalog-'));
    file = join(directory, 'catalog');
    saveImage(file, IMAGE, CURRENT);
  });

  afterEach(() => rm(directory, { recursive: true }));

  function reason(): string | undefined {
    const loaded = loadImage(file, CURRENT);
    return loaded.image === undefined ? loaded.reason : 'it was loaded';
  }

  it('gives back what was saved, and leaves nothing else behind', async () => {
    saveImage(file, Buffer.from('newer'), { ...CURRENT, sequence: 69 });
    const loaded = loadImage(file, CURRENT);
    assert.deepEqual(loaded.image && { text: Buffer.from(loaded.image.bytes).toString(), sequence: loaded.image.sequence }, { text: 'newer', sequence: 69 });
    assert.deepEqual(await readdir(directory), ['catalog']);
  });

  it('knows a store by a name of any length', () => {
    const long = { ...CURRENT, store: `/${'very long/'.repeat(400)}` };
    saveImage(file, IMAGE, long);
    assert.ok(loadImage(file, long).image !== undefined);
  });

  it('says nothing about a file that is not there', async () => {
    await rm(file);
    assert.deepEqual(loadImage(file, CURRENT), { image: undefined, reason: undefined });
  });

  it('refuses what cannot be read', () => {
    const loaded = loadImage(directory, CURRENT);
    assert.match((loaded.image === undefined && loaded.reason) || '', /cannot be read/);
  });

  it('refuses another schema, another store and a journal that lost its end', () => {
    saveImage(file, IMAGE, { ...CURRENT, schema: 2 });
    assert.match(reason() ?? '', /schema 2, not 3/);
    saveImage(file, IMAGE, { ...CURRENT, store: 'other' });
    assert.match(reason() ?? '', /another store/);
    saveImage(file, IMAGE, { ...CURRENT, sequence: 71 });
    assert.match(reason() ?? '', /ahead of the journal \(71 of 70\)/);
  });

  it('notices every flipped byte and every cut', async () => {
    const whole = await readFile(file);
    const headerEnd = whole.indexOf(0x7d) + 1;
    for (let at = 0; at < whole.length; at++) {
      if (at >= headerEnd && at < whole.length - IMAGE.length) continue; // padding carries nothing
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x01;
      await writeFile(file, damaged);
      const loaded = loadImage(file, CURRENT);
      // A flip in the sequence's digits may give an older sequence, which only means more to replay.
      if (loaded.image !== undefined) assert.ok(loaded.image.sequence < CURRENT.sequence, `byte ${at} flipped`);
    }
    for (const length of [0, 1, 511, 512, whole.length - 1]) {
      await writeFile(file, whole.subarray(0, length));
      assert.match(reason() ?? '', /damaged/, `cut to ${length} bytes`);
    }
  });

  it('leaves the old file and no other when saving fails', async () => {
    const blocked = join(directory, 'blocked');
    await writeFile(blocked, 'a file where a directory should be');
    assert.throws(() => saveImage(join(blocked, 'catalog'), IMAGE, CURRENT));
    assert.equal(reason(), 'it was loaded');
  });
});
