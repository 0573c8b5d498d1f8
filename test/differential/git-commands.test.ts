import assert from 'node:assert/strict';
import * as path from 'node:path';
import { after, before, test } from 'node:test';
import { parseCommandLine } from '../../server/shim/command-line.ts';
import { GIT_COMMANDS as TREATED } from '../../server/shim/routes/commands.ts';
import { routeOf } from '../../server/shim/routes/table.ts';
import { FrontPlace } from '../support/front-place.ts';
import type { Command, Printed } from '../support/front-place.ts';
import { makeState, STATES } from '../support/repository-states.ts';
import { GIT_COMMANDS, asked } from './git-commands.ts';
import type { Form } from './git-commands.ts';
import { Outcomes } from './git-outcomes.ts';

/**
 * All of git's commands, through the compiled front and a real server, and through the real git: what is printed, the exit code, and, where a
 * command changes the repository, what became of it. The short run asks what may be answered in every state, and
 * each other form in one; the long run asks everything everywhere (PYI_ROUNDS above 1).
 */
const IS_LONG = Number(process.env['PYI_ROUNDS'] ?? 1) > 1;
const EXACT = 99.5;
/** How long the server has to learn what was asked twice, in seconds. */
const LEARNING = 1;
/** Asked after a change, of both: HEAD, index and files, refs. */
const STATUS = ['status', '--porcelain=v2', '-b'];
const AFTERWARDS: readonly (readonly string[])[] = [STATUS, ['for-each-ref'], ['ls-files', '-s'], ...(IS_LONG ? [['fsck', '--no-dangling']] : [])];
/** Forms of a command that the short run asks in every state. */
const EVERYWHERE = 1;

let place: FrontPlace;
const outcomes = new Outcomes();
const roots = new Map<string, string>();

before(async () => {
  place = await FrontPlace.open();
  for (const name of Object.keys(STATES)) {
    roots.set(name, makeState(name, topOf(name), place.env));
    place.run('/', [], copying(topOf(name), templateOf(name)));
  }
});
after(async () => place.close());

function topOf(state: string): string {
  return path.join(place.directory, 'states', state);
}

function templateOf(state: string): string {
  return path.join(place.directory, 'templates', state);
}

function copying(from: string, to: string): string {
  return `rm -rf '${to}'; mkdir -p '${path.dirname(to)}'; cp -a '${from}' '${to}'`;
}

function mayBeAnswered(form: Form): boolean {
  const { args, input } = asked(form);
  const line = parseCommandLine(args);
  return input === '' && line !== undefined && routeOf(line) !== undefined;
}

/** All forms of one kind, each with its number, which decides where the short run asks it. */
function formsOf(kind: 'reads' | 'changes'): { readonly command: string; readonly form: Form; readonly among: number; readonly number: number }[] {
  return Object.entries(GIT_COMMANDS).flatMap(([command, tried]) => (tried[kind] ?? []).map((form, among) => ({ command, form, among }))).map((one, number) => ({ ...one, number }));
}

const states = Object.keys(STATES);
function isHere(state: string, number: number): boolean {
  return IS_LONG || number % states.length === states.indexOf(state);
}

for (const state of states) {
  test(`what asks in a repository that is ${state}`, () => {
    const root = roots.get(state) ?? '';
    const here = formsOf('reads').filter(({ form, among, number }) => (mayBeAnswered(form) && among < EVERYWHERE) || isHere(state, number));
    const learning = here.filter(({ form }) => mayBeAnswered(form)).map(({ form }) => ({ program: 'front' as const, ...asked(form) }));
    place.run(root, [...learning, ...learning]);
    const git = here.map(({ form }) => ({ program: 'git' as const, ...asked(form) }));
    const pairsOf = (commands: typeof git): Printed[] => place.run(root, commands.flatMap((command) => [{ ...command, program: 'front' as const }, command]), `sleep ${LEARNING}`);
    const printed = pairsOf(git);
    // Once more what might be answered: on a busy machine the server had no time for it.
    const late = here.flatMap(({ form }, at) => (mayBeAnswered(form) && printed[2 * at]?.isAnswered === false ? [at] : []));
    const later = pairsOf(late.map((at) => git[at] as (typeof git)[number]));
    late.forEach((at, i) => printed.splice(2 * at, 2, ...later.slice(2 * i, 2 * i + 2)));
    here.forEach(({ command }, at) => {
      const [byFront, byGit] = printed.slice(2 * at) as [Printed, Printed];
      const again = (): Printed | undefined => place.run(root, git.slice(at, at + 1))[0];
      outcomes.add({ command, state, args: git[at]?.args ?? [], isAnswered: byFront.isAnswered, differences: differences(byFront, byGit), isSteady: () => differences(byGit, again()).length === 0 });
    });
  });

  test(`what changes a repository that is ${state}`, () => {
    const root = roots.get(state) ?? '';
    for (const { command, form, number } of formsOf('changes')) {
      if (!isHere(state, number)) continue;
      const run = (program: 'front' | 'git'): Printed[] => {
        // The front's server knows the repository before the change. What is asked afterwards is asked as it is asked of git.
        const ask = (args: readonly string[]): Command => ({ program, args });
        return place.run(root, [ask(STATUS), ask(STATUS), { program, ...asked(form) }, ...AFTERWARDS.map(ask)], copying(templateOf(state), topOf(state))).slice(2);
      };
      const byFront = run('front');
      const byGit = run('git');
      const compared = [asked(form).args, ...AFTERWARDS];
      const all = (one: readonly Printed[], other: readonly Printed[]): string[] => one.flatMap((printed, at) => (
        differences(printed, other[at]).map((text) => (at === 0 ? text : `${compared[at]?.join(' ') ?? ''} afterwards: ${text}`))));
      outcomes.add({ command, state, args: asked(form).args, isAnswered: byFront[0]?.isAnswered === true, differences: all(byFront, byGit), isSteady: () => all(run('git'), byGit).length === 0 });
    }
    place.run('/', [], copying(templateOf(state), topOf(state)));
  });
}

function differences(one: Printed, other: Printed | undefined): string[] {
  const found: string[] = [];
  if (one.code !== other?.code) found.push(`exit code ${one.code}, git ${other?.code}`);
  for (const stream of ['stdout', 'stderr'] as const) {
    const [mine, gits] = [one[stream].split('\n'), other?.[stream].split('\n') ?? []];
    const line = mine.findIndex((text, at) => text !== gits[at]);
    if (one[stream] !== other?.[stream]) found.push(`${stream}, line ${line + 1}: ${JSON.stringify(mine[line] ?? null)}, git ${JSON.stringify(gits[line] ?? null)}`);
  }
  return found;
}

test('the commands that are tried are those that the shim says how it treats', () => {
  assert.deepEqual(Object.keys(GIT_COMMANDS).sort(), [...TREATED.keys()].sort());
});

test('what was printed and what was made is git\'s', (t) => {
  for (const line of outcomes.lines()) t.diagnostic(line);
  assert.deepEqual(Object.keys(GIT_COMMANDS).filter((command) => outcomes.casesOf(command) === 0), [], 'every command was tried');
  const { exact, exactOfAnswered } = outcomes.shares;
  assert.ok(exact >= EXACT, `${exact} % of all are git's`);
  assert.ok(exactOfAnswered >= EXACT, `${exactOfAnswered} % of the answered are git's`);
});
