import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PyiError } from '../../../protocol/errors.ts';
import type { OperationName } from '../../../protocol/registry.ts';
import { parseParams } from '../../../server/transport/validate.ts';

const repository = '/r';

function fault(name: OperationName, params: unknown): string {
  try {
    parseParams(name, params);
  } catch (error) {
    assert.ok(PyiError.is(error, 'INVALID_ARGUMENT'));
    return error.message;
  }
  return assert.fail('nothing was refused');
}

test('defaults are filled in', () => {
  assert.deepEqual(parseParams('checkpoint', { repository }), { repository, message: '', level: 'process', kind: 'manual', cause: '', pin: false, ifChanged: false });
});

const CASES: readonly (readonly [OperationName, unknown, string])[] = [
  ['checkpoint', undefined, 'checkpoint: "repository" is missing.'],
  ['checkpoint', [], 'checkpoint: the parameters must be an object.'],
  ['checkpoint', { repository: '' }, 'checkpoint: "repository" must not be empty.'],
  ['checkpoint', { repository: 7 }, 'checkpoint: "repository" must be text (it is 7).'],
  ['checkpoint', { repository, level: 'fast' }, 'checkpoint: "level" must be one of memory, process, disk, replicated (it is "fast").'],
  ['checkpoint', { repository, mesage: 'x' }, 'checkpoint: there is no parameter "mesage" (did you mean "message"?).'],
  ['checkpoint', JSON.parse('{"repository":"/r","__proto__":{"pin":true}}'), 'checkpoint: there is no parameter "__proto__".'],
  ['checkpoint', { repository, message: 'x'.repeat(70_000) }, 'checkpoint: "message" must be at most 65536 characters long.'],
  ['timeline', { repository, limit: 0 }, 'timeline: "limit" must be at least 1 (it is 0).'],
  ['timeline', { repository, limit: 1.5 }, 'timeline: "limit" must be a whole number (it is 1.5).'],
  ['timeline', { repository, limit: 1e300 }, 'timeline: "limit" must be at most 100000 (it is 1e+300).'],
  ['discard', { repository, forks: [] }, 'discard: "forks" must have at least 1 entry.'],
  ['rewind', { repository, checkpoint: 'abcd', paths: ['a', 3] }, 'rewind: "paths.1" must be text (it is 3).'],
  ['fork', { repository, dir: 3 }, 'fork: "dir" must be text or true or false (it is 3).'],
];

for (const [name, params, expected] of CASES) {
  test(expected, () => assert.equal(fault(name, params), expected));
}

test('a name that is refused says why', () => {
  assert.match(fault('fork', { repository, name: 'a/b' }), /"name".*no "\/".*\(it is "a\/b"\)/);
});

test('many faults are counted, not listed', () => {
  assert.match(fault('rewind', { repository, checkpoint: 'abcd', paths: Array.from({ length: 100 }, () => 1) }), /; and 95 more\.$/);
});
