import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { parseVerb, wantsJson } from '../../../cli/parse.ts';
import { UsageError } from '../../../cli/usage-error.ts';
import { EXTRA_WORDS, VERBS, VERB_WORDS, findVerb } from '../../../cli/verbs/table.ts';
import { OPERATIONS } from '../../../protocol/registry.ts';
import { parseParams } from '../../../server/transport/validate.ts';

const directory = '/srv/repo';
const id = '3f2a91c0d4e7';

/** Every form of the command line that the design fixes, and what it comes to (beside the repository). */
const CASES: readonly (readonly [line: readonly string[], params: Record<string, unknown>])[] = [
  [['setup'], {}],
  [['setup', '--allow-unusual-root'], { allowUnusualRoot: true }],
  [['checkpoint'], {}],
  [['checkpoint', '-m', 'a message', '--fork', 'f', '--level', 'disk'], { message: 'a message', fork: 'f', level: 'disk' }],
  [['checkpoint', '-mshort', '--level=memory'], { message: 'short', level: 'memory' }],
  [['checkpoint', '-m', '- a list', '--kind', 'tool', '--cause', 'Edit', '--pin'], { message: '- a list', kind: 'tool', cause: 'Edit', pin: true }],
  [['checkpoint', '--message=--json'], { message: '--json' }],
  [['fork'], {}],
  [['fork', 'try', '--from', id, '--agent', 'ada', '--task', 't', '--dir', '../try'], { name: 'try', from: id, agent: 'ada', task: 't', dir: '/srv/try' }],
  [['fork', '--no-dir', 'try', '--probability', '0.5', '--ttl', '60'], { name: 'try', dir: false, probability: 0.5, ttlSeconds: 60 }],
  [['forks'], {}],
  [['forks', '--task', 't', '--all'], { task: 't', all: true }],
  [['timeline', '--fork', 'f', '-n', '50'], { fork: 'f', limit: 50 }],
  [['timeline', '-n5', '--agent', 'ada', '--before', '2026-01-31T12:00:00Z'], { limit: 5, agent: 'ada', before: Date.UTC(2026, 0, 31, 12) }],
  [['timeline', '--before', '1700000000000'], { before: 1_700_000_000_000 }],
  [['timeline', '--task', 't', '--kind', 'tool', '--kind', 'manual', '--text', 'x', '--after', '5', '--offset', '100'], { task: 't', kinds: ['tool', 'manual'], text: 'x', after: 5, offset: 100 }],
  [['timeline', '--no-task'], { task: null }],
  [['tally'], {}],
  [['tally', '--by', 'agent', '--time-zone', 'Europe/Berlin', '--fork', 'f'], { by: 'agent', timeZone: 'Europe/Berlin', fork: 'f' }],
  [['lineage', './src/a.ts', '--fork', 'f', '-n', '5', '--before', '7'], { path: 'src/a.ts', fork: 'f', limit: 5, before: 7 }],
  [['superposition', '--task', 't', '--all', '--dots', '3'], { task: 't', all: true, dots: 3 }],
  [['where'], {}],
  [['radar'], {}],
  [['radar', 'a', './b', '--fork', 'f'], { paths: ['a', 'b'], fork: 'f' }],
  [['find', 'f', 'a text', '-E', '--match-case', '--include', 'src/**', '--exclude', '*.md', '-n', '9'], { fork: 'f', text: 'a text', regex: true, matchCase: true, include: ['src/**'], exclude: ['*.md'], limit: 9 }],
  [['checkpoint', '--if-changed'], { ifChanged: true }],
  [['changes'], {}],
  [['changes', 'a', 'b', '--patch'], { from: 'a', to: 'b', patch: true }],
  [['rewind', id], { checkpoint: id }],
  [['rewind', id, '--fork', 'f', '--paths', './src/a.ts', 'lib/', '--dry-run'], { checkpoint: id, fork: 'f', paths: ['src/a.ts', 'lib'], dryRun: true }],
  [['rewind', '--dry-run', id, '--paths', 'a', '--paths', 'b'], { checkpoint: id, dryRun: true, paths: ['a', 'b'] }],
  [['undo'], {}],
  [['undo', '--fork', 'f'], { fork: 'f' }],
  [['read', 'f', 'src/a.ts'], { fork: 'f', path: 'src/a.ts' }],
  [['read', 'f', '--', '-strange'], { fork: 'f', path: '-strange' }],
  [['remove', 'f', 'src/a.ts', '--level', 'disk'], { fork: 'f', path: 'src/a.ts', level: 'disk' }],
  [['ls', 'f'], { fork: 'f' }],
  [['ls', 'f', 'src/', '-r'], { fork: 'f', path: 'src', recursive: true }],
  [['observe', 'f', '--', 'npm', 'test', '--json', '-x'], { fork: 'f', command: ['npm', 'test', '--json', '-x'] }],
  [['observe', 'f', '--score', '-1.5', '--evidence', 'seen', '--timeout', '9'], { fork: 'f', score: -1.5, evidence: 'seen', timeoutSeconds: 9 }],
  [['collapse', 'f', '-m', 'm', '--task', 't', '--keep', '--dry-run'], { fork: 'f', message: 'm', task: 't', keep: true, dryRun: true }],
  [['collapse', '--task', 't'], { task: 't' }],
  [['race', '-n', '4', '--task', 't', '--try', './try.sh', '--validate', 'npm test'], { count: 4, task: 't', try: './try.sh', validate: 'npm test' }],
  [['race', '-n', '4', '--try', 'a', '--validate', 'b', '--parallel', '3', '--timeout', '5', '--no-collapse', '-m', 'm'], { count: 4, try: 'a', validate: 'b', parallel: 3, timeoutSeconds: 5, collapse: false, message: 'm' }],
  [['discard', 'a', 'b', 'c'], { forks: ['a', 'b', 'c'] }],
  [['integrate', 'a', '--into', 'b', '-m', 'm'], { fork: 'a', into: 'b', message: 'm' }],
  [['entangle', 'a', 'b', '--kind', 'causal'], { first: 'a', second: 'b', kind: 'causal' }],
  [['materialize', id, '--out', 'out', '--include', 'src/**', '--include', '*.md', '--exclude', '*.log', '--dry-run'], { checkpoint: id, out: '/srv/repo/out', include: ['src/**', '*.md'], exclude: ['*.log'], dryRun: true }],
  [['pin', id], { checkpoint: id }],
  [['pin', id, '--name', 'before the rewrite'], { checkpoint: id, name: 'before the rewrite' }],
  [['pin', id, '--no-name'], { checkpoint: id, name: null }],
  [['pin', id, '--off'], { checkpoint: id, pinned: false }],
  [['agents'], {}],
  [['stats'], {}],
  [['doctor', '--repair'], { repair: true }],
  [['sweep', '--dry-run', '--grace', '0'], { dryRun: true, graceSeconds: 0 }],
  [['verify'], {}],
  [['phase'], {}],
  [['phase', 'machine'], { phase: 'machine' }],
  [['about'], {}],
  [['agent-register', 'ada', '--max-forks', '20', '--max-bytes', '1000', '--calls-per-second', '5', '--heartbeat', '30', '--may-collapse'],
    { agent: 'ada', maxForks: 20, maxBytes: 1000, callsPerSecond: 5, heartbeatSeconds: 30, mayCollapse: true }],
  [['agent-attach', 'pyi_x'], { token: 'pyi_x' }],
  [['agent-suspend', 'ada'], { agent: 'ada' }],
  [['agent-resume', 'ada'], { agent: 'ada' }],
  [['agent-terminate', 'ada', '--discard'], { agent: 'ada', discard: true }],
  [['agent-heartbeat'], {}],
  [['agent-grant', 'ada', 'f', '--revoke'], { agent: 'ada', fork: 'f', revoke: true }],
  [['claim', '--agent', 'ada', 'src/**', 'docs'], { agent: 'ada', globs: ['src/**', 'docs'] }],
  [['claims', '--agent', 'ada'], { agent: 'ada' }],
  [['submit', 'f', '-m', 'Done', '--keep', '--', 'npm', 'test'], { fork: 'f', message: 'Done', keep: true, validate: ['npm', 'test'] }],
  [['queue'], {}],
  [['audit', '--agent', 'ada', '--fork', 'f', '--operation', 'collapse', '--before', '9', '-n', '5', '--verify'],
    { agent: 'ada', fork: 'f', operation: 'collapse', before: 9, limit: 5, verify: true }],
];

for (const [line, expected] of CASES) {
  test(`pyi ${line.join(' ')}`, () => {
    const [word = '', ...args] = line;
    const verb = findVerb(word) ?? assert.fail(`no verb ${word}`);
    const invocation = parseVerb(verb, args, directory);
    assert.deepEqual(invocation, { params: { repository: directory, ...expected }, json: false, help: false });
    assert.equal(parseVerb(verb, ['--json', ...args], directory).json, true);
    // What the command line makes is what the server takes.
    parseParams(verb.name, invocation.params);
  });
}

test('pyi write f src/a.ts --mode executable', () => {
  const { params } = parseVerb(VERBS.write, ['f', 'src/a.ts', '--mode', 'executable', '--level', 'disk'], directory);
  assert.deepEqual(params, { repository: directory, fork: 'f', path: 'src/a.ts', mode: 'executable', level: 'disk' });
});

test('pyi stop and pyi git-compat are about no repository', () => {
  assert.deepEqual(parseVerb(VERBS['git-compat'], [], directory).params, {});
  assert.deepEqual(parseVerb(VERBS.stop, [], directory).params, {});
});

const REFUSED: readonly (readonly [line: readonly string[], message: RegExp, hint: RegExp])[] = [
  [['checkpoint', '--mesage', 'x'], /no option --mesage/, /Did you mean --message\?/],
  [['checkpoint', '-x'], /no option -x/, /--help/],
  [['checkpoint', 'stray'], /what to do with "stray"/, /--help/],
  [['checkpoint', '-m'], /-m needs a value: MESSAGE/, /--help/],
  [['checkpoint', '-m', '--json'], /-m needs a value/, /--help/],
  [['checkpoint', '--level', 'dsk'], /--level is one of memory, process, disk, replicated, not "dsk"/, /Did you mean disk\?/],
  [['checkpoint', '--pin=yes'], /--pin takes no value/, /--help/],
  [['timeline', '-n', 'many'], /--limit must be a number, not "many"/, /--help/],
  [['timeline', '--before', 'yesterday'], /--before must be a date/, /2026-01-31/],
  [['rewind'], /needs CHECKPOINT/, /--help/],
  [['race', '-n', '2', '--try', 'a'], /needs --validate COMMAND/, /--help/],
  [['integrate', 'a'], /needs --into FORK/, /--help/],
  [['entangle', 'a', 'b', '--kind', 'casual'], /one of causal, conflict/, /Did you mean causal\?/],
  [['discard'], /needs FORK/, /--help/],
  [['phase', 'machin'], /PHASE is one of/, /Did you mean machine\?/],
];

for (const [line, message, hint] of REFUSED) {
  test(`pyi ${line.join(' ')} is refused`, () => {
    const [word = '', ...args] = line;
    const verb = findVerb(word) ?? assert.fail(word);
    assert.throws(() => parseVerb(verb, args, directory), (error) => error instanceof UsageError && message.test(error.message) && hint.test(error.hint));
  });
}

test('every operation is a verb, and the verbs are tested', () => {
  assert.deepEqual(Object.keys(VERBS), Object.keys(OPERATIONS));
  const tested = new Set([...CASES.map(([[word]]) => word), 'write', 'git-compat', 'stop']);
  assert.deepEqual(VERB_WORDS.filter((name) => !tested.has(name)), []);
});

test('no word shadows a command of git', () => {
  const commands = new Set(execFileSync('git', ['--list-cmds=builtins,main,others'], { encoding: 'utf8' }).split('\n'));
  for (const later of ['history', 'replay', 'repo', 'last-modified']) commands.add(later); // of a git that is newer than the one here
  assert.deepEqual([...VERB_WORDS, ...Object.keys(EXTRA_WORDS)].filter((word) => commands.has(word)), ['help']);
});

test('help wins over everything but what is wrong with an option', () => {
  assert.equal(parseVerb(VERBS.rewind, ['--help'], directory).help, true);
  assert.equal(parseVerb(VERBS.rewind, ['-h', 'x', 'y'], directory).help, true);
});

test('--json after -- belongs to the command', () => {
  assert.equal(wantsJson(['f', '--', 'x', '--json']), false);
  assert.equal(wantsJson(['f', '--json', '--', 'x']), true);
});
