import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'node:test';
import { IndexCopy } from '../../../server/shim/index-copy.ts';
import type { Place } from '../../../server/shim/place.ts';

test('repositories that make answers at the same time have copies of their own', (context) => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'pyi-index-copy-'));
  context.after(() => fs.rmSync(directory, { recursive: true }));
  const copies = ['first', 'second'].map((name) => {
    const gitDir = path.join(directory, name);
    fs.mkdirSync(gitDir);
    fs.writeFileSync(path.join(gitDir, 'index'), name);
    return IndexCopy.of({ gitDir } as Place, directory) ?? assert.fail();
  });
  assert.deepEqual(copies.map(({ file, wasWritten }) => [fs.readFileSync(file, 'utf8'), wasWritten]), [['first', false], ['second', false]]);
  const [first, second] = copies;
  fs.writeFileSync(first?.file ?? '', 'written by git');
  assert.deepEqual([first?.wasWritten, second?.wasWritten], [true, false]);
  first?.remove();
  assert.deepEqual(fs.readdirSync(directory).sort(), ['first', path.basename(second?.file ?? ''), 'second'].sort());
});
