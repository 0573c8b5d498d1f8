import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, test } from 'node:test';
import { toasts } from './fake-vscode.ts';
import { PyiError } from '../../../protocol/errors.ts';

const { ask, confirm, flash, inform, offer, propose, showError, warn, withProgress } = await import('../../../client/commands/dialogs.ts');

const HOSTILE = '[Undo](command:workbench.action.quit) [x](file:///etc/passwd) [y](https://example.com "z") $(trash)';
/** What VS Code makes links of in a message (base/common/linkedText.ts). */
const LINK = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/gi;

beforeEach(() => toasts.splice(0));

test('no message makes a link of what somebody else wrote', async () => {
  assert.equal(HOSTILE.match(LINK)?.length, 3);
  const none = async (): Promise<void> => undefined;
  inform(HOSTILE);
  offer(HOSTILE, 'Open', none);
  warn(HOSTILE, 'Open', none);
  propose('information', HOSTILE, []);
  propose('warning', HOSTILE, []);
  await confirm(HOSTILE, HOSTILE, 'Do');
  await ask(HOSTILE, HOSTILE, ['Do', 'Do not']);
  showError(new PyiError('NOT_FOUND', HOSTILE, HOSTILE));
  showError(new Error(HOSTILE));
  await withProgress(HOSTILE, async ({ onProgress }) => {
    // Progress shows when it is clear that this takes a while.
    const before = toasts.length;
    while (toasts.length === before) await nextTurn();
    onProgress({ what: HOSTILE, done: 1, total: 2 });
    onProgress({ what: HOSTILE, done: 1, total: undefined });
  });
  assert.equal(toasts.length, 12);
  for (const text of toasts) {
    assert.doesNotMatch(text, LINK);
    assert.ok(text.includes('(command:workbench.action.quit)'), 'it is shown all the same');
  }
});

test('what is done at once shows no progress, and its error is the caller\'s', async () => {
  assert.equal(await withProgress('Quick', async () => 'done'), 'done');
  await assert.rejects(withProgress('Quick', async () => {
    throw new Error('failed');
  }), /failed/);
  assert.deepEqual(toasts, []);
});

test('what was said before the progress shows is shown with it', async () => {
  await withProgress('Slow', async ({ onProgress }) => {
    onProgress({ what: 'files', done: 3, total: 4 });
    while (toasts.length === 0) await nextTurn();
  });
  assert.deepEqual(toasts, ['Slow', 'files: 3 of 4']);
});

test('the status bar draws no icon that somebody else wrote', () => {
  flash('Undone: $(trash)');
  assert.deepEqual(toasts, ['Undone: $\u200b(trash)']);
});

test('an error that quotes a name shows it as it is spelled', () => {
  showError(new PyiError('NOT_FOUND', 'There is no "cod\u202egpj.exe".', 'Look\nagain.'));
  assert.deepEqual(toasts, ['PYI: There is no "cod\\u{202e}gpj.exe". Look\nagain.']);
});

test('what the user cancelled is no news', () => {
  showError(new PyiError('CANCELLED', 'The call was taken back.', 'Nothing was changed.'));
  assert.deepEqual(toasts, []);
});
