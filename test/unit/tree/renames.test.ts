import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { putContent } from '../../../server/engine/content/content.ts';
import type { ObjectStore } from '../../../server/engine/ports.ts';
import type { Change } from '../../../server/engine/tree/diff.ts';
import type { Entry } from '../../../server/engine/tree/entry.ts';
import { FileMode } from '../../../server/engine/tree/entry.ts';
import { detectRenames } from '../../../server/engine/tree/renames.ts';
import { fingerprint, similarity } from '../../../server/engine/tree/similarity.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { SeededRandom } from '../../support/random.ts';
import { entry, path } from '../../support/tree-model.ts';

const lines = (count: number, tag = ''): string => Array.from({ length: count }, (_, i) => `${tag}line number ${i}\n`).join('');

function file(store: ObjectStore, content: string, mode: FileMode = FileMode.file): Entry {
  return { mode, ...putContent(store, Buffer.from(content)) };
}

function added(at: string, after: Entry): Change {
  return { path: path(at), before: undefined, after };
}

function deleted(at: string, before: Entry): Change {
  return { path: path(at), before, after: undefined };
}

function detect(store: ObjectStore, changes: Change[]): { renamed: string[]; rest: string[] } {
  const { renamed, rest } = detectRenames(store, changes);
  return { renamed: renamed.map(({ from, to }) => `${from} > ${to}`), rest: rest.map((change) => change.path) };
}

describe('detectRenames', () => {
  it('pairs equal content first, the same name before another', () => {
    const store = new MemoryStore();
    const same = file(store, 'content');
    const changes = [deleted('a/one', same), deleted('a/two', same), added('b/new', same), added('b/two', same), added('b/zzz', file(store, 'other'))];
    assert.deepEqual(detect(store, changes), { renamed: ['a/one > b/new', 'a/two > b/two'], rest: ['b/zzz'] });
  });

  it('pairs similar content, best first', () => {
    const store = new MemoryStore();
    const original = lines(40);
    const changes = [
      deleted('old', file(store, original)),
      added('close', file(store, `${original}one more\n`)),
      added('far', file(store, lines(25) + lines(15, 'different '))),
      added('strange', file(store, lines(40, 'nothing like it '))),
    ];
    assert.deepEqual(detect(store, changes), { renamed: ['old > close'], rest: ['far', 'strange'] });
  });

  it('keeps to git\'s half', () => {
    const store = new MemoryStore();
    const half = lines(20);
    assert.deepEqual(detect(store, [deleted('a', file(store, half + lines(18, 'x'))), added('b', file(store, half + lines(18, 'y')))]).renamed, ['a > b']);
    assert.deepEqual(detect(store, [deleted('a', file(store, half + lines(24, 'x'))), added('b', file(store, half + lines(24, 'y')))]).renamed, []);
  });

  it('tells kinds apart, not executables from files', () => {
    const store = new MemoryStore();
    const link = file(store, 'target', FileMode.symlink);
    assert.deepEqual(detect(store, [deleted('a', file(store, 'target')), added('b', link)]).renamed, []);
    assert.deepEqual(detect(store, [deleted('a', link), added('b', link)]).renamed, ['a > b']);
    assert.deepEqual(detect(store, [deleted('a', file(store, 'x')), added('b', file(store, 'x', FileMode.executable))]).renamed, ['a > b']);
  });

  it('leaves updates alone and reads no content that it does not need', () => {
    const store = new MemoryStore();
    const update = { path: path('u'), before: entry(1), after: entry(2) };
    assert.deepEqual(detect(store, [update, deleted('a', entry(3)), added('b', entry(3))]), { renamed: ['a > b'], rest: ['u'] });
    // Sizes this far apart cannot be half the same; the contents are not even there.
    assert.deepEqual(detect(store, [deleted('a', { ...entry(1), size: 10 }), added('b', { ...entry(2), size: 1000 })]).renamed, []);
  });

  it('compares content of a bounded number of pairs only', () => {
    const store = new MemoryStore();
    const changes: Change[] = [];
    for (let i = 0; i < 101; i++) changes.push(deleted(`a${i}`, { ...entry(i), size: 500 }), added(`b${i}`, { ...entry(1000 + i), size: 500 }));
    changes.push(deleted('exact', entry(7777)), added('moved', entry(7777)));
    assert.deepEqual(detect(store, changes).renamed, ['exact > moved']);
  });
});

describe('similarity', () => {
  const score = (a: string | Buffer, b: string | Buffer): number => similarity(fingerprint(Buffer.from(a)), fingerprint(Buffer.from(b)));

  it('is the share of the larger content that both have', () => {
    assert.equal(score(lines(10), lines(10)), 1);
    assert.equal(score('', ''), 0);
    assert.equal(score('a\nb\nc\nd\n', 'd\nc\nx\ny\n'), 0.5);
    assert.equal(score('a\n'.repeat(100), 'a\n'.repeat(25)), 0.25);
  });

  it('ignores line ends in text and works on binary content without lines', () => {
    assert.ok(score('one\r\ntwo\r\nthree\r\n', 'one\ntwo\nthree\n') > 0.8);
    const bytes = new SeededRandom(3).bytes(6400);
    const changed = Buffer.from(bytes);
    bytes[3] = changed[3] = 0;
    // No newlines: pieces of 64 bytes, of which one in ten is changed.
    for (let i = 0; i < bytes.length; i++) if (bytes[i] === 10) bytes[i] = changed[i] = 11;
    for (let i = 0; i < bytes.length; i += 640) changed[i + 5] = (changed[i + 5] ?? 0) === 100 ? 101 : 100;
    assert.ok(Math.abs(score(bytes, changed) - 0.9) < 0.02);
  });
});
