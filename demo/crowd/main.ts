import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import * as path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import packageJson from '../../package.json';
import type { Client } from '../../connect/client.ts';
import { connectToServer } from '../../connect/connect.ts';
import { PROJECT, Place } from '../../test/e2e/harness/place.ts';
import { race } from './race.ts';
import type { Verdict } from './race.ts';
import { TASKS, contestants, targetOf, writePackages } from './tasks.ts';
import { SuperpositionWindow } from './window.ts';

const USAGE = `npm run demo:agents [-- OPTIONS]

  --agents N      how many agents race (default 48)
  --picture FILE  take a picture of the superposition while they work
  --no-browser    show it in the terminal only
  --keep          leave the workbench open until Ctrl+C

A crowd of agents competes for four tasks. The superposition is seen live in VS Code in a browser, where that can be had.`;

const MOST_AGENTS = 200;
/** Into the race, when most agents have forked and few are done. */
const PICTURE_MILLIS = 8_000;
/** Lines of the terminal's picture. */
const PICTURE_LINES = 40;

interface Options {
  readonly agents: number;
  readonly picture: string | undefined;
  readonly browser: boolean;
  readonly keep: boolean;
}

function parse(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args], options: { agents: { type: 'string', default: '48' }, picture: { type: 'string' }, 'no-browser': { type: 'boolean', default: false }, keep: { type: 'boolean', default: false } },
  });
  const agents = Number(values.agents);
  if (!Number.isInteger(agents) || agents < TASKS.length || agents > MOST_AGENTS) return undefined;
  return { agents, picture: values.picture === undefined ? undefined : path.resolve(values.picture), browser: !values['no-browser'], keep: values.keep };
}

async function main({ agents, picture, browser, keep }: Options): Promise<void> {
  const place = new Place();
  let window: SuperpositionWindow | undefined;
  let client: Client | undefined;
  try {
    const root = place.repository('crowd');
    writePackages(root);
    place.git(root, 'add', '-A');
    place.git(root, 'commit', '-q', '-m', 'Four packages with a slow function');
    place.pyi(root, 'setup');
    const connect = (name: string): Promise<Client> => connectToServer({ name, version: packageJson.version, start: undefined, env: place.env, platform: process.platform, uid: process.getuid?.() });
    client = await connect('demo');
    if (browser) window = await openWindow(place, root);
    if (picture !== undefined && window === undefined) console.log('There will be no picture in a file: it needs the browser workbench.');

    console.log(`\n${agents} agents race for ${TASKS.length} tasks:`);
    const started = performance.now();
    const shown = pause(PICTURE_MILLIS).then(() => show(root, place, window, picture));
    const verdicts = await race({ repository: root, contestants: contestants(agents), connect, onVerdict: ({ contestant, ok, score }) => {
      console.log(`  ${contestant.name.padEnd(18)} ${contestant.candidate.idea.padEnd(52)} ${ok ? `${score.toFixed(1).padStart(8)} runs/s` : '  rejected'}`);
    } });
    await shown;
    const millis = performance.now() - started;
    await collapse(client, root, place, verdicts);
    await summarize(client, root, place, verdicts, millis);
    if (keep && window !== undefined) {
      console.log(`\nOpen ${window.url} and run "PYI: Open Superposition in Editor". Ctrl+C ends it.`);
      await new Promise((resolve) => process.once('SIGINT', resolve));
    }
  } finally {
    client?.close();
    await window?.close();
    place.remove();
  }
}

async function openWindow(place: Place, root: string): Promise<SuperpositionWindow | undefined> {
  const opened = await SuperpositionWindow.open(place, root).catch((error: unknown) => `it does not come up (${error instanceof Error ? error.message : String(error)})`);
  if (typeof opened === 'string') {
    console.log(`No browser workbench: ${opened}. The terminal shows the superposition instead.`);
    return undefined;
  }
  console.log(`Live: ${opened.url}   (run "PYI: Open Superposition in Editor" there)`);
  return opened;
}

/** The superposition while agents work: in a file when asked for, else in the terminal. */
async function show(root: string, place: Place, window: SuperpositionWindow | undefined, picture: string | undefined): Promise<void> {
  if (window !== undefined && picture !== undefined) {
    mkdirSync(path.dirname(picture), { recursive: true });
    await window.picture(picture);
    console.log(`  The superposition, while they work: ${picture}`);
    return;
  }
  const text = execFileSync(process.execPath, [path.join(PROJECT, 'dist', 'cli.cjs'), 'superposition'], { cwd: root, env: place.env, encoding: 'utf8' });
  const lines = text.trimEnd().split('\n');
  console.log(`\nThe superposition, while they work:\n${lines.slice(0, PICTURE_LINES).join('\n')}${lines.length > PICTURE_LINES ? `\n  … ${lines.length - PICTURE_LINES} more lines` : ''}\n`);
}

async function collapse(client: Client, root: string, place: Place, verdicts: readonly Verdict[]): Promise<void> {
  console.log('\nEach task collapses to its best:');
  for (const task of TASKS) {
    const best = verdicts.filter(({ contestant, ok }) => contestant.task === task && ok).sort((a, b) => b.score - a.score)[0];
    if (best === undefined) throw new Error(`nobody solved ${task}`);
    const { outcome, commit, discarded } = await client.call('submit', { repository: root, fork: best.fork, message: `${task}: ${best.contestant.candidate.idea}` });
    if (outcome !== 'collapsed' || commit === null) throw new Error(`${task} did not collapse: ${outcome}`);
    const wanted = best.contestant.candidate.steps.at(-1);
    if (place.git(root, 'show', `${commit}:${targetOf(task)}`) !== wanted) throw new Error(`the commit for ${task} has other content than the winner wrote`);
    console.log(`  ${task.padEnd(10)} ${best.contestant.name.padEnd(18)} ${best.score.toFixed(1).padStart(8)} runs/s, commit ${commit.slice(0, 10)}, ${discarded.length} others discarded`);
  }
}

async function summarize(client: Client, root: string, place: Place, verdicts: readonly Verdict[], millis: number): Promise<void> {
  const { checkpoints, latencies } = await client.call('stats', { repository: root });
  const { total, intact } = await client.call('audit', { repository: root, limit: 1, verify: true });
  if (intact !== true) throw new Error('the audit log is not whole');
  place.git(root, 'fsck', '--strict', '--no-dangling');
  const commits = place.git(root, 'log', '--oneline', `-${TASKS.length}`).trimEnd().replace(/^/gm, '  | ');
  console.log(`\n${commits}\n\n${verdicts.length} agents in ${(millis / 1000).toFixed(1)} s, ${verdicts.filter(({ ok }) => !ok).length} rejected; ${checkpoints} checkpoints, `
    + `half of them within ${(latencies['checkpoint']?.p50 ?? 0).toFixed(0)} µs in the engine; ${total} entries in the audit log, its chain whole; git fsck finds nothing wrong.`);
}

const options = parse(process.argv.slice(2));
if (options === undefined) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  main(options).catch((error: unknown) => {
    console.error(`\nThe demo failed: ${error instanceof Error ? error.stack ?? error.message : String(error)}`);
    process.exitCode = 1;
  });
}
