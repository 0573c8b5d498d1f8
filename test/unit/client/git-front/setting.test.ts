import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import type { TestContext } from 'node:test';
import { CompiledFront } from '../../../support/compiled-front.ts';
import { userSettings } from '../fake-vscode.ts';

const { GitFront } = await import('../../../../client/git-front/git-front.ts');

const compiled = process.platform === 'linux' ? new CompiledFront() : undefined;
const own = compiled === undefined ? '' : join(compiled.script('own', 'echo git version 2'), 'git');
const skip = compiled === undefined && 'the shim answers on Linux';

after(() => compiled?.close());

/** A profile of VS Code that remembers, and what a version of the extension makes of it. */
class Profile {
  readonly directory = mkdtempSync(join(tmpdir(), 'pyi-profile-'));
  readonly place = join(this.directory, 'storage', 'git');
  readonly said: string[] = [];

  constructor(context: TestContext) {
    userSettings.clear();
    mkdirSync(join(this.directory, 'empty'));
    context.after(() => rmSync(this.directory, { recursive: true }));
  }

  open({ dist = compiled?.dist ?? '', place = this.place } = {}): InstanceType<typeof GitFront> {
    const note = (message: string): void => void this.said.push(message);
    return new GitFront({ dist, place, platform: process.platform, path: '', output: { info: note, warn: note } });
  }

  /** A version without a native front. */
  get empty(): string {
    return join(this.directory, 'empty');
  }
}

for (const before of [undefined, null, own, ['/nowhere/git', '/bin/true', own]]) {
  test(`the setting goes to PYI and back: ${Array.isArray(before) ? 'several' : before === own ? 'one' : String(before)}`, { skip }, async (context) => {
    const profile = new Profile(context);
    if (before !== undefined) userSettings.set('git.path', before);
    const front = profile.open();
    assert.equal(front.used, undefined);
    assert.equal(await front.use(front.plan()), true);
    const value = userSettings.get('git.path') as string[];
    assert.deepEqual([value[0], value.at(-1)], [profile.place, 'git']);
    if (JSON.stringify(before ?? '').includes(own)) assert.equal(readlinkSync(join(profile.directory, 'storage', 'true-git')), own);

    const later = profile.open();
    assert.ok(later.used !== undefined, 'after a restart it is known still');
    await later.stop(later.used);
    assert.deepEqual([userSettings.has('git.path'), userSettings.get('git.path')], [before !== undefined, before]);
    assert.equal(profile.open().used, undefined);
  });
}

test('what a person changed since is left alone', { skip }, async (context) => {
  const profile = new Profile(context);
  const front = profile.open();
  await front.use(front.plan());
  userSettings.set('git.path', '/mine');
  const later = profile.open();
  assert.equal(later.used, undefined);
  await later.refresh();
  assert.equal(userSettings.get('git.path'), '/mine');
});

test('a memory that is damaged puts nothing back: the setting is left as it is', { skip }, async (context) => {
  const profile = new Profile(context);
  const front = profile.open();
  await front.use(front.plan());
  writeFileSync(join(dirname(profile.place), 'git-path.json'), '{"ours":');
  assert.equal(profile.open().used, undefined);
  assert.equal((userSettings.get('git.path') as string[])[0], profile.place);
});

test('without a front that runs nothing is set', { skip }, async (context) => {
  const profile = new Profile(context);
  const front = profile.open({ dist: profile.empty });
  assert.equal(front.lack, 'absent');
  assert.equal(await front.use(front.plan()), false);
  assert.equal(userSettings.has('git.path'), false);
});

test('a start renews the copy, names its new place, and says so when there is none any more', { skip }, async (context) => {
  const profile = new Profile(context);
  const front = profile.open();
  await front.use(front.plan());
  rmSync(profile.place);
  await profile.open().refresh();
  assert.ok(readFileSync(profile.place).equals(readFileSync(compiled?.pyi ?? '')));
  assert.deepEqual(profile.said, []);

  const moved = join(profile.directory, 'elsewhere', 'git');
  renameSync(dirname(profile.place), dirname(moved));
  await profile.open({ place: moved }).refresh();
  assert.deepEqual(userSettings.get('git.path'), [moved, 'git']);
  const there = profile.open({ place: moved });
  assert.ok(there.used !== undefined);
  await there.stop(there.used);
  assert.equal(userSettings.has('git.path'), false, 'what was there at first comes back');

  await front.use(front.plan());
  await profile.open({ dist: profile.empty }).refresh();
  assert.match(profile.said.at(-1) ?? '', /an earlier version: this package has none/);
});
