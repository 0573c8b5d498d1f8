import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'node:test';
import { openRules } from '../../../server/shim/unused-rules.ts';
import { WatchedFiles } from '../../../server/shim/watched-files.ts';
import { systemClock } from '../../../server/system.ts';

test('of a work tree that was moved away nothing is certain until it is there again and was looked at', { skip: process.platform !== 'linux' }, async () => {
  const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'pyi-watched-')));
  const [root, away, cookieDirectory] = ['work', 'away', 'cookies'].map((name) => path.join(directory, name)) as [string, string, string];
  fs.mkdirSync(root);
  fs.mkdirSync(cookieDirectory);
  let changed = (): void => undefined;
  const files = new WatchedFiles({
    root, cookieDirectory, clock: systemClock, ground: { tracked: new Set(), hasSubmodules: false, ...openRules(root, { ignoreCase: false }, new Set()) },
    onLost: () => assert.fail('lost'),
    onChange: () => { changed(); },
  });
  const explore = async (): Promise<void> => files.explore(new AbortController().signal);
  const nextChange = async (change: () => void): Promise<void> => {
    const seen = new Promise<void>((resolve) => {
      changed = resolve;
    });
    change();
    await seen;
  };
  // The watches keep no process alive.
  const alive = setInterval(() => undefined, 1_000);
  try {
    await explore();
    assert.equal(files.isCertain, true);
    await nextChange(() => fs.renameSync(root, away));
    await explore();
    assert.equal(files.isCertain, false, 'while it is away');
    fs.renameSync(away, root);
    await explore();
    assert.equal(files.isCertain, true);
    await nextChange(() => fs.writeFileSync(path.join(root, 'new.txt'), ''));
  } finally {
    clearInterval(alive);
    files.close();
    fs.rmSync(directory, { recursive: true, force: true });
  }
});
