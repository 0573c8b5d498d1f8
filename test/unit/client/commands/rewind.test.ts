import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { answers, shown, toasts } from '../fake-vscode.ts';
import { FOLDER, fakeServices } from '../fake-services.ts';
import { checkpointInfo, forkInfo } from '../samples.ts';
import { Places } from '../../../../client/scm/places.ts';

const { rewind } = await import('../../../../client/commands/rewind.ts');

const WARNING = /What editors hold unsaved of them stays in the editors/;
const fork = 'f'.repeat(32);
const target = { repository: FOLDER, checkpoint: 'a'.repeat(64), fork };

/** What the dialog says when these files are unsaved. */
async function dialogWith(unsaved: readonly string[], tree?: object): Promise<string> {
  shown.unsaved = [...unsaved];
  const { services } = fakeServices(
    { timeline: () => [checkpointInfo({})], forks: () => [forkInfo({ fork, dir: '/forks/try' })], rewind: () => ({ fork, to: target.checkpoint, written: ['src/a.ts'], removed: [] }) },
    { scm: { tree: (repository: string) => (repository === FOLDER ? tree : undefined) } },
  );
  await rewind(services, target, [target]);
  return toasts.at(-1) ?? '';
}

beforeEach(() => {
  for (const list of [toasts, answers]) list.splice(0);
  shown.unsaved = [];
});

test('a rewind says that what editors have not saved of the files stays there', async () => {
  const tree = { fork, places: new Places('/real', [{ folder: FOLDER, real: '/real' }]) };
  assert.match(await dialogWith([`${FOLDER}/src/a.ts`], tree), /^Rewind fork "try" to [^]*What editors hold unsaved/);
  assert.match(await dialogWith(['/forks/try/src/a.ts']), WARNING);
});

test('other unsaved files are not mentioned', async () => {
  assert.doesNotMatch(await dialogWith([]), WARNING);
  // Of another fork, which the window shows.
  assert.doesNotMatch(await dialogWith([`${FOLDER}/src/a.ts`, '/forks/try/src/b.ts'], { fork: 'other', places: new Places('/real', [{ folder: FOLDER, real: '/real' }]) }), WARNING);
});
