import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leaks, printGauges } from '../../bench/soak/gauges.ts';
import { soak } from '../../bench/soak/soak.ts';

const MINUTES = Number(process.env['PYI_MINUTES'] ?? 2);

test(`${MINUTES} minutes of agents that come, work, die, collapse and are swept: nothing is left of them`, async () => {
  const { rounds, agents, checkpoints, collapses, killed } = await soak(MINUTES);
  printGauges(rounds);
  console.log(`${rounds.length} rounds, ${agents} agents, ${killed} killed, ${checkpoints} checkpoints and ${collapses} collapses read back`);
  assert.deepEqual(leaks(rounds), []);
});
