import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, afterEach, before, describe } from 'node:test';
import { PROJECT } from './place.ts';
import { withSecondTry } from './second-try.ts';
import type { JourneyTest } from './second-try.ts';
import { Session } from './session.ts';
import type { Version } from './workbench.ts';

/** What a file of `test/e2e/journeys/` exports, under the name `journey`. */
export interface Journey {
  readonly title: string;
  readonly versions: readonly Version[];
  /** Declares tests, with `test`; they find `session` started. */
  define(session: Session, test: JourneyTest): void;
}

/** Declares the tests of all journeys for one version, in one workbench: its start costs more than most of them. */
export async function describeJourneys(version: Version): Promise<void> {
  const tools = process.env['PYI_E2E_TOOLS'];
  const journeys = await journeysFor(version);
  describe(`VS Code, ${version}`, { skip: tools === undefined ? 'no tools: PYI_E2E_TOOLS is not set' : false }, () => {
    const session = new Session(tools ?? '', version);
    before(() => session.start());
    after(() => session.stop());
    afterEach(() => session.closePages());
    const test = withSecondTry(session);
    for (const journey of journeys) describe(journey.title, () => journey.define(session, test));
  });
}

/** Journeys that run only when they are named: they measure, which wants a machine that does nothing else (`npm run figures`). */
const ON_DEMAND = ['figures'];

/** `PYI_E2E_ONLY` narrows a run to some journeys: names of files, separated by commas. */
async function journeysFor(version: Version): Promise<Journey[]> {
  const directory = join(PROJECT, 'test', 'e2e', 'journeys');
  const names = readdirSync(directory).map((file) => basename(file, '.ts')).sort();
  const only = process.env['PYI_E2E_ONLY']?.split(',') ?? names.filter((name) => !ON_DEMAND.includes(name));
  const unknown = only.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`PYI_E2E_ONLY names no journey with ${unknown.join(', ')}: there are ${names.join(', ')}`);
  const journeys = await Promise.all(only.map(async (name) => (await import(join(directory, `${name}.ts`)) as { journey: Journey }).journey));
  return journeys.filter(({ versions }) => versions.includes(version));
}
