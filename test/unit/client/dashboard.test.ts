import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvCell, exportCsv, exportJson } from '../../../client/views/dashboard-export.ts';
import type { Exported } from '../../../client/views/dashboard-export.ts';
import { History } from '../../../client/views/dashboard-history.ts';
import { look, staleAfter } from '../../../client/views/dashboard-state.ts';
import type { Client } from '../../../connect/client.ts';
import { PyiError } from '../../../protocol/errors.ts';
import type { Sample } from '../../../webview/dashboard/contract.ts';
import { NOW, agentRow, latency, sample } from './samples.ts';

/** A sample some seconds after NOW, when so many checkpoints had been taken. */
function at(seconds: number, checkpoints: number, some: Partial<Sample> = {}): Sample {
  return sample({ time: NOW + seconds * 1000, latencies: { checkpoint: latency(checkpoints) }, recent: { seconds: 57, latencies: { checkpoint: latency(5, 30) } }, ...some });
}

test('a look asks the store for everything that is shown, agents by their last activity', async () => {
  const results: Record<string, unknown> = { stats: sample({ time: 0 }), phase: { phase: 'machine', previous: 'machine' }, agents: [agentRow({ agent: 'idle', lastActive: null }), agentRow({ agent: 'old', lastActive: 1 }), agentRow({ agent: 'new', lastActive: 2 })] };
  const client: Pick<Client, 'call'> = { call: async (name) => results[name] as never };
  const seen = await look(client, '/x', () => NOW + 7);
  assert.ok(seen.kind === 'ready');
  assert.deepEqual([seen.sample.time, seen.phase, seen.agents.map(({ agent }) => agent)], [NOW + 7, 'machine', ['new', 'old', 'idle']]);
});

test('no store and a broken store are told apart', async () => {
  const failing = (error: PyiError): Pick<Client, 'call'> => ({ call: async () => Promise.reject(error) });
  assert.deepEqual(await look(failing(new PyiError('NOT_FOUND', '', '')), '/x', Date.now), { kind: 'none' });
  assert.deepEqual(await look(failing(new PyiError('BUSY', 'Locked.', 'Wait.')), '/x', Date.now), { kind: 'problem', message: 'Locked. Wait.' });
});

test('a rate is of the time between two samples, and unknown for the first', () => {
  const history = new History();
  history.add(at(0, 100));
  assert.deepEqual(history.trends()['checkpoint'], [{ time: NOW, perSecond: null, p50: 30, p95: 60 }]);
  history.add(at(10, 150));
  assert.deepEqual(history.trends()['checkpoint']?.map(({ perSecond }) => perSecond), [null, 5]);
});

test('an operation that the last seconds have not seen has no percentiles, and one that nobody saw has no trend', () => {
  const history = new History();
  history.add(at(0, 100));
  history.add(at(70, 100, { recent: { seconds: 57, latencies: {} } }));
  assert.deepEqual(history.trends(), { checkpoint: [{ time: NOW, perSecond: null, p50: 30, p95: 60 }, { time: NOW + 70_000, perSecond: 0, p50: null, p95: null }] });
});

test('of the samples of five seconds a trend shows the last, and none is lost for the rate', () => {
  const history = new History();
  for (let second = 0; second <= 12; second++) history.add(at(second, 10 * second));
  const points = history.trends()['checkpoint'] ?? [];
  assert.equal(history.samples.length, 13);
  assert.deepEqual(points.map(({ time, perSecond }) => [(time - NOW) / 1000, perSecond]), [[4, null], [9, 10], [12, 10]]);
});

test('trends go back five minutes, samples ten, and a store that was opened anew starts anew', () => {
  const history = new History();
  for (let minute = 0; minute <= 20; minute++) history.add(at(60 * minute, minute));
  assert.equal(history.trends()['checkpoint']?.length, 6);
  assert.equal(history.samples.length, 10);
  history.add(at(1300, 1, { openedAt: NOW + 1_299_000 }));
  assert.deepEqual(history.trends()['checkpoint']?.map(({ perSecond }) => perSecond), [null]);
});

test('what is shown stays true until figures leave their window or an agent has rested', () => {
  const ready = (some: Partial<Sample>, ages: (number | null)[]) => staleAfter({ kind: 'ready', phase: 'hybrid', sample: sample(some), agents: ages.map((age) => agentRow({ lastActive: age === null ? null : NOW - age })) });
  assert.equal(ready({}, [null, 31_000]), undefined, 'nothing will change');
  assert.equal(ready({ recent: { seconds: 57, latencies: { stats: latency(1), where: latency(3) } } }, []), undefined, 'what the dashboard itself asks is not shown');
  assert.equal(ready({ recent: { seconds: 57, latencies: { 'git/status': latency(1) } } }, []), 61_000);
  assert.equal(ready({ recent: { seconds: 57, latencies: { checkpoint: latency(1) } } }, [29_000, 5000]), 1000);
});

function exported(some: Partial<Exported>): Exported {
  return { time: NOW, repository: '/x', server: { version: '1.0.0', pid: 7, node: '20', git: null, started: NOW }, samples: [at(0, 100)], agents: [], retention: { kind: 'unknown' }, gitCommands: undefined, ...some };
}

test('an export as JSON holds the samples with units and windows', () => {
  const document = JSON.parse(exportJson(exported({ retention: { kind: 'measured', time: NOW, forks: 1, decayed: 0, checkpoints: 2, objects: 3, bytes: 4, millis: 5 } }))) as Record<string, unknown>;
  assert.deepEqual(document['units'], { latency: 'µs', size: 'B', time: 'ms since 1970', count: '1', rate: '1/s' });
  assert.deepEqual(document['samples'], [at(0, 100)]);
  assert.deepEqual(Object.keys(document['windows'] as object), ['latencies, deduplicated, cache', 'recent.latencies', 'gitCommands', 'everything else']);
  assert.equal((document['retention'] as { bytes: number }).bytes, 4);
  assert.equal((JSON.parse(exportJson(exported({ server: undefined, samples: [] }))) as { server: null }).server, null);
});

test('an export as CSV has a header and one number a line, with its moment, window and unit', () => {
  const lines = exportCsv(exported({ samples: [at(0, 100), at(1, 101)] })).split('\r\n');
  assert.equal(lines[0], 'time,window,window_seconds,subject,measure,unit,value');
  assert.equal(lines.at(-1), '');
  assert.ok(lines.includes('2023-11-14T22:13:20.000Z,recent,57,checkpoint,p50,µs,30'));
  assert.ok(lines.includes('2023-11-14T22:13:21.000Z,since opening,3601,checkpoint,count,1,101'));
  assert.ok(lines.includes('2023-11-14T22:13:21.000Z,now,,store,on disk,B,4096'));
  assert.equal(lines.some((line) => line.includes('size cap')), false, 'what is not there is left out');
  assert.equal(lines.slice(1, -1).every((line) => line.split(',').length === 7), true);
});

test('an export holds how the commands of git were answered, those that were asked', () => {
  const command = (name: string, hits: number) => ({ command: name, treatment: 'remembered', hits, misses: 0, delegated: 0, savedMillis: 2.5 * hits });
  const gitCommands = {
    answering: true, since: NOW - 60_000, scope: 'stores' as const, budget: 20, checkEvery: 200, checked: 3, elsewhere: 0, repositories: 1, watches: 2, faults: [], commands: [command('status', 2), command('log', 0)],
  };
  assert.deepEqual((JSON.parse(exportJson(exported({ gitCommands }))) as { gitCommands: unknown }).gitCommands, gitCommands);
  const lines = exportCsv(exported({ gitCommands })).split('\r\n').filter((line) => line.includes(',git'));
  assert.ok(lines.includes('2023-11-14T22:13:20.000Z,since the start,60,git status,answered,1,2'), lines.join('\n'));
  assert.ok(lines.includes('2023-11-14T22:13:20.000Z,since the start,60,git status,saved,ms,5'));
  assert.ok(lines.includes('2023-11-14T22:13:20.000Z,since the start,60,git,answers compared,1,3'));
  assert.equal(lines.some((line) => line.includes('git log')), false);
});

test('an agent cannot put a formula into a spreadsheet, nor break its lines', () => {
  const csv = exportCsv(exported({ agents: [agentRow({ agent: '=cmd|"/c calc"!A1' }), agentRow({ agent: 'a,b\r\n"c"' })] }));
  assert.ok(csv.includes(`now,,"'=cmd|""/c calc""!A1",live forks of agent,1,1\r\n`), csv);
  assert.ok(csv.includes('now,,"a,b\r\n""c""",live forks of agent,1,1\r\n'));
  for (const start of ['=', '+', '-', '@', '\t', '\r', '\n', ' =', '\u00a0=', '＝', '＋', '－', '＠']) assert.match(csvCell(`${start}1+1`), /^"'/, JSON.stringify(start));
  assert.deepEqual(['plain', 'a-b', 'a "b"', '', 1.5, -2].map(csvCell), ['plain', 'a-b', '"a ""b"""', '', '1.5', '-2']);
});
