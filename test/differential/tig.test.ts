import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { FrontPlace } from '../support/front-place.ts';

const TIG = '/usr/bin/tig';
const SKIP = fs.existsSync(TIG) ? false : `${TIG} is missing ("apt-get install tig")`;
/** tig runs some ten commands of git; it has waited for a key when it takes so long. */
const LIMIT_MILLIS = 60_000;
/** How long the server has to learn what was asked twice, and how often it is asked at most. */
const LEARNING_MILLIS = 500;
const TIMES = 20;

/** Steps of tig's own script language: keys by the name of what they do, and pictures of the screen in between. */
const LOOK = [':3', 'main', ':enter', 'diff', ':view-status', 'status'];
/** The fifth line of the status is the file that has changed. */
const STAGE = [':view-status', ':5', 'before', ':status-update', 'staged'];

test('tig shows with PYI as Git what it shows with Git, and stages a file', { skip: SKIP }, async () => {
  const place = await FrontPlace.open();
  try {
    const root = makeRepository(place);
    const expected = tig(place, root, 'git', LOOK);
    assert.match(expected['main'] ?? '', /o Untracked changes\n.*o Unstaged changes\n.*o \[main\] Second\n.*I First\n/);
    assert.match(expected['diff'] ?? '', /\n {4}Second\n[^]*\n\+two\n/);
    assert.match(expected['status'] ?? '', /Changes to be committed:\n {2}\(no files\)\nChanges not staged for commit:\nM a\.txt\nUntracked files:\n\? new\.txt\n/);

    // Until the server knows what tig asks: it answers what it was asked before.
    let isAnswered = false;
    for (let time = 0; time < TIMES && !isAnswered; time++) {
      const before = await place.hits();
      assert.deepEqual(tig(place, root, 'front', LOOK), expected);
      isAnswered = await place.hits() > before;
      await delay(LEARNING_MILLIS);
    }
    assert.ok(isAnswered, 'the server has answered nothing that tig asked');

    const states = (['front', 'git'] as const).map((program) => {
      const screens = tig(place, root, program, STAGE);
      const [status] = place.run(root, [{ program: 'git', args: ['status', '--porcelain'] }]);
      place.run(root, [{ program: 'git', args: ['reset', '-q'] }]);
      return { screens, status: status?.stdout };
    });
    assert.match(states[0]?.screens['staged'] ?? '', /Changes to be committed:\nM a\.txt\nChanges not staged for commit:\n {2}\(no files\)\n/);
    assert.equal(states[0]?.status, 'M  a.txt\n?? new.txt\n');
    assert.deepEqual(states[0], states[1]);
  } finally {
    await place.close();
  }
});

/** Two commits, a file that has changed since and one that is not tracked. */
function makeRepository(place: FrontPlace): string {
  const root = path.join(place.directory, 'work');
  const script = `git init -q -b main '${root}'; cd '${root}'; echo one > a.txt; git add .; git commit -q -m First; echo two >> a.txt; git commit -q -a -m Second; echo three >> a.txt; echo new > new.txt`;
  place.run('/', [], script);
  return root;
}

/** Runs tig on a terminal, with git or with the front under its name, and returns its pictures. It reads no keys, but a script. */
function tig(place: FrontPlace, root: string, program: 'front' | 'git', steps: readonly string[]): Record<string, string> {
  const screens = fs.mkdtempSync(path.join(place.directory, 'screens-'));
  const at = (name: string): string => path.join(screens, name);
  fs.writeFileSync(at('script'), [...steps.map((step) => (step.startsWith(':') ? step : `:save-display ${at(step)}`)), ':quit', ''].join('\n'));
  // What is not committed would have the time of day.
  fs.writeFileSync(at('tigrc'), 'set main-view-date = no\n');
  const directories = program === 'front' ? [path.dirname(FrontPlace.front), place.env['PATH']] : [place.env['PATH']];
  const env = { ...place.env, PATH: directories.join(path.delimiter), TERM: 'xterm', TIGRC_USER: at('tigrc'), TIG_SCRIPT: at('script') };
  const { status, stdout, error } = spawnSync('script', ['-qec', `stty rows 60 cols 100; exec ${TIG}`, '/dev/null'], { cwd: root, env, input: '', encoding: 'utf8', timeout: LIMIT_MILLIS });
  assert.equal(status, 0, `tig: ${error?.message ?? stdout}`);
  return Object.fromEntries(steps.filter((step) => !step.startsWith(':')).map((step) => [step, fs.readFileSync(at(step), 'utf8')]));
}
