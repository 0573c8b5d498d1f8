import type { HexId } from '../../protocol/ids.ts';
import type { CheckpointBody } from '../engine/checkpoint-object.ts';
import type { JournalEntry } from '../engine/ports.ts';
import { ObjectType } from '../engine/ports.ts';
import type { JournalRecord } from '../engine/records.ts';

/**
 * The journal as it travels to the catalog's worker: a JSON array as one string. A string crosses to another thread
 * as one copy, objects are walked field by field; and a journal payload is JSON already, so a rebuild parses
 * nothing on the main thread.
 */
export type CatalogEntry =
  | { readonly sequence: number; readonly checkpoint: HexId; readonly body: CheckpointBody }
  | { readonly sequence: number; readonly record: JournalRecord };

/** True for records that change something which the catalog shows. The others need not travel. */
export function isCatalogued(record: JournalRecord): boolean {
  switch (record.type) {
    case 'fork': case 'operation': case 'observation': case 'directory': case 'pin': case 'purge': case 'retire': return true;
    case 'edit': case 'entanglement': case 'phase': case 'intent': case 'commit-tree': case 'agent': case 'claim': case 'receipt': return false;
  }
}

export function encodeEntries(entries: readonly CatalogEntry[]): string {
  return JSON.stringify(entries);
}

/** The text of one entry as the journal holds it, for {@link joinEntries}. */
export function encodeJournalEntry({ sequence, type, id, payload }: JournalEntry): string {
  const text = payload.toString('utf8');
  return type === ObjectType.checkpoint
    ? `{"sequence":${sequence},"checkpoint":"${id.toString('hex')}","body":${text}}`
    : `{"sequence":${sequence},"record":${text}}`;
}

export function joinEntries(entries: readonly string[]): string {
  return `[${entries.join(',')}]`;
}

export function decodeEntries(text: string): CatalogEntry[] {
  return JSON.parse(text) as CatalogEntry[];
}
