import { createHash } from 'node:crypto';
import initSqlJs from 'sql.js';
import type { CatalogSource } from '../../../server/catalog/catalog.ts';
import { dispatch } from '../../../server/catalog/dispatch.ts';
import type { CatalogMessage, CatalogReply, HostEvents, StartCatalogHost } from '../../../server/catalog/host.ts';
import { CatalogService } from '../../../server/catalog/service.ts';
import type { CheckpointBody } from '../../../server/engine/checkpoint-object.ts';
import type { JournalEntry } from '../../../server/engine/ports.ts';
import { ObjectType } from '../../../server/engine/ports.ts';
import type { ForkCreated, JournalRecord, OperationRecord } from '../../../server/engine/records.ts';
import type { HexId } from '../../../protocol/ids.ts';

export const sqlJs = await initSqlJs();

/** A checkpoint or root id that belongs to a name. */
export function id(name: string): HexId {
  return createHash('sha256').update(name).digest('hex');
}

/** A fork or operation id that belongs to a name. */
export function shortId(name: string): HexId {
  return id(name).slice(0, 32);
}

export function body(fork: string, time: number, more: Partial<CheckpointBody> = {}): CheckpointBody {
  return {
    root: id(`root ${time}`), parents: [], fork: shortId(fork), agent: 'ada', time, kind: 'manual', message: '', cause: '', git: null,
    insight: { filesAdded: 1, filesChanged: 2, filesDeleted: 3, bytesAdded: 400, bytesReused: 5000, micros: 20.5 }, ...more,
  };
}

export function forkRecord(name: string, more: Partial<ForkCreated> = {}): ForkCreated {
  return {
    type: 'fork', fork: shortId(name), name, agent: 'ada', task: null, parent: null, base: id('base'), dir: null, workspace: false,
    probability: 1, ttl: null, time: 0, ...more,
  };
}

export function discardRecord(fork: string, time: number): OperationRecord {
  const position = { head: id('base'), base: id('base') };
  return {
    type: 'operation', id: shortId(`discard ${fork}`), kind: 'discard', about: 'discard', time, undoes: null, git: null,
    moves: [{ fork: shortId(fork), before: { ...position, state: 'live' }, after: { ...position, state: 'discarded' } }],
  };
}

/** A journal in memory, one entry a batch. */
export class Journal implements CatalogSource {
  readonly entries: JournalEntry[] = [];

  checkpoint(name: string, content: CheckpointBody): number {
    return this.#add(ObjectType.checkpoint, Buffer.from(id(name), 'hex'), { v: 1, ...content });
  }

  record(record: JournalRecord): number {
    return this.#add(ObjectType.record, Buffer.alloc(0), record);
  }

  lastSequence(): number {
    return this.entries.at(-1)?.sequence ?? 0;
  }

  *journal(after: number): Generator<JournalEntry> {
    for (const entry of this.entries) if (entry.sequence > after) yield entry;
  }

  #add(type: JournalEntry['type'], entryId: Buffer, content: object): number {
    const sequence = this.lastSequence() + 1;
    this.entries.push({ sequence, type, id: entryId, payload: Buffer.from(JSON.stringify(content)) });
    return sequence;
  }
}

/** Hosts on this thread, which a test can watch and make fail. */
export class LocalHosts {
  readonly messages: CatalogMessage[] = [];
  started = 0;
  ended = 0;
  /** Given a message, may return the text of an error instead of having it answered, or `died` to fail as a whole. */
  sabotage: (message: CatalogMessage) => string | undefined = () => undefined;

  readonly start: StartCatalogHost = (events) => {
    this.started++;
    const service = new CatalogService(sqlJs, (problem) => events.reply({ kind: 'problem', problem }));
    let over = false;
    return {
      post: (message) => {
        this.messages.push(message);
        setImmediate(() => {
          if (!over) this.#answer(service, message, events);
        });
      },
      end: () => {
        over = true;
        this.ended++;
        return Promise.resolve();
      },
    };
  };

  #answer(service: CatalogService, message: CatalogMessage, events: HostEvents): void {
    const fault = this.sabotage(message);
    if (fault === 'died') events.failed(new Error('its thread ended with code 134'));
    else events.reply(fault === undefined ? dispatch(service, message) : { kind: 'error', id: message.id, message: fault } satisfies CatalogReply);
  }
}
