import type { HexId } from '../../protocol/ids.ts';
import { putContent, readContent } from '../../server/engine/content/content.ts';
import { openStore } from '../bench.ts';
import type { Case } from '../bench.ts';
import { collectGarbage, micros, verify } from '../harness.ts';
import { GitPeer } from '../peers.ts';
import { once } from '../rows.ts';
import { afterReopening } from '../states.ts';
import { Contents } from '../synthetic.ts';

const CONTENT_BYTES = 4096;
const BATCH = 100;

/** New content into the store: blobs of 4 KB, a hundred to a batch, each batch written to its file. */
export const putCase: Case = {
  name: 'put',
  async run(bench) {
    const count = bench.short ? 10_000 : 50_000;
    const directory = bench.place();
    const open = openStore(directory);
    const contents = new Contents(21, CONTENT_BYTES);
    const ids: HexId[] = [];
    const put = (from: number, to: number): number => {
      const started = micros();
      for (let i = from; i < to; i++) {
        ids.push(putContent(open.store, contents.at(i)).id.toString('hex'));
        if ((i + 1) % BATCH === 0) open.store.commit('process');
      }
      return micros() - started;
    };
    put(0, 2_000);
    collectGarbage();
    const rate = count / (put(2_000, 2_000 + count) / 1e6);
    await afterReopening(directory, open, ({ store }) => {
      ids.forEach((id, i) => verify(readContent(store, Buffer.from(id, 'hex')).equals(contents.at(i)), `object ${id} has other content than was put`));
    });
    const git = new GitPeer();
    const peer = git.importBlobs(Array.from({ length: Math.min(count, 10_000) }, (_, i) => Buffer.from(contents.at(i))));
    bench.report({
      name: 'put', unit: '1/s', ...once(rate), level: 'process', verified: true,
      peers: [{ name: 'git fast-import, blobs', p50: 1e6 / peer }], target: { atLeast: 10_000 },
    });
  },
};
