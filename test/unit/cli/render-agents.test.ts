import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as agents from '../../../cli/render/agents.ts';
import { NOW } from './fakes.ts';

const style = { color: false, now: NOW };
const hex = (digit: string): string => digit.repeat(64);

test('the life of an agent', () => {
  assert.equal(agents.renderRegister({ agent: 'ada', token: 'pyi_x' }), 'agent ada is registered\n  token pyi_x\n  It is told once; with it the agent attaches, on whichever connection.\n');
  const forks = [{ fork: hex('1'), name: 'one', task: null, head: hex('a'), dir: null, pending: 2 }, { fork: hex('2'), name: 'two', task: null, head: hex('b'), dir: null, pending: 0 }];
  assert.equal(agents.renderAttach({ agent: 'ada', standing: 'active', migrated: true, forks }, style),
    'agent ada is attached; the connection that it had before lost it\n  one at aaaaaaaaaaaa, 2 files since\n  two at bbbbbbbbbbbb\n');
  assert.equal(agents.renderStanding({ agent: 'ada', state: 'suspended', forks: [hex('1')] }), 'agent ada is suspended, with 1 live fork\n');
  assert.equal(agents.renderHeartbeat({ agent: 'ada', time: NOW }), 'agent ada is alive\n');
  assert.equal(agents.renderGrant({ agent: 'ada', grants: [hex('1')] }, style), 'agent ada may work on its own forks and 111111111111\n');
  assert.equal(agents.renderGrant({ agent: 'ada', grants: [] }, style), 'agent ada may work on its own forks only\n');
});

test('claims, with who else works there', () => {
  const claim = { agent: 'ada', fork: null, globs: ['src/**'], time: NOW };
  const overlaps = [{ agent: 'bob', fork: hex('2'), globs: [{ mine: 'src/**', theirs: 'src/a.ts' }], paths: ['src/b.ts', 'src/\u001b[31mc.ts'] }];
  assert.equal(agents.renderClaim({ claim, overlaps }, style), 'ada claims src/**\n  overlap bob in 222222222222 claims src/a.ts and has changed src/b.ts, src/\\e[31mc.ts\n');
  assert.equal(agents.renderClaim({ claim: { ...claim, globs: [] }, overlaps: [] }, style), 'ada claims nothing\n');
  assert.match(agents.renderClaims([], style), /No claims/);
});

test('the queue and what came of a turn', () => {
  const done = { fork: hex('1'), outcome: 'collapsed' as const, commit: hex('c'), checkpoint: hex('d'), rebased: true, conflicts: [], discarded: [hex('2')], exit: 0, evidence: '', waitedMillis: 1500 };
  assert.equal(agents.renderSubmit(done, style), 'collapsed to 111111111111, rebased onto the tip, after waiting 1.5 s\n  commit cccccccccccc\n  discarded 1 fork\n');
  assert.match(agents.renderSubmit({ ...done, outcome: 'conflict', conflicts: [{ path: 'a.txt', reason: 'both changed' }] }, style), /conflict: .*\n {2}a\.txt {2}both changed\n/);
  assert.equal(agents.renderSubmit({ ...done, outcome: 'rejected', exit: 3, evidence: 'one\ntwo\n' }, style), 'rejected: the validator said no to 111111111111 (exit 3)\n  one\n  two\n');
  assert.equal(agents.renderQueue([], style), 'Nothing waits to be collapsed.\n');
  assert.equal(agents.renderQueue([{ fork: hex('1'), agent: 'ada', into: hex('2'), state: 'validating', since: NOW - 5000 }], style),
    'FORK          AGENT  INTO          STATE       SINCE\n111111111111  ada    222222222222  validating  5 s ago\n');
});

test('the audit log', () => {
  const entry = { number: 7, time: NOW - 60_000, agent: 'ada', client: 'cli', operation: 'checkpoint', forks: [hex('1'), hex('2')], checkpoint: hex('3'), outcome: 'ok', hash: hex('4') };
  const refused = { ...entry, number: 8, agent: '', forks: [], checkpoint: null, outcome: 'UNAUTHORIZED' };
  const shown = agents.renderAudit({ entries: [refused, entry], total: 8, intact: true, fault: null }, style);
  assert.match(shown, /^8 .*the user \(cli\) .*UNAUTHORIZED\n7 .*ada .*checkpoint +111111111111 and 1 more +333333333333/m);
  assert.match(shown, /intact: the chain holds for all 8 entries\n$/);
  assert.match(agents.renderAudit({ entries: [], total: 0, intact: false, fault: 'entry 3 was changed' }, style), /No entries\.\n\nbroken: entry 3 was changed\n/);
});
