/** The journeys in the newest VS Code. Needs the tools of harness/install.sh; scripts/test.mjs says where they are. */
import { describeJourneys } from './harness/journeys.ts';

await describeJourneys('newest');
