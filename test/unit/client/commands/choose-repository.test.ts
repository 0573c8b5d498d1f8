import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { answers, openFolders, shown, toasts } from '../fake-vscode.ts';
import type { Root } from '../../../../client/roots/roots.ts';
import type { StoreSummary } from '../../../../client/roots/overview.ts';

const { chooseRepository } = await import('../../../../client/commands/choose-repository.ts');

const READY: StoreSummary = { kind: 'ready', openedAt: 1, liveForks: 1, checkpoints: 1, warnings: [] };
const BROKEN: StoreSummary = { kind: 'problem', message: 'The store is damaged.' };

/** A window with these folders, each with its store, and with the root of its work tree if that is another one. */
function windowWith(stores: Readonly<Record<string, StoreSummary | readonly [StoreSummary, root: string]>>): { all: Root[] } {
  openFolders(...Object.keys(stores));
  return {
    all: Object.entries(stores).map(([folder, known]) => {
      const [store, root] = 'kind' in known ? [known, folder] : known;
      return { folder, name: folder.slice(1), store, place: store.kind === 'ready' ? { root } : undefined } as Root;
    }),
  };
}

beforeEach(() => {
  toasts.splice(0);
  answers.splice(0);
  shown.activeFolder = undefined;
});

test('nothing is asked when a command can work in one folder only', async () => {
  const roots = windowWith({ '/docs': { kind: 'none' }, '/projects': READY, '/old': BROKEN });
  assert.equal(await chooseRepository(roots, undefined), '/projects');
  shown.activeFolder = '/docs';
  assert.equal(await chooseRepository(roots, undefined), '/projects', 'not the one of the editor, which has no store');
  assert.equal(await chooseRepository(roots, undefined, 'new'), '/docs');
  assert.deepEqual(toasts, []);
});

test('folders that a command can not work in are not offered', async () => {
  const roots = windowWith({ '/docs': { kind: 'none' }, '/projects': READY, '/other$(x)': READY, '/old': BROKEN, '/new': { kind: 'unknown' } });
  answers.push('other$\u200b(x)', undefined, undefined, undefined);
  assert.equal(await chooseRepository(roots, undefined), '/other$(x)');
  assert.equal(await chooseRepository(roots, undefined), undefined);
  await chooseRepository(roots, undefined, 'store');
  await chooseRepository(roots, undefined, 'new');
  assert.deepEqual(toasts, ['projects, other$\u200b(x)', 'projects, other$\u200b(x)', 'projects, other$\u200b(x), old, new', 'docs, old, new'].map((rows) => `Which repository?: ${rows}`));
  shown.activeFolder = '/projects';
  assert.equal(await chooseRepository(roots, undefined), '/projects');
});

test('folders of one work tree are no choice', async () => {
  const roots = windowWith({ '/projects/a': [READY, '/projects'], '/projects/b': [READY, '/projects'] });
  assert.equal(await chooseRepository(roots, undefined), '/projects/a');
  shown.activeFolder = '/projects/b';
  assert.equal(await chooseRepository(roots, undefined), '/projects/b');
  assert.deepEqual(toasts, []);
});

test('where nothing is set up, or nothing is known yet, the server has the word', async () => {
  assert.equal(await chooseRepository(windowWith({ '/projects': { kind: 'none' } }), undefined), '/projects');
  openFolders('/projects', '/other');
  answers.push('other');
  assert.equal(await chooseRepository({ all: [] }, undefined), '/other');
});

test('a folder that is named has to be one of the window', async () => {
  const roots = windowWith({ '/projects': READY, '/docs': { kind: 'none' } });
  assert.equal(await chooseRepository(roots, '/docs'), '/docs');
  await assert.rejects(chooseRepository(roots, '/elsewhere'), /not a folder of this window/);
  await assert.rejects(chooseRepository(windowWith({}), undefined), /No folder is open/);
});
