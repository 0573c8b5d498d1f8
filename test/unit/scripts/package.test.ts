import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { packedReadme } from '../../../scripts/packed-readme.ts';
import { zipEntries } from '../../../scripts/zip-entries.ts';

test('the README in a package carries its pictures, and no link that leads nowhere', (context) => {
  const root = mkdtempSync(join(tmpdir(), 'pyi-readme-'));
  context.after(() => rmSync(root, { recursive: true }));
  writeFileSync(join(root, 'view.png'), 'picture');
  const packed = packedReadme('![A view](view.png) [map](ARCHITECTURE.md) [part](#part) [web](https://example.org/x.md) ![far](https://example.org/x.png)', root);
  assert.equal(packed, '![A view](data:image/png;base64,cGljdHVyZQ==) map [part](#part) [web](https://example.org/x.md) ![far](https://example.org/x.png)');
  assert.throws(() => packedReadme('![gone](gone.png)', root), /ENOENT/);
  assert.throws(() => packedReadme('![film](film.mp4)', root), /film\.mp4/);
});

test('the entries of a ZIP archive', () => {
  // Written by hand after APPNOTE.TXT: one stored file "a/é", a central directory, its end.
  const name = Buffer.from('a/é');
  const local = Buffer.concat([Buffer.from('504b0304', 'hex'), Buffer.alloc(22), Buffer.from([name.length, 0, 0, 0]), name, Buffer.from('hello')]);
  const entry = Buffer.alloc(46);
  entry.write('PK\x01\x02', 'latin1');
  entry.writeUInt32LE(5, 20);
  entry.writeUInt32LE(7, 24);
  entry.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(local.length, 16);
  assert.deepEqual(zipEntries(Buffer.concat([local, entry, name, end])), [{ name: 'a/é', packed: 5, bytes: 7 }]);
  assert.throws(() => zipEntries(Buffer.from('no archive')), /not a ZIP/);
  end.writeUInt32LE(1, 16);
  assert.throws(() => zipEntries(Buffer.concat([local, entry, name, end])), /damaged/);
});
