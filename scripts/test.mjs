/**
 * Runs everything that CI runs, or a part of it.
 *
 *   node scripts/test.mjs                         all stages, with the limits of scripts/coverage.mjs held
 *   node scripts/test.mjs unit test/unit/tree     the unit tests below a folder (or in a file)
 *   node scripts/test.mjs unit --coverage         a part, with its coverage
 *
 * The last line is "N passed, N failed": each test of node:test counts one, each other stage counts one.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareTools } from '../test/e2e/harness/tools.mjs';
import { fetchCcpmScripts } from './ccpm-scripts.mjs';
import { checkCoverage } from './coverage.mjs';
import { installTestPackages } from './test-packages.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const MINUTE = 60_000;

/**
 * `command` stages pass or fail as one; `tests` stages run the `*.test.ts` files below a folder. A stage over its `limit` is
 * ended; a test file over `fileLimit` fails by name, also when its tests are done but something keeps it from ending.
 * `atOnce`: so many files run side by side, where they mostly wait for git; by default Node leaves one processor free.
 * Coverage is not taken of the crash tests: a killed process writes none. `prepare` runs outside of the isolation, with the
 * user's own environment, and may give variables for the stage.
 */
const STAGES = [
  { name: 'typecheck', command: ['node_modules/typescript/bin/tsc', '--noEmit'], limit: 5 * MINUTE },
  { name: 'lint', command: ['node_modules/eslint/bin/eslint.js', '.', '--max-warnings', '0'], limit: 5 * MINUTE },
  { name: 'docs', command: ['--import', 'tsx', 'scripts/generate-docs.ts', '--check'], limit: 2 * MINUTE },
  { name: 'l10n', command: ['--import', 'tsx', 'scripts/l10n.ts', '--check'], limit: 2 * MINUTE },
  { name: 'unit', tests: 'test/unit', limit: 15 * MINUTE, fileLimit: 3 * MINUTE, covers: true, atOnce: 2 },
  { name: 'model', tests: 'test/model', limit: 15 * MINUTE, fileLimit: 10 * MINUTE, covers: true },
  { name: 'differential', tests: 'test/differential', limit: 15 * MINUTE, fileLimit: 10 * MINUTE, covers: true, atOnce: 2, prepare: prepareDifferential },
  { name: 'e2e', tests: 'test/e2e', limit: 35 * MINUTE, fileLimit: 25 * MINUTE, covers: true, prepare: prepareWorkbench },
  { name: 'crash', tests: 'test/crash', limit: 20 * MINUTE, fileLimit: 15 * MINUTE },
  { name: 'bench', command: ['--import', 'tsx', 'bench/main.ts', '--short', '--check'], limit: 20 * MINUTE },
];

/** What comes from elsewhere; without it the tests say what they skip. */
function prepareDifferential() {
  installTestPackages();
  const scripts = fetchCcpmScripts();
  return scripts === undefined ? {} : { PYI_CCPM_SCRIPTS: scripts };
}

/** The tests in a real VS Code need tools that are installed apart; without them the stage says so and counts nothing. */
function prepareWorkbench() {
  const { directory, reason } = prepareTools();
  if (directory !== undefined) return { PYI_E2E_TOOLS: directory };
  console.log(`The tests in VS Code are SKIPPED: ${reason}`);
  return {};
}

/** What a person may set: seeds, how much the random tests do, which journeys in VS Code. Everything else of ours in the environment would leak into the tests. */
const SETTINGS = ['PYI_SEED', 'PYI_KILLS', 'PYI_ROUNDS', 'PYI_MINUTES', 'PYI_FUZZ', 'PYI_TEST_SEED', 'PYI_TEST_STEPS', 'PYI_E2E_ONLY'];
/** The long versions (`npm run test:crash` and so on): overridden by the variables themselves. */
const LONG = { PYI_KILLS: '5000', PYI_ROUNDS: '100', PYI_MINUTES: '10', PYI_FUZZ: '1000000', PYI_TEST_STEPS: '100000' };
const LONG_LIMIT = 20;

function parseArguments(args) {
  const unknown = args.filter((arg) => arg.startsWith('-') && arg !== '--coverage' && arg !== '--long');
  if (unknown.length > 0) throw new Error(`Unknown option ${unknown.join(' ')}: there are --coverage and --long`);
  const words = args.filter((arg) => !arg.startsWith('-'));
  const stages = STAGES.filter(({ name }) => words.includes(name));
  const paths = words.filter((word) => !STAGES.some(({ name }) => name === word));
  const wrong = paths.find((path) => !existsSync(resolve(root, path)));
  if (wrong !== undefined) throw new Error(`${wrong} is neither a file nor a stage (${STAGES.map(({ name }) => name).join(', ')})`);
  return { stages: stages.length > 0 ? stages : STAGES, paths: paths.map((path) => resolve(root, path)), coverage: words.length === 0 || args.includes('--coverage'), long: args.includes('--long') };
}

/**
 * A place of its own for everything that the tests write: nothing of the user's configuration, running server or
 * Git environment (set when a hook runs us) reaches them.
 */
function isolate(long) {
  // Short, because a Unix socket's path has 107 bytes and test folders lie below it.
  const directory = mkdtempSync(join(tmpdir(), 'pyi-'));
  const place = (name) => {
    mkdirSync(join(directory, name), { mode: 0o700 });
    return join(directory, name);
  };
  const inherited = Object.fromEntries(Object.entries(process.env)
    .filter(([name]) => SETTINGS.includes(name) || (!name.startsWith('GIT_') && !name.startsWith('PYI_') && !name.startsWith('XDG_'))));
  const home = place('home');
  const runtime = place('run');
  const env = {
    ...(long ? LONG : {}), ...inherited,
    HOME: home, USERPROFILE: home, TMPDIR: place('tmp'), XDG_RUNTIME_DIR: runtime, PYI_RUNTIME_DIR: runtime,
    GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0',
  };
  return { directory, env, remove: () => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }) };
}

let child;

/** Runs Node on `args` with its output streamed. Resolves to its success; a run over `limit` is ended with what it started. */
function runNode(args, env, limit) {
  return new Promise((done) => {
    // A group of its own, so that a test which hangs can be ended together with its children.
    child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'], detached: process.platform !== 'win32' });
    const timer = setTimeout(() => {
      console.error(`Not done after ${limit / MINUTE} minutes: ended.`);
      endChild('SIGKILL');
    }, limit);
    child.once('error', (error) => console.error(error.message));
    child.once('close', (code) => {
      clearTimeout(timer);
      child = undefined;
      done(code === 0);
    });
  });
}

function endChild(signal) {
  if (child?.pid === undefined) return;
  if (process.platform === 'win32') child.kill(signal);
  else process.kill(-child.pid, signal);
}

function testFiles(folder, paths) {
  const directory = join(root, folder);
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(directory, name))
    .filter((file) => paths.length === 0 || paths.some((path) => file === path || file.startsWith(`${path}/`)))
    .sort();
}

/** Node has the options since 20.10 and 20.11; before, only the stage's limit holds, and Node decides how many files run at once. */
function testOptions({ fileLimit, atOnce }) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return [
    ...(atOnce !== undefined && (major > 20 || minor >= 10) ? [`--test-concurrency=${atOnce}`] : []),
    ...(major > 20 || minor >= 11 ? [`--test-timeout=${fileLimit}`] : []),
  ];
}

/** Runs one stage and returns its counts, or undefined when it has nothing to run. */
async function runStage({ name, command, tests, limit, fileLimit, atOnce, prepare }, paths, { directory, env: isolated }) {
  if (command !== undefined) {
    const passed = await runNode(command, isolated, limit);
    return passed ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
  }
  const files = testFiles(tests, paths);
  if (files.length === 0) return undefined;
  const env = { ...isolated, ...prepare?.() };
  const countsFile = join(directory, `${name}.json`);
  const passed = await runNode(['--import', 'tsx', '--test', ...testOptions({ fileLimit, atOnce }),
    '--test-reporter', 'spec', '--test-reporter-destination', 'stdout',
    '--test-reporter', './scripts/test-counter.mjs', '--test-reporter-destination', countsFile,
    ...files.map((file) => relative(root, file))], env, limit);
  const text = existsSync(countsFile) ? readFileSync(countsFile, 'utf8') : '';
  const counts = text === '' ? { passed: 0, failed: 0, skipped: 0 } : JSON.parse(text);
  // A run that was ended, or died, before it could count its failure must not look like success.
  if (!passed && counts.failed === 0) counts.failed = 1;
  return counts;
}

async function main() {
  const { stages, paths, coverage, long } = parseArguments(process.argv.slice(2));
  if (long) for (const stage of stages) for (const key of ['limit', 'fileLimit']) if (key in stage) stage[key] *= LONG_LIMIT;
  const place = isolate(long);
  const total = { passed: 0, failed: 0, skipped: 0 };
  const failed = [];
  const failures = [];
  const secondTries = [];
  const count = (name, counts) => {
    for (const key of Object.keys(total)) total[key] += counts[key];
    if (counts.failed > 0) failed.push(name);
    failures.push(...(counts.failures ?? []));
    secondTries.push(...(counts.secondTries ?? []));
  };
  process.once('exit', place.remove);
  for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]]) {
    process.once(signal, () => {
      endChild(signal);
      process.exit(code);
    });
  }
  const rawCoverage = join(place.directory, 'coverage');
  for (const stage of stages) {
    // A path narrows the run to the tests that it names.
    if (paths.length > 0 && stage.tests === undefined) continue;
    const started = performance.now();
    console.log(`\n── ${stage.name} ──`);
    const measured = coverage && stage.covers === true;
    const counts = await runStage(stage, paths, { ...place, env: measured ? { ...place.env, NODE_V8_COVERAGE: rawCoverage } : place.env });
    if (counts === undefined) console.log('nothing to run');
    else count(stage.name, counts);
    console.log(`── ${stage.name}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
  if (coverage) {
    console.log('\n── coverage ──');
    const kept = checkCoverage(root, rawCoverage, join(root, 'coverage'));
    count('coverage', kept ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 });
  }
  console.log('');
  if (total.skipped > 0) console.log(`${total.skipped} skipped`);
  // Again, at the end: who sees the last screen of a long run only has to learn what failed, and how.
  for (const secondTry of secondTries) console.log(`⚠ ${secondTry}\n`);
  for (const failure of failures) console.log(`✖ ${failure}\n`);
  if (failed.length > 0) console.log(`Failed: ${failed.join(', ')}`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
