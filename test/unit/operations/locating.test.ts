import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { GitRepository } from '../../support/git-repository.ts';
import { setUp } from '../../support/host.ts';

test('a crowd that comes at once to a server that has just started asks git as often as one client does', async () => {
  const host = await setUp(GitRepository.create());
  try {
    const trace = path.join(host.repository.directory, 'trace');
    host.repository.git(['config', '--global', 'trace2.normalTarget', trace]);
    const asked = async (clients: number): Promise<number> => {
      await host.restart();
      fs.rmSync(trace, { force: true });
      await Promise.all(Array.from({ length: clients }, () => host.call('where', {})));
      return fs.readFileSync(trace, 'utf8').split('\n').filter((line) => line.includes(' cmd_name ')).length;
    };
    const byOne = await asked(1);
    assert.ok(byOne > 0);
    assert.equal(await asked(50), byOne);
  } finally {
    await host.close();
  }
});
