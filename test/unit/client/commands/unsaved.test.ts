import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { answers, shown, toasts } from '../fake-vscode.ts';
import { FOLDER, fakeServices } from '../fake-services.ts';
import { forkInfo } from '../samples.ts';
import { Places } from '../../../../client/scm/places.ts';
import type { Command } from '../../../../client/services.ts';

const { collapse } = await import('../../../../client/commands/collapse.ts');
const { integrate } = await import('../../../../client/commands/integrate.ts');
const { undo } = await import('../../../../client/commands/undo.ts');

const WARNING = /What editors hold unsaved of them stays in the editors/;
const [base, fork] = ['b'.repeat(32), 'f'.repeat(32)];
const moved = { written: ['src/a.ts'], removed: ['src/gone.ts'] };
const tree = { fork: base, places: new Places('/real', [{ folder: FOLDER, real: '/real' }]) };

/** What a command shows last when a file is unsaved. */
async function told(command: Command, target: object, unsaved: string): Promise<string> {
  shown.unsaved = [unsaved];
  const { services } = fakeServices({
    forks: () => [forkInfo({ fork: base, parent: null, name: 'workspace', dir: '/real' }), forkInfo({ fork, parent: base, dir: '/forks/try' })],
    collapse: () => ({ ...moved, branch: 'refs/heads/main', message: 'Done', discarded: [], commit: null, checkpoint: 'a'.repeat(64) }),
    integrate: () => ({ ...moved, conflicts: [], checkpoint: 'a'.repeat(64) }),
    undo: () => ({ ...moved, undone: 'rewind', fork: base }),
  }, { scm: { tree: (repository: string) => (repository === FOLDER ? tree : undefined) } });
  await command(services, { repository: FOLDER, ...target }, []);
  return toasts.at(-1) ?? '';
}

beforeEach(() => {
  for (const list of [toasts, answers]) list.splice(0);
  shown.unsaved = [];
});

const COMMANDS: readonly (readonly [Command, object])[] = [[collapse, { fork, message: 'Greet the world' }], [integrate, { fork, other: base }], [undo, { fork: base }]];

test('what editors have not saved of files that a collapse, a merge or an undo writes or removes is mentioned; that of others is not', async () => {
  for (const [command, target] of COMMANDS) {
    assert.match(await told(command, target, `${FOLDER}/src/gone.ts`), WARNING);
    assert.doesNotMatch(await told(command, target, `${FOLDER}/src/b.ts`), WARNING);
  }
});
