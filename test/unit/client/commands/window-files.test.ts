import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { KEPT_WINDOW_FILES, pruneWindowFiles } from '../../../../client/commands/window-files.ts';

test('files of windows do not pile up; those opened last, and the one of this window, stay', async () => {
  const root = mkdtempSync(join(tmpdir(), 'pyi-window-files-'));
  try {
    const files = Array.from({ length: KEPT_WINDOW_FILES + 5 }, (_, index) => join(root, `state-${index}`, `fork ${index} (PYI).code-workspace`));
    for (const [index, file] of files.entries()) {
      mkdirSync(dirname(file));
      writeFileSync(file, '{}');
      utimesSync(file, 1000 - index, 1000 - index);
    }
    const used = files.at(-1);
    await pruneWindowFiles(root, used);
    assert.deepEqual(files.filter((file) => existsSync(file)), [...files.slice(0, KEPT_WINDOW_FILES), used]);
    assert.equal(readdirSync(root).length, KEPT_WINDOW_FILES + 1, 'no empty directory is left');
    await pruneWindowFiles(join(root, 'not there yet'), undefined);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
