import type { HexId } from '../protocol/ids.ts';
import type { BytePath } from '../protocol/paths.ts';
import { readCheckpoint } from '../server/engine/checkpoint-object.ts';
import { readContent } from '../server/engine/content/content.ts';
import type { Engine } from '../server/engine/engine.ts';
import { resolveFork } from '../server/engine/references.ts';
import type { Fork } from '../server/engine/state.ts';
import { entries, lookup } from '../server/engine/tree/read.ts';
import { openStore } from './bench.ts';
import type { OpenStore } from './bench.ts';
import { verify } from './harness.ts';

/**
 * Closes a store, opens it again, so that everything comes from the disk, lets `examine` look at it, and closes it.
 * @throws VerificationError, whatever `examine` throws
 */
export async function afterReopening(directory: string, open: OpenStore, examine: (engine: Engine) => void): Promise<void> {
  await open.store.close();
  const again = openStore(directory);
  try {
    examine(again.engine);
    verify(again.store.faults.length === 0, `the store has faults: ${again.store.faults[0]?.problem ?? ''}`);
  } finally {
    await again.store.close();
  }
}

/** The fork of that name, whatever its state. */
export function forkNamed(engine: Engine, name: string): Fork {
  return resolveFork(engine, name);
}

/** A fork's head holds exactly these files with this content. */
export function verifyFiles(engine: Engine, root: Buffer, expected: ReadonlyMap<BytePath, Buffer>): void {
  let files = 0;
  for (const { path, entry } of entries(engine.store, root)) {
    const wanted = expected.get(path);
    verify(wanted !== undefined, `${path} is in the tree and should not be`);
    verify(entry.size === wanted.length && readContent(engine.store, entry.id).equals(wanted), `${path} has other content than was written`);
    files++;
  }
  verify(files === expected.size, `the tree has ${files} files, not ${expected.size}`);
}

/** One path of a checkpoint's tree has this content. */
export function verifyFileAt(engine: Engine, checkpoint: HexId, path: BytePath, content: Buffer): void {
  const { root } = readCheckpoint(engine.store, checkpoint);
  const entry = lookup(engine.store, Buffer.from(root, 'hex'), path);
  verify(entry !== undefined && readContent(engine.store, entry.id).equals(content), `checkpoint ${checkpoint} has other content at ${path}`);
}

/** `chain` is what led to `head`, oldest first: every one is there, and each is the parent of the next. */
export function verifyChain(engine: Engine, head: HexId, chain: readonly HexId[]): void {
  verify(head === chain.at(-1), 'the fork stands at another checkpoint than the last that was acknowledged');
  for (let i = chain.length - 1; i > 0; i--) {
    const { parents } = readCheckpoint(engine.store, chain[i] as HexId);
    verify(parents[0] === chain[i - 1], `checkpoint ${String(chain[i])} has another parent than the one before it`);
  }
}
