import assert from 'node:assert/strict';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Result } from '../../../protocol/registry.ts';
import { runCommand } from '../harness/commands.ts';
import type { Journey } from '../harness/journeys.ts';
import type { Place } from '../harness/place.ts';
import { PICTURES, useTheme } from '../harness/themes.ts';
import { findWebview } from '../harness/webviews.ts';

/** README carries its pictures in the package. */
const MAX_BYTES = 150_000;

const SHOTS = [
  { name: 'superposition', title: 'PYI: Open Superposition in Editor', ready: '[role="treegrid"] .row:not(.head)' },
  { name: 'timeline', title: 'PYI: Open Timeline in Editor', ready: '[role="treegrid"] .row:not(.head)' },
  { name: 'dashboard', title: 'PYI: Show Dashboard', ready: '#operations tbody tr' },
] as const;

/** What an agent did, step by step, and how its validator judged. */
const ATTEMPTS = [
  { name: 'lookup-table', agent: 'ada', steps: ['Tokens by a table', 'Comments', 'Faster: no copies'], score: '0.94' },
  { name: 'recursive', agent: 'bob', steps: ['Recursive descent', 'Errors say where'], score: '0.81' },
  { name: 'regular-expressions', agent: 'eve', steps: ['One expression for each token'], score: undefined },
] as const;

/** The pictures of README.md: `npm run screenshots` takes them over into docs/images. */
export const journey: Journey = {
  title: 'screenshots',
  versions: ['newest'],
  define(session, test) {
    test('for people who read about it', async () => {
      const { place } = session;
      const root = place.repository('calculator');
      raceParsers(place, root);
      const page = await session.open({ open: root });
      await page.setViewportSize({ width: 1200, height: 700 });
      const directory = join(PICTURES, 'readme');
      mkdirSync(directory, { recursive: true });
      for (const { name, title, ready } of SHOTS) {
        await runCommand(page, title);
        const { content } = await findWebview(page, { name, place: 'editor' });
        await content.locator(ready).first().waitFor();
        await useTheme(page, content, 'dark');
        await page.mouse.move(600, 690);
        const path = join(directory, `${name}.png`);
        await page.screenshot({ path });
        assert.ok(statSync(path).size < MAX_BYTES, `${path} has ${statSync(path).size} bytes, ${MAX_BYTES} are the most`);
        await runCommand(page, 'View: Close All Editors');
      }
    });
  },
};

function raceParsers(place: Place, root: string): void {
  place.pyi(root, 'setup');
  for (const { name, agent, steps, score } of ATTEMPTS) {
    const { dir } = place.pyi<Result<'fork'>>(root, 'fork', name, '--task', 'parser', '--agent', agent);
    const directory = dir ?? '';
    steps.forEach((step, index) => {
      const file = join(directory, 'src', index === 0 ? 'parser.ts' : `parser-${index}.ts`);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `// ${step}\nexport const parse = (text: string): string[] => text.split(' ');\n`.repeat(index + 2));
      place.pyi(directory, 'checkpoint', '-m', step);
    });
    if (score === undefined) place.pyi(root, 'observe', name, '--', 'false');
    else place.pyi(root, 'observe', name, '--score', score, '--', 'true');
  }
}
