import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { answers, executed, openFolders, toasts } from '../fake-vscode.ts';
import { fakeServices } from '../fake-services.ts';
import { checkpointInfo } from '../samples.ts';

/** What commands do with several files that were chosen in source control, which does not tell the one that was clicked. */

const { openDiff } = await import('../../../../client/commands/open-diff.ts');
const { fileHistory } = await import('../../../../client/commands/timeline.ts');

const root = mkdtempSync(join(tmpdir(), 'pyi-chosen-'));
const files = Array.from({ length: 12 }, (_, index) => `file-${index}.ts`);
for (const file of files) writeFileSync(join(root, file), 'x');
after(() => rmSync(root, { recursive: true, force: true }));
openFolders(root);

const rows = files.map((path) => ({ repository: root, path, checkpoint: 'a'.repeat(64) }));
const server = { where: () => ({ root, head: null }), forks: () => [], timeline: () => [checkpointInfo({})], ls: () => [] };

beforeEach(() => {
  for (const list of [toasts, answers, executed]) list.splice(0);
});

const opened = (): unknown[] => executed.map(([id, , , title, options]) => [id, title, options]);

test('the changes of each chosen file open in an editor that stays', async () => {
  const { services } = fakeServices(server);
  await openDiff(services, rows[1] ?? {}, rows.slice(1, 3));
  assert.deepEqual(opened(), ['file-1.ts', 'file-2.ts'].map((file) => ['vscode.diff', `${file} (aaaaaaaaaaaa "Try" ↔ working file)`, { preview: false }]));
  executed.splice(0);
  await openDiff(services, rows[4] ?? {}, rows.slice(4, 5));
  assert.deepEqual(opened(), [['vscode.diff', 'file-4.ts (aaaaaaaaaaaa "Try" ↔ working file)', { preview: true }]]);
  assert.deepEqual(toasts, []);
});

test('more files than somebody looks at are not opened, and that is said', async () => {
  const { services } = fakeServices(server);
  await openDiff(services, rows[0] ?? {}, rows);
  assert.equal(executed.length, 10);
  assert.match(toasts.join(), /^12 files were chosen; the changes of the first 10 are open/);
});

test('the history is of one file: of several the user says which', async () => {
  const wishes: unknown[] = [];
  const { services } = fakeServices({}, { views: { showTimeline: async (wish: object) => void wishes.push(wish) } });
  answers.push('file-2.ts', undefined);
  assert.equal(await fileHistory(services, rows[0] ?? {}, rows.slice(0, 3)), 'file-2.ts');
  assert.equal(await fileHistory(services, rows[0] ?? {}, rows.slice(0, 3)), undefined);
  assert.deepEqual(wishes, [{ place: 'sidebar', folder: root, path: 'file-2.ts' }]);
  assert.equal(toasts.length, 2);
  assert.equal(await fileHistory(services, rows[5] ?? {}, rows.slice(5, 6)), 'file-5.ts');
  assert.equal(toasts.length, 2, 'of one it is not asked');
});
