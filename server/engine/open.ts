import { decodePlace } from './checkpoint-object.ts';
import type { EngineDependencies } from './engine.ts';
import { Engine } from './engine.ts';
import type { CollectableStore, JournalEntry } from './ports.ts';
import { ObjectType } from './ports.ts';
import { decodeRecord } from './records.ts';
import { decodeSnapshot } from './snapshot.ts';
import { EngineState } from './state.ts';

/** What opening needs from a store beside the objects. */
export interface JournalSource {
  readSnapshot(): { sequence: number; payload: Buffer } | undefined;
  journal(after: number): Iterable<JournalEntry>;
}

/**
 * Rebuilds the state from the last snapshot and the journal after it. Cost follows what came after the snapshot;
 * without one, the whole journal.
 * @throws PyiError `CORRUPT_OBJECT` when the journal itself cannot be read
 */
export function openEngine(dependencies: EngineDependencies & { readonly store: CollectableStore & JournalSource }): Engine {
  const { store } = dependencies;
  const snapshot = readState(store);
  const { state } = snapshot;
  for (const entry of store.journal(snapshot.sequence)) {
    if (entry.type === ObjectType.checkpoint) state.applyCheckpoint(entry.id.toString('hex'), decodePlace(entry.payload));
    else state.apply(decodeRecord(entry.payload));
  }
  for (const id of state.retired) {
    const key = Buffer.from(id, 'hex');
    // Compacted away since: nothing is left to hide, and the list need not grow for ever.
    if (store.typeOf(key) === undefined) state.retired.delete(id);
    else store.forget(key);
  }
  return new Engine(dependencies, state);
}

function readState(store: JournalSource): { sequence: number; state: EngineState } {
  const stored = store.readSnapshot();
  if (stored === undefined) return { sequence: 0, state: new EngineState() };
  try {
    return { sequence: stored.sequence, state: decodeSnapshot(stored.payload) };
  } catch {
    return { sequence: 0, state: new EngineState() }; // an accelerator only: the journal has it all
  }
}
