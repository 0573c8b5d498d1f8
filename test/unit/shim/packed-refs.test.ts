import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'node:test';
import { PackedRefs } from '../../../server/shim/direct/packed-refs.ts';
import { Unclear } from '../../../server/shim/unclear.ts';

const [ONE, TWO] = ['1'.repeat(40), '2'.repeat(40)];

test('a ref that was packed after the file was first read is found as it is now, and a file that git would complain of says nothing', (context) => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'pyi-packed-'));
  context.after(() => fs.rmSync(directory, { recursive: true }));
  const file = path.join(directory, 'packed-refs');
  const write = (text: string): void => {
    fs.writeFileSync(`${file}.new`, text);
    fs.renameSync(`${file}.new`, file);
  };
  const refs = new PackedRefs(file);
  assert.equal(refs.read('refs/heads/main'), undefined);
  write(`# pack-refs with: peeled fully-peeled sorted \n${ONE} refs/heads/main\n${ONE} refs/tags/v1\n^${TWO}\n`);
  assert.equal(refs.read('refs/heads/main'), ONE);
  assert.equal(refs.read('refs/tags/v1'), ONE);
  assert.equal(refs.mention(' refs/replace/'), false);
  write(`${TWO} refs/heads/main\n`);
  assert.equal(refs.read('refs/heads/main'), TWO);
  for (const text of ['junk\n', `${ONE} refs/heads/main`, `# x\n${ONE} refs/heads/main\n`, `^${ONE}\n`, `${ONE} refs/heads/b\n${ONE} refs/heads/a\n`, `${ONE} refs/heads/a\n${TWO} refs/heads/a\n`, `${ONE} main\n`]) {
    write(text);
    assert.throws(() => refs.read('refs/heads/main'), Unclear, JSON.stringify(text));
  }
});
