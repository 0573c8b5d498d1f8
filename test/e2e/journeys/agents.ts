import assert from 'node:assert/strict';
import type { Client } from '../../../connect/client.ts';
import type { Result } from '../../../protocol/registry.ts';
import { connectAgent } from '../harness/agent.ts';
import { runCommand } from '../harness/commands.ts';
import type { Journey } from '../harness/journeys.ts';
import { findWebview } from '../harness/webviews.ts';

const AGENTS = 10;
const STEPS = 5;

export const journey: Journey = {
  title: 'ten agents at work',
  versions: ['newest'],
  define(session, test) {
    test('a person watches them: steps show as they come, counts are right, and who is at work is listed', async () => {
      const { place } = session;
      const root = place.repository('ten-agents');
      place.pyi(root, 'setup');
      const page = await session.open({ open: root });
      await runCommand(page, 'PYI: Show Timeline');
      const timeline = await findWebview(page, { name: 'timeline', place: 'sidebar' });
      await runCommand(page, 'PYI: Show Dashboard');
      const dashboard = await findWebview(page, { name: 'dashboard', place: 'editor' });
      const agents = await Promise.all(Array.from({ length: AGENTS }, async (_, index) => connectAgent(place, `agent-${index}`)));
      try {
        const forks = await Promise.all(agents.map(async (agent, index) => (
          (await agent.call('fork', { repository: root, name: `attempt-${index}`, agent: `agent-${index}`, task: 'parser', dir: false })).fork)));
        for (let step = 0; step < STEPS; step++) {
          await Promise.all(agents.map(async (agent, index) => work(agent, root, forks[index] ?? '', `Step ${step} of agent ${index}`)));
          await timeline.content.locator('.row .title').filter({ hasText: new RegExp(`^Step ${step} of agent`) }).first().waitFor();
          // The count of its window grows while they work, and is that of all of them.
          await dashboard.content.locator('#operations tbody tr:has(> th:text-is("checkpoint")) td').first().filter({ hasText: new RegExp(`^${(step + 1) * AGENTS}$`) }).waitFor();
        }
        const all = place.pyi<Result<'timeline'>>(root, 'timeline', '-n', '1000');
        assert.equal(all.filter(({ message }) => /^Step \d of agent \d$/.test(message)).length, AGENTS * STEPS);
        await page.locator('.statusbar-item').filter({ hasText: `PYI: ${AGENTS + 1} forks, ${all.length} checkpoints` }).waitFor();

        for (let index = 0; index < AGENTS; index++) await dashboard.content.locator('#agents tbody tr').filter({ hasText: `agent-${index}` }).filter({ hasText: 'at work' }).waitFor();
      } finally {
        for (const agent of agents) agent.close();
      }
    });
  },
};

async function work(agent: Client, repository: string, fork: string, text: string): Promise<void> {
  await agent.call('write', { repository, fork, path: 'first.txt', content: { text: `${text}\n` } });
  await agent.call('checkpoint', { repository, fork, message: text });
}
