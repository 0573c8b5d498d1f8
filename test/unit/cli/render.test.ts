import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as outcomes from '../../../cli/render/outcomes.ts';
import * as states from '../../../cli/render/states.ts';
import type { Style } from '../../../cli/render/style.ts';
import { displayWidth, table } from '../../../cli/render/table.ts';
import * as upkeep from '../../../cli/render/upkeep.ts';
import { bytes, headline, micros, relativeTime, safe } from '../../../protocol/text.ts';
import type { ForkInfo } from '../../../protocol/values.ts';
import { NOW } from './fakes.ts';

const style = { color: false, now: NOW };
const hex = (digit: string): string => digit.repeat(64);

test('checkpoint', () => {
  const insight = { filesAdded: 1, filesChanged: 2, filesDeleted: 0, bytesAdded: 2048, bytesReused: 100, micros: 31.4 };
  assert.equal(states.renderCheckpoint({ checkpoint: hex('a'), root: hex('b'), fork: hex('c'), parents: [], insight, level: 'process' }, style), `\
checkpoint aaaaaaaaaaaa on fork cccccccccccc
  1 file added, 2 changed, 0 deleted; 2.0 KiB stored, 100 B reused; 31 µs, level process
`);
  const none = { filesAdded: 0, filesChanged: 0, filesDeleted: 0, bytesAdded: 0, bytesReused: 0, micros: 0 };
  assert.equal(states.renderCheckpoint({ checkpoint: hex('a'), root: hex('b'), fork: hex('c'), parents: [], insight: none, level: 'process' }, style, { ifChanged: true }),
    'fork cccccccccccc has not changed since checkpoint aaaaaaaaaaaa\n');
});

const FORK: ForkInfo = {
  fork: hex('1'), name: 'try-regex', agent: 'ada', agentState: 'unregistered', task: 'parser', parent: null, base: hex('2'), head: hex('3'), state: 'live', dir: null,
  observations: [{ checkpoint: hex('3'), ok: true, exit: 0, score: 0.9, evidence: '', command: [], millis: 5, time: NOW }],
  changes: { added: 1, changed: 2, deleted: 0, conflicts: 0 }, probability: 1, expires: null, entangled: [], created: NOW - 120_000, checkpoints: 3, lastActive: NOW - 60_000,
};

/** As the server tells of the fork 1111…. */
const known = (more: Partial<ForkInfo>): Style => ({ ...style, forks: new Map([[FORK.fork, { ...FORK, ...more }]]) });

test('forks', () => {
  const second = { ...FORK, fork: hex('4'), name: 'évil\u001b[2J\u202e', task: null, state: 'discarded' as const, observations: [], changes: { added: 0, changed: 0, deleted: 0, conflicts: 0 } };
  assert.equal(states.renderForks([FORK, second], style), `\
FORK          NAME               AGENT  TASK    STATE      CHANGES  OBSERVED  CREATED
111111111111  try-regex          ada    parser  live       +1 ~2    ok 0.9    2 min ago
444444444444  évil\\e[2J\\u{202e}  ada            discarded  none               2 min ago
`);
  assert.match(states.renderForks([{ ...FORK, head: hex('9') }], style), /ok 0\.9 \(before its last checkpoint\)/);
  assert.match(states.renderForks([], style), /No forks yet\. "pyi fork NAME"/);
  assert.match(states.renderForks([], style, { task: 'x' }), /^No live fork of task x\./);
});

test('timeline', () => {
  const entry = {
    checkpoint: hex('a'), parents: [], root: hex('b'), fork: hex('c'), agent: 'ada', time: NOW - 3_600_000, message: 'first line\nsecond', kind: 'manual' as const, cause: '',
    insight: { filesAdded: 0, filesChanged: 1, filesDeleted: 2, bytesAdded: 0, bytesReused: 0, micros: 0 }, git: null, pinned: true, name: null,
  };
  assert.equal(states.renderTimeline([entry], style), `\
CHECKPOINT    WHEN     FORK          AGENT  KIND             FILES  MESSAGE
aaaaaaaaaaaa  1 h ago  cccccccccccc  ada    manual (pinned)  ~1 -2  first line
`);
  assert.match(states.renderTimeline([{ ...entry, name: 'evil\u001b[2J' }], style), /manual  ~1 -2  \[evil\\e\[2J\] first line\n$/);
  const named = states.renderTimeline([{ ...entry, fork: FORK.fork, message: '', cause: 'before a rewind' }], known({}));
  assert.match(named, / try-regex .* \(before a rewind\)\n$/);
  assert.match(states.renderTimeline([], style), /No checkpoints yet/);
  assert.match(states.renderTimeline([], style, { before: 5 }), /^No checkpoint is like that/);
});

test('changes', () => {
  assert.equal(states.renderChanges({ added: ['a b'], changed: ['c\nd'], deleted: ['e\udcff'], renamed: [{ from: 'f', to: 'g' }] }, style), 'A  a b\nM  c\\nd\nD  e\\xff\nR  f -> g\n');
  assert.equal(states.renderChanges({ added: [], changed: [], deleted: [], renamed: [] }, style), 'Nothing differs.\n');
});

test('rewind, undo', () => {
  const written = Array.from({ length: 30 }, (_, index) => `file-${index}`);
  const lines = states.renderRewind({ fork: hex('1'), from: hex('2'), to: hex('3'), recovery: hex('4'), written, removed: [] }, style).split('\n');
  assert.equal(lines[0], 'fork 111111111111: 222222222222 -> 333333333333');
  assert.equal(lines[1], '  wrote file-0');
  assert.equal(lines[21], '  … and 10 more files');
  assert.match(lines[22] ?? '', /state before is 444444444444; "pyi undo"/);
  assert.equal(states.renderUndo({ fork: hex('1'), undone: 'rewind', operation: 'op', head: hex('2'), written: [], removed: ['x'] }, style),
    'undone: rewind; fork 111111111111 is at 222222222222 again\n  removed x\n  "pyi undo" redoes it\n');
  assert.equal(states.renderUndo({ fork: hex('1'), undone: 'undo of collapse', operation: 'op', head: hex('2'), written: [], removed: [] }, known({ state: 'merged' }), { repository: '/r', fork: 'try-regex' }),
    'undone: the last undo (collapse); fork try-regex is merged again\n  "pyi undo --fork 111111111111" takes that back\n');
  const dry = { fork: hex('1'), from: hex('2'), to: hex('3'), recovery: hex('2'), written: ['a'], removed: ['b'] };
  assert.equal(states.renderRewind(dry, known({}), { dryRun: true }), 'fork try-regex would go to 333333333333\n  would write a\n  would remove b\n');
  assert.match(states.renderRewind(dry, known({ name: "ada's" }), { paths: ['a', 'b'], fork: "ada's" }), /: 222222222222 -> chosen paths of 333333333333\n[^]*"pyi undo --fork 'ada'\\''s'" brings it back\n$/);
  assert.equal(states.renderRewind({ ...dry, written: [], removed: [] }, style), 'fork 111111111111: 333333333333 is what is there already\n');
});

test('the rest of the states', () => {
  assert.equal(states.renderFork({ fork: hex('1'), name: 'n', agent: 'ada', base: hex('2'), dir: '/d' }, style), 'fork 111111111111 "n" of agent ada, from 222222222222\n  directory: /d\n');
  assert.equal(states.renderWrite({ fork: hex('1'), path: 'p', bytes: 3, level: 'process' }, style), 'wrote p (3 B) in fork 111111111111\n');
  assert.equal(states.renderRemove({ fork: hex('1'), path: 'p', level: 'process' }, style), 'removed p from fork 111111111111\n');
  assert.equal(states.renderLs([{ path: 'src', type: 'directory', size: 0, id: null }, { path: 'a', type: 'file', size: 5, id: hex('a') }], style), 'TYPE       SIZE  PATH\ndirectory        src/\nfile       5 B   a\n');
  assert.equal(states.renderLs([], style), 'Nothing here.\n');
  assert.equal(states.renderDiscard({ discarded: [hex('1')] }, style), 'discarded 111111111111; "pyi undo --fork 111111111111" brings it back\n');
  assert.equal(states.renderIntegrate({ fork: hex('1'), into: hex('2'), checkpoint: hex('3'), conflicts: [{ path: 'p', reason: 'both-changed' }], written: ['w'], removed: [] }, style),
    'integrated 111111111111 into 222222222222: checkpoint 333333333333\n  conflict: p (both sides changed it)\n  wrote w\n  to resolve: "pyi read 222222222222 p" shows both sides, "pyi write 222222222222 p < FILE" settles it\n');
  assert.match(states.renderIntegrate({ fork: hex('2'), into: hex('1'), checkpoint: hex('3'), conflicts: [{ path: 'a b', reason: 'new' }], written: [], removed: [] }, known({ dir: '/d' })),
    /conflict: a b \(new\)\n {2}to resolve: edit them in \/d, then "pyi checkpoint --fork try-regex"; as it stands: pyi write try-regex 'a b' < FILE\n$/);
  assert.equal(states.renderEntangle({ first: hex('1'), second: hex('2'), kind: 'causal' }, style), 'entangled 111111111111 and 222222222222: 222222222222 is rebased when 111111111111 collapses\n');
  assert.equal(states.renderMaterialize({ checkpoint: hex('1'), out: '/o', written: [], removed: [], bytes: 0 }, style), '111111111111 is in /o (0 B written)\n');
});

test('outcomes', () => {
  assert.equal(outcomes.renderObserve({ fork: hex('1'), checkpoint: hex('2'), ok: false, exit: 1, score: 0, millis: 12, evidence: 'one\n\u001b[31mtwo\n' }, style),
    'fork 111111111111 at 222222222222: failed, exit 1, score 0, 12.0 ms\n  one\n  \\e[31mtwo\n');
  assert.equal(outcomes.renderCollapse({ winner: hex('1'), commit: hex('2'), checkpoint: hex('3'), discarded: ['x', 'y'], written: ['a'], removed: [], message: 'm', branch: 'refs/heads/main' }, style),
    'collapsed to 111111111111: checkpoint 333333333333\n  commit 222222222222\n  discarded 2 forks: x, y\n  wrote a\n  "pyi undo --fork 111111111111" takes all of it back\n');
  const dry = { winner: hex('1'), commit: null, checkpoint: hex('3'), discarded: [hex('2')], written: ['a'], removed: ['b'], message: 'Parse\u001b comments\n\nmore', branch: null };
  assert.equal(outcomes.renderCollapse(dry, known({}), { dryRun: true }), 'would collapse to try-regex\n  would discard 1 fork: 222222222222\n  would write a\n  would remove b\n');
  assert.match(outcomes.renderCollapse({ ...dry, branch: 'refs/heads/main' }, style, { dryRun: true }), /\n {2}would commit "Parse\\\\e comments" to main\n/);
  assert.match(outcomes.renderCollapse({ ...dry, written: [], removed: [] }, style), /no Git commit: it changes nothing/);
  const attempts = [{ fork: hex('1'), name: 'a-1', ok: true, score: 1, tryExit: 0, exit: 0, millis: 1500 }, { fork: hex('2'), name: 'a-2', ok: false, score: null, tryExit: null, exit: 1, millis: 20 }];
  assert.equal(outcomes.renderRace({ task: 't', winner: hex('1'), commit: null, attempts, discarded: [hex('2')], stopped: 'done' }, style), `\
FORK          NAME  RESULT  SCORE  TRY     VALIDATE  TIME
111111111111  a-1   ok      1      exit 0  exit 0    1.5 s
222222222222  a-2   failed         -       exit 1    20.0 ms

winner: a-1, no Git commit; discarded 1 fork
  "pyi undo --fork 111111111111" takes all of it back
`);
  assert.match(outcomes.renderRace({ task: 't', winner: hex('1'), commit: null, attempts, discarded: [], stopped: 'enough' }, style, { collapse: false }), /stopped after 2 attempts: good enough\nbest: a-1; nothing was collapsed\n {2}"pyi collapse 111111111111"/);
  assert.match(outcomes.renderRace({ task: 't', winner: null, commit: null, attempts, discarded: [], stopped: 'budget' }, style), /budget is used up\nno attempt passed; the forks are kept\n$/);
});

test('upkeep', () => {
  const setup = { store: '/r/.git/pyi', root: '/r', fork: hex('1'), checkpoint: hex('2'), created: true, files: 1, bytes: 10, millis: 3, git: false };
  assert.equal(upkeep.renderSetup(setup, style), 'store of /r (no Git here): /r/.git/pyi\n  took in 1 file, 10 B, in 3.0 ms; checkpoint 222222222222\n  next: "pyi fork NAME" gives an agent a directory of its own, "pyi checkpoint -m MESSAGE" records a step\n');
  assert.equal(upkeep.renderSetup({ ...setup, created: false }, style), 'The store was there already: /r/.git/pyi\n');
  assert.equal(upkeep.renderAgents([{ agent: 'ada', live: 1, merged: 2, discarded: 3, checkpoints: 4, lastActive: null, state: 'lost', bytes: 10, quota: null }], style), 'AGENT  STATE  LIVE  MERGED  DISCARDED  CHECKPOINTS  ACTIVE\nada    lost   1     2       3          4            never\n');
  assert.match(upkeep.renderAgents([], style), /No agents yet/);
  assert.equal(upkeep.renderStats({
    store: '/r/.git/pyi', objects: 5, segments: 1, bytesOnDisk: 2048, sizeCap: null, forks: { live: 1, merged: 0, discarded: 2 }, checkpoints: 3, deduplicated: { putBytes: 2048, storedBytes: 1024 },
    latencies: { checkpoint: { count: 2, p50: 20, p95: 35, p99: 40, max: 1200 } }, recent: { seconds: 58.3, latencies: {} }, cache: { hits: 3, misses: 1, bytes: 1024 }, openedAt: NOW, memory: { rss: 1024, heapUsed: 512 }, warnings: ['nearly full'],
  }, style), `\
objects:       5 in 1 segment
on disk:       2.0 KiB
forks:         1 live, 0 merged, 2 discarded
checkpoints:   3
deduplicated:  2.0 KiB given, 1.0 KiB stored
cache:         75.0 % of 4 objects asked for were in memory (1.0 KiB)
memory:        1.0 KiB, heap 512 B

OPERATION   COUNT  P50    P95    P99    MAX
checkpoint  2      20 µs  35 µs  40 µs  1.2 ms
warning: nearly full
`);
  assert.equal(upkeep.renderDoctor({ ok: true, findings: [{ check: 'lock', ok: true, detail: 'held', fix: null }], repaired: ['catalog'] }, style), 'ok   lock: held\nmended: catalog\nEverything is in order.\n');
  assert.equal(upkeep.renderSweep({ forks: [hex('1')], decayed: [hex('2')], checkpoints: 1, objects: 2, bytes: 10, bytesFreed: 5, millis: 1 }, style), `\
swept 2 objects (10 B) that nothing keeps; 5 B given back on disk in 1.0 ms
  1 checkpoint past the retention rules
  gone for good, with its directory: 111111111111
  past its time to live, now discarded: 222222222222
`);
  assert.match(upkeep.renderSweep({ forks: [hex('1')], decayed: [], checkpoints: 0, objects: 2, bytes: 10, bytesFreed: 0, millis: 1 }, known({}), { dryRun: true }), /^would sweep 2 objects[^]*would be gone for good, with its directory: try-regex\n$/);
  const verified = { ok: true, segments: 1, objects: 2, bytes: 3, millis: 4, faults: [] };
  assert.equal(upkeep.renderVerify(verified, style), 'whole: 2 objects in 1 segment, 3 B, 4.0 ms\n');
  assert.equal(upkeep.renderVerify({ ...verified, ok: false, faults: [{ segment: 's', offset: 7, id: hex('a'), problem: 'wrong hash' }] }, style), 'damaged: 2 objects in 1 segment, 3 B, 4.0 ms\n  s at 7 object aaaaaaaaaaaa: wrong hash\n  "pyi doctor" says what can be done\n');
  assert.equal(upkeep.renderPhase({ phase: 'hybrid', previous: 'compatible' }), 'compatible -> hybrid\n');
  assert.equal(upkeep.renderPin({ checkpoint: hex('a'), pinned: true, name: null }, style), 'aaaaaaaaaaaa is kept whatever the retention rules say\n');
  assert.equal(upkeep.renderPin({ checkpoint: hex('a'), pinned: true, name: 'good\u202e' }, style), 'aaaaaaaaaaaa is kept as good\\u{202e} whatever the retention rules say\n');
  assert.equal(upkeep.renderPin({ checkpoint: hex('a'), pinned: false, name: null }, style), 'aaaaaaaaaaaa is no longer pinned\n');
  assert.equal(upkeep.renderStop({ stopping: true }), 'The server is stopping.\n');
  const tally = { hits: 0, misses: 0, delegated: 0, savedMillis: 0 };
  const asked = { answering: true, since: style.now - 60_000, scope: 'stores' as const, budget: 20, checkEvery: 200, checked: 3, elsewhere: 0, repositories: 1, watches: 260, faults: [], commands: [
    { ...tally, command: 'status', treatment: 'remembered', hits: 2, misses: 1, savedMillis: 12.5 }, { ...tally, command: 'add', treatment: 'changes' }, { ...tally, command: 'push', treatment: 'network' }, { ...tally, command: 'rm', treatment: 'changes' },
  ] };
  assert.equal(upkeep.renderGitCompat(asked, style), `\
answering:  in repositories with a PYI store; now in 1, 260 watches
since:      1 min ago
asked:      2 answered, 1 not known, 0 left to git; 12.5 ms saved
checked:    3 answers compared with git (1 in 200), 0 forms switched off
ahead:      up to 20 % of the time

COMMAND  TREATMENT   ANSWERED  NOT KNOWN  LEFT TO GIT  SAVED
status   remembered  2         1          0            12.5 ms

Not asked:
changes:  add rm
network:  push
`);
  assert.match(upkeep.renderGitCompat({ ...asked, elsewhere: 1 }, style), /\nelsewhere: {2}1 question left to git: the caller's HOME, .* is not the server's/);
  assert.match(upkeep.renderGitCompat({ ...asked, answering: false, commands: [], faults: [{ form: 'status -z', directory: '/r', args: ['status', '-z', 'a\u001b'], time: style.now }] }, style), /^answering: {2}no: git does everything here\n[^]*✗ "git status -z" is switched off: a wrong answer to "git status -z a\\e" in \/r, /);
  assert.match(upkeep.renderAbout({ version: '1', protocol: 1, pid: 2, socket: null, node: 'v20', git: null, store: null, config: null, uptimeSeconds: 3, stores: 0, clients: 1 }), /^version: {2}1 \(protocol 1\)\nserver: {3}pid 2, up 3\.0 s, 0 stores, 1 client\n/);
});

test('text from outside is made harmless', () => {
  assert.equal(safe('a\u001b]0;title\u0007\u202etxt.exe\u2028\ud800ü漢'), 'a\\e]0;title\\u{7}\\u{202e}txt.exe\\u{2028}\\u{d800}ü漢');
  assert.equal(headline('x'.repeat(100)).length, 60);
});

test('numbers', () => {
  assert.deepEqual([0, 1023, 1024, 1_500_000, 5e12].map(bytes), ['0 B', '1023 B', '1.0 KiB', '1.4 MiB', '4.5 TiB']);
  assert.deepEqual([0.4, 17, 2400, 1_300_000, 185e6, 7800e6].map(micros), ['0 µs', '17 µs', '2.4 ms', '1.3 s', '3 min 5 s', '2 h 10 min']);
  assert.deepEqual([0, 1000, 90_000, 7_200_000, 86_400_000 * 2, 86_400_000 * 40, -60_000].map((age) => relativeTime(NOW - age, NOW)), ['now', '1 s ago', '1 min ago', '2 h ago', '2 d ago', '2025-12-22', 'in 1 min']);
});

test('columns line up by what a terminal shows', () => {
  assert.equal(displayWidth('漢字e\u0301\u001b[31mx\u001b[0m'), 6);
  assert.equal(table(['A', 'B', 'C'], [['漢', '', 'x'], ['abc', '', 'y']]), 'A    C\n漢   x\nabc  y\n');
});
