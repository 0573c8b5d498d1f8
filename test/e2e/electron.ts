import { runTests } from '@vscode/test-electron';
import { bundleSuite } from './harness/bundle.ts';
import { PROJECT, Place } from './harness/place.ts';

/** Runs the suite in a VS Code that `@vscode/test-electron` downloads: `node --import tsx test/e2e/electron.ts`. */
const place = new Place();
try {
  await runTests({
    extensionDevelopmentPath: PROJECT,
    extensionTestsPath: await bundleSuite(),
    extensionTestsEnv: place.env,
    launchArgs: [place.repository('work'), '--disable-extensions', '--disable-workspace-trust', '--user-data-dir', place.make('user')],
  });
} finally {
  place.remove();
}
