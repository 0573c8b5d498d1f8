import { PyiError } from '../../protocol/errors.ts';
import type { HexId } from '../../protocol/ids.ts';
import type { CheckpointKind, GitPosition, Insight } from '../../protocol/values.ts';
import type { ByteView, ObjectStore } from './ports.ts';
import { ObjectType } from './ports.ts';

/** What a checkpoint records. Its id is the BLAKE3 of its canonical JSON. */
export interface CheckpointBody {
  readonly root: HexId;
  readonly parents: readonly HexId[];
  readonly fork: HexId;
  readonly agent: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly kind: CheckpointKind;
  readonly message: string;
  readonly cause: string;
  readonly git: GitPosition | null;
  readonly insight: Insight;
}

/** `{"v":1,"root":"`: the root stands at a fixed place, so that reading it needs no JSON parser. */
const ROOT_OFFSET = 15;
const ROOT_END = ROOT_OFFSET + 64;

/** Canonical JSON: this key order, no white space. Equal checkpoints have equal bytes. */
export function encodeCheckpoint(body: CheckpointBody): Buffer {
  const { insight } = body;
  return Buffer.from(
    `{"v":1,"root":"${body.root}","parents":${JSON.stringify(body.parents)},"fork":"${body.fork}"`
    + `,"agent":${JSON.stringify(body.agent)},"time":${body.time},"kind":"${body.kind}"`
    + `,"message":${JSON.stringify(body.message)},"cause":${JSON.stringify(body.cause)}`
    + `,"git":${body.git === null ? 'null' : JSON.stringify({ head: body.git.head, branch: body.git.branch })}`
    + `,"insight":{"filesAdded":${insight.filesAdded},"filesChanged":${insight.filesChanged},"filesDeleted":${insight.filesDeleted}`
    + `,"bytesAdded":${insight.bytesAdded},"bytesReused":${insight.bytesReused},"micros":${insight.micros}}}`,
  );
}

/** The opposite of {@link encodeCheckpoint}. @throws PyiError `UNSUPPORTED_VERSION` */
export function decodeCheckpoint(bytes: Buffer): CheckpointBody {
  const { v, ...body } = JSON.parse(bytes.toString('utf8')) as CheckpointBody & { v: number };
  if (v !== 1) {
    throw new PyiError('UNSUPPORTED_VERSION', `A checkpoint has version ${v}; this PYI reads version 1`, 'Update PYI, then try again.');
  }
  return body;
}

const START = '{"v":1,"root":"';
const BEFORE_FORK = '],"fork":"';
const BEFORE_TIME = '","time":';
const BEFORE_BYTES = ',"bytesAdded":';

/** What replay needs of a checkpoint. */
export type CheckpointPlace = Pick<CheckpointBody, 'fork' | 'time'> & { readonly insight: Pick<Insight, 'bytesAdded'> };

/**
 * Fork, time and bytes of an encoded checkpoint, all that replay needs of it: a restart reads every checkpoint there is, and parsing
 * them would be half of its work. Before the fork there is nothing but hex, and text cannot hold the marks of the others, because
 * its quotes are escaped.
 * @throws PyiError `UNSUPPORTED_VERSION`
 */
export function decodePlace(bytes: Buffer): CheckpointPlace {
  const text = bytes.toString('latin1');
  const fork = text.indexOf(BEFORE_FORK, ROOT_END) + BEFORE_FORK.length;
  const time = text.indexOf(BEFORE_TIME, fork) + BEFORE_TIME.length;
  const added = text.lastIndexOf(BEFORE_BYTES) + BEFORE_BYTES.length;
  if (!text.startsWith(START) || fork < BEFORE_FORK.length || time < BEFORE_TIME.length || added < BEFORE_BYTES.length) return decodeCheckpoint(bytes);
  return {
    fork: text.slice(fork, text.indexOf('"', fork)), time: Number(text.slice(time, text.indexOf(',', time))),
    insight: { bytesAdded: Number(text.slice(added, text.indexOf(',', added))) },
  };
}

/** Reads a checkpoint. @throws PyiError `NOT_FOUND`, `CORRUPT_OBJECT` */
export function readCheckpoint(store: ObjectStore, id: HexId): CheckpointBody {
  return decodeCheckpoint(store.get(checkpointKey(store, id)));
}

const view: ByteView = { bytes: Buffer.alloc(0), start: 0, end: 0 };

/** The root of a checkpoint, without parsing the rest. @throws PyiError `NOT_FOUND`, `CORRUPT_OBJECT` */
export function rootOfCheckpoint(store: ObjectStore, id: HexId): Buffer {
  store.load(checkpointKey(store, id), 0, view);
  return Buffer.from(view.bytes.toString('latin1', view.start + ROOT_OFFSET, view.start + ROOT_END), 'hex');
}

/** The raw id of a checkpoint that the store has. @throws PyiError `NOT_FOUND` */
export function checkpointKey(store: ObjectStore, id: HexId): Buffer {
  const key = Buffer.from(id, 'hex');
  // The length of the text counts too: Buffer.from stops at what is no hex digit.
  if (id.length !== 64 || key.length !== 32 || store.typeOf(key) !== ObjectType.checkpoint) {
    throw new PyiError('NOT_FOUND', `There is no checkpoint ${id.slice(0, 64)}`,
      'List checkpoints with "pyi timeline"; an old one may have been swept by the retention rules.');
  }
  return key;
}
