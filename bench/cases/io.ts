import { bytePathFromText, textFromBytePath } from '../../protocol/paths.ts';
import type { Case } from '../bench.ts';
import { CrowdPlace } from '../crowd/place.ts';
import { WireClient } from '../crowd/wire-client.ts';
import { verify } from '../harness.ts';
import { between, written } from '../machine.ts';
import type { Written } from '../machine.ts';
import { once } from '../rows.ts';
import type { Row } from '../rows.ts';
import { Trace, runGitTrace } from './trace.ts';

const MB = 1e6;

/**
 * The trace of `dedup`, nine in ten agents given up, through a server: what the server writes, its answers included, and what git and its
 * work trees write.
 */
export const ioCase: Case = {
  name: 'agents/io',
  async run(bench) {
    const trace = new Trace(bench.short ? ['zod'] : ['zod', 'eslint', '@types'], bench.short ? 10 : 100, bench.short ? 5 : 20);
    if (written() === undefined) return;
    const ours = await runServer(trace, bench.onEnd.bind(bench));
    const git = runGitTrace(trace).written;
    verify(ours !== undefined && git !== undefined, 'the system has stopped counting what is written');
    const row = (name: string, unit: Row['unit'], of: (one: Written) => number): void => {
      bench.report({
        name: `agents/io ${name}`, unit, ...once(of(ours)), level: 'process', verified: true, peers: [{ name: 'git worktree add, commit, gc, …', p50: of(git) }],
        ...(bench.short ? {} : { target: { ratio: 10 } }),
      });
    };
    row('written', 'MB', ({ bytes }) => bytes / MB);
    row('write calls', 'calls', ({ calls }) => calls);
    bench.report({ name: 'agents/io fewer bytes', unit: '%', ...once(100 * (1 - ours.bytes / git.bytes)), level: '-', verified: true, ...(bench.short ? {} : { target: { atLeast: 90 } }) });
    bench.report({ name: 'agents/io fewer calls', unit: '%', ...once(100 * (1 - ours.calls / git.calls)), level: '-', verified: true, ...(bench.short ? {} : { target: { atLeast: 90 } }) });
  },
};

async function runServer(trace: Trace, onEnd: (cleanup: () => Promise<void>) => void): Promise<Written | undefined> {
  const place = await CrowdPlace.of(Array.from(trace.files, ([file, content]) => [textFromBytePath(file), content] as const));
  onEnd(() => place.end());
  const repository = place.repository.root;
  const first = await place.connect();
  const before = written(place.server.pid);
  await first.call('setup', { repository });
  await Promise.all(Array.from({ length: trace.agents }, async (_, agent) => {
    const wire = await WireClient.connect(place.runtime, `agent ${agent}`);
    const fork = `agent-${agent}`;
    await wire.call('fork', { repository, name: fork, agent: fork, dir: false });
    for (const step of trace.work(agent)) {
      for (const { path, content } of step) await wire.call('write', { repository, fork, path: textFromBytePath(path), content: { base64: content.toString('base64') } });
      await wire.call('checkpoint', { repository, fork });
    }
    wire.close();
  }));
  const given = Array.from({ length: trace.agents }, (_, agent) => agent).filter((agent) => !trace.isKept(agent));
  await first.call('discard', { repository, forks: given.map((agent) => `agent-${agent}`) });
  await first.call('sweep', { repository, graceSeconds: 0 });
  const after = written(place.server.pid);
  first.close();

  await place.restart('kill');
  const again = await place.connect();
  for (let agent = 0; agent < trace.agents; agent++) {
    if (!trace.isKept(agent)) continue;
    const files = await again.call('ls', { repository, fork: `agent-${agent}`, recursive: true });
    const wanted = trace.result(agent);
    verify(files.length === wanted.size, `agent ${agent} has ${files.length} files, not ${wanted.size}`);
    for (const { path } of files) {
      const { base64 } = await again.call('read', { repository, fork: `agent-${agent}`, path });
      verify(wanted.get(bytePathFromText(path))?.toString('base64') === base64, `agent ${agent} has other content at ${path}`);
    }
  }
  verify((await again.call('forks', { repository, all: true })).length === 1 + trace.agents - given.length, 'other forks are left than those that were kept');
  again.close();
  return between(before, after);
}
