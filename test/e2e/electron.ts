/**
 * Runs the suites of the extension host in a VS Code that `@vscode/test-electron` downloads: `npm run test:electron [-- VERSION]`.
 * It wants a display; on a server, `xvfb-run` is one.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SilentReporter, downloadAndUnzipVSCode, runTests } from '@vscode/test-electron';
import { PROJECT, Place } from './harness/place.ts';
import { bundleSuite, readOutcomes, suiteNames, suiteWindow } from './harness/suites.ts';

const DOWNLOAD_MILLIS = 60_000;

/** The path of the program, or undefined when it can not be had: the reason is printed. */
async function download(version: string): Promise<string | undefined> {
  try {
    console.log(`Downloading VS Code ${version} unless it is in .cache/vscode-test…`);
    return await downloadAndUnzipVSCode({ version, cachePath: join(PROJECT, '.cache', 'vscode-test'), reporter: new SilentReporter(), timeout: DOWNLOAD_MILLIS });
  } catch (error) {
    console.error(`VS Code could not be downloaded: ${error instanceof Error ? error.message : String(error)}`);
    console.error('The computer must reach update.code.visualstudio.com. Where it can not, "npm test" runs the same suites in code-server.');
    return undefined;
  }
}

/** Runs one suite and prints what became of its tests. */
async function runs(name: string, vscodeExecutablePath: string): Promise<boolean> {
  const place = new Place();
  try {
    const { open, settings = {} } = suiteWindow(name, place);
    mkdirSync(join(place.make('user'), 'User'));
    writeFileSync(join(place.make('user'), 'User', 'settings.json'), JSON.stringify(settings));
    const failure = await runTests({
      vscodeExecutablePath, extensionDevelopmentPath: PROJECT, extensionTestsPath: await bundleSuite(name), extensionTestsEnv: place.env,
      launchArgs: [...open === undefined ? [] : [open], '--disable-extensions', '--disable-workspace-trust', '--user-data-dir', place.make('user')],
    }).then(() => undefined, String);
    for (const { title, error } of readOutcomes(place) ?? []) console.log(`${error === null ? '✔' : '✖'} ${name}: ${title}${error === null ? '' : `\n${error}`}`);
    if (failure !== undefined) console.error(`✖ ${name}: ${failure}`);
    return failure === undefined;
  } finally {
    place.remove();
  }
}

const program = await download(process.argv[2] ?? 'stable');
if (program === undefined) {
  process.exitCode = 1;
} else {
  for (const name of suiteNames()) if (!await runs(name, program)) process.exitCode = 1;
}
