import { runTests } from '@vscode/test-electron';
import { bundleSuite, suiteNames } from './harness/bundle.ts';
import { PROJECT, Place } from './harness/place.ts';

/** Runs the suites in a VS Code that `@vscode/test-electron` downloads: `node --import tsx test/e2e/electron.ts`. */
const place = new Place();
try {
  for (const name of suiteNames()) {
    await runTests({
      extensionDevelopmentPath: PROJECT,
      extensionTestsPath: await bundleSuite(name),
      extensionTestsEnv: place.env,
      launchArgs: [place.repository(`suite-${name}`), '--disable-extensions', '--disable-workspace-trust', '--user-data-dir', place.make('user')],
    });
  }
} finally {
  place.remove();
}
