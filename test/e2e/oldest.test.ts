/** The journeys in the oldest VS Code that the extension supports. Needs the tools of harness/install.sh; scripts/test.mjs says where they are. */
import { describeJourneys } from './harness/journeys.ts';

await describeJourneys('oldest');
