import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytePathFromText } from '../../../protocol/paths.ts';
import { FileMode } from '../../../server/engine/tree/entry.ts';
import { unifiedPatch } from '../../../server/git/patch.ts';
import type { PatchFile } from '../../../server/git/patch.ts';
import { GitRepository } from '../../support/git-repository.ts';

function file(name: string, content: string | Buffer, mode: FileMode = FileMode.file): PatchFile {
  const bytes = Buffer.from(content);
  // In two parts, as chunked content comes.
  return { path: bytePathFromText(name), mode, size: bytes.length, parts: () => [bytes.subarray(0, 3), bytes.subarray(3)] };
}

const LONG = Array.from({ length: 40 }, (_, i) => `line ${i}\n`).join('');

for (const objectFormat of ['sha1', 'sha256'] as const) {
  test(`what git diff would print, byte for byte (${objectFormat})`, async (t) => {
    const repository = GitRepository.create({ objectFormat });
    t.after(() => { repository.remove(); });
    // Configuration for people must not change what programs get.
    repository.git(['config', '--global', 'diff.noprefix', 'true']);
    repository.git(['config', '--global', 'color.ui', 'always']);
    const submodule = ['1', '2'].map((digit) => digit.repeat(objectFormat === 'sha1' ? 40 : 64));
    const before = [
      file('changed', LONG), file('deleted', 'gone\n'), file('dir/old name', LONG.replace('line 7', 'seven')), file('mode', 'x'),
      file('binary', Buffer.from([0, 1, 2])), file('link', 'target', FileMode.symlink), file('sub', submodule[0] ?? '', FileMode.submodule), file('empty', ''),
    ];
    const after = [
      file('changed', LONG.replace('line 20\n', 'line twenty\n')), file('added "ü"\n', 'no newline at the end'), file('dir/new name', LONG.replace('line 7', 'sieben')),
      file('mode', 'x', FileMode.executable), file('binary', Buffer.from([0, 1, 3])), file('link', 'other', FileMode.symlink), file('sub', submodule[1] ?? '', FileMode.submodule),
      file('empty too', ''),
    ];
    // The same two trees, made by git itself.
    const trees = [before, after].map((files) => {
      repository.git(['read-tree', '--empty']);
      for (const { path, mode, parts } of files) {
        const content = Buffer.concat([...parts()]);
        const id = mode === FileMode.submodule ? content.toString() : repository.git(['hash-object', '-w', '--stdin'], { input: content });
        repository.git(['update-index', '-z', '--index-info'], {
          input: Buffer.concat([Buffer.from(`${['100644', '100755', '120000', '160000'][mode] ?? ''} ${id}\t`), Buffer.from(path, 'latin1'), Buffer.from('\0')]),
        });
      }
      return repository.git(['write-tree']);
    });
    for (const binary of [false, true]) {
      const expected = repository.gitBytes(['diff-tree', '-r', '-p', '-M', '--full-index', ...(binary ? ['--binary'] : []), ...trees]);
      const patch = await unifiedPatch(repository.adapter, { before, after, objectFormat, binary });
      assert.equal(patch.toString(), expected.toString());
      assert.match(patch.toString(), /^rename from dir\/old name\nrename to dir\/new name$/m);
      assert.match(patch.toString(), /^--- a\/changed\n\+\+\+ b\/changed$/m);
      assert.match(patch.toString(), binary ? /^GIT binary patch$/m : /^Binary files a\/binary and b\/binary differ$/m);
    }
  });
}

test('the patch applies', async (t) => {
  const repository = GitRepository.create();
  t.after(() => { repository.remove(); });
  repository.commit({ a: LONG, 'with space': 'x\n' });
  const patch = await unifiedPatch(repository.adapter, {
    before: [file('a', LONG), file('with space', 'x\n')],
    after: [file('moved/a', LONG), file('new\tfile', Buffer.from([0, 255]))],
    binary: true,
  });
  repository.git(['apply', '--index'], { input: patch });
  assert.deepEqual(repository.git(['ls-files', '-z']).split('\0').slice(0, -1), ['moved/a', 'new\tfile']);
});

test('no difference is an empty patch', async (t) => {
  const repository = GitRepository.plain();
  t.after(() => { repository.remove(); });
  assert.equal((await unifiedPatch(repository.adapter, { before: [], after: [] })).length, 0);
  assert.equal((await unifiedPatch(repository.adapter, { before: [file('a', 'x')], after: [file('a', 'x')] })).length, 0);
});

test('content that breaks its word about its size is an error, not a wrong patch', async (t) => {
  const repository = GitRepository.plain();
  t.after(() => { repository.remove(); });
  const short = { ...file('a', 'abc'), size: 100 };
  await assert.rejects(unifiedPatch(repository.adapter, { before: [short], after: [] }), { code: 'INTERNAL' });
});

test('cancelled', async (t) => {
  const repository = GitRepository.plain();
  t.after(() => { repository.remove(); });
  await assert.rejects(unifiedPatch(repository.adapter, { before: [], after: [], signal: AbortSignal.abort() }), { code: 'CANCELLED' });
});
