import { PyiError } from '../../protocol/errors.ts';
import type { Clock, Random } from '../engine/ports.ts';
import { diskError } from './disk.ts';
import { BATCH_HEADER_BYTES, FRAME_BYTES, FRAME_ID_AT, frameCodec, frameRaw, frameStored, frameType, RECORD_TYPE } from './format.ts';
import type { ObjectIndex } from './object-index.ts';
import { decodePayload } from './payload.ts';
import type { RewriteSource, SegmentRewriter } from './rewrite.ts';
import { MAX_REPLACES, SALT_BYTES, SEGMENT_HEADER_BYTES } from './segment-header.ts';
import { Segment } from './segment.ts';
import type { SegmentSet } from './segment.ts';
import { readTable } from './segment-index.ts';
import type { SegmentTable } from './segment-table.ts';
import { decodeSidecar, encodeSidecar } from './sidecar.ts';
import { Slices } from './slices.ts';
import type { StoreLimits } from './store-options.ts';
import type { SegmentWriter } from './writer.ts';

/** A segment that was compacted before, or is still being written, is rewritten only when at least this share of it is dead. */
const WORTHWHILE = 0.2;
/** Compacted segments below this share of the segment size are merged with such neighbours, or with one that is rewritten anyway. */
const SMALL = 1 / 8;

export interface CompactOptions {
  /** Asked for every journal record that stands in a sealed segment: true drops it. */
  readonly purgeRecord?: (payload: Buffer) => boolean;
  readonly signal?: AbortSignal;
}

export interface CompactResult {
  /** Segments that were rewritten or removed. */
  readonly segments: number;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Objects and records left out. */
  readonly dropped: number;
}

export interface CompactContext {
  readonly segments: SegmentSet;
  readonly writer: SegmentWriter;
  readonly index: ObjectIndex;
  readonly clock: Clock;
  readonly random: Random;
  readonly rewriter: SegmentRewriter;
  readonly limits: StoreLimits;
}

interface Plan {
  readonly segment: Segment;
  readonly table: SegmentTable;
  keep: Uint8Array;
  keptBytes: number;
  deadBytes: number;
  dropped: number;
}

/** See `SegmentStore.compact`. */
export async function compactStore(context: CompactContext, options: CompactOptions): Promise<CompactResult> {
  return new Compaction(context, options).run();
}

class Compaction {
  readonly #context: CompactContext;
  readonly #options: CompactOptions;
  readonly #slices: Slices;

  constructor(context: CompactContext, options: CompactOptions) {
    this.#context = context;
    this.#options = options;
    this.#slices = new Slices(context.clock);
  }

  async run(): Promise<CompactResult> {
    const { segments, writer } = this.#context;
    // What is about to be replaced must be on the device itself: its copy will be, and order would turn around.
    await writer.sync();
    const plans: Plan[] = [];
    for (const segment of segments.list()) {
      if (!segment.exists) continue;
      const plan = await this.#plan(segment, segment === writer.active ? writer.activeTable : readTable(segments, segment));
      if (plan !== undefined) plans.push(plan);
    }
    const sealed = plans.filter((plan) => plan.segment !== writer.active || this.#sealActive(plan));
    await writer.sync();
    const total = { segments: 0, bytesBefore: 0, bytesAfter: 0, dropped: 0 };
    for (const group of this.#groups(sealed)) {
      this.#checkCancelled();
      const bytesAfter = await this.#rewrite(group);
      for (const { segment, dropped } of group) {
        total.segments++;
        total.bytesBefore += segment.length;
        total.dropped += dropped;
      }
      total.bytesAfter += bytesAfter;
    }
    writer.checkWarning();
    return total;
  }

  /** What of a segment is live. Undefined for one with damaged stretches: it stays as it is, for whoever wants to rescue something. */
  async #plan(segment: Segment, table: SegmentTable): Promise<Plan | undefined> {
    const { index } = this.#context;
    const frameCount = table.frameCount;
    const batchCount = table.batchCount;
    const plan: Plan = { segment, table, keep: new Uint8Array(frameCount), keptBytes: 0, deadBytes: 0, dropped: 0 };
    let expected = SEGMENT_HEADER_BYTES;
    for (let batch = 0; batch < batchCount; batch++) {
      if (this.#slices.isOver) {
        this.#checkCancelled();
        await this.#slices.pause();
      }
      if (table.offset(batch) !== expected) return undefined;
      // Asked for anew in each batch: the active segment's directory moves when it grows.
      const { frames } = table;
      let offset = expected + BATCH_HEADER_BYTES;
      const last = table.firstFrame(batch + 1);
      for (let frame = table.firstFrame(batch); frame < last; frame++) {
        const at = frame * FRAME_BYTES;
        const stored = frameStored(frames, at);
        const isLive = frameType(frames, at) === RECORD_TYPE ? !this.#isPurged(segment, frames, at, offset) : isAt(index, frames, at, segment.slot, offset);
        if (isLive) {
          plan.keep[frame] = 1;
          plan.keptBytes += stored + FRAME_BYTES;
        } else {
          plan.dropped++;
          plan.deadBytes += stored + FRAME_BYTES;
        }
        offset += stored;
      }
      expected = offset + (last - table.firstFrame(batch)) * FRAME_BYTES;
    }
    return segment === this.#context.writer.active || expected === segment.length ? plan : undefined;
  }

  #isPurged(segment: Segment, frames: Buffer, at: number, offset: number): boolean {
    const purge = this.#options.purgeRecord;
    if (purge === undefined) return false;
    const stored = Buffer.allocUnsafeSlow(frameStored(frames, at));
    if (!this.#context.segments.read(segment, stored, offset)) return false;
    const payload = decodePayload(stored, frameCodec(frames, at), frameRaw(frames, at), frames, at + FRAME_ID_AT);
    return payload !== undefined && purge(payload);
  }

  /** Seals the active segment when it is worth rewriting. What was written to it since it was planned is live. */
  #sealActive(plan: Plan): boolean {
    const { writer } = this.#context;
    if (!isWorthwhile(plan) || writer.hasOpenBatch) return false;
    writer.flush();
    writer.seal();
    const planned = plan.keep;
    plan.keep = new Uint8Array(plan.table.frameCount).fill(1);
    plan.keep.set(planned);
    return true;
  }

  /** Runs of neighbours to rewrite into one segment each. Neighbours only, so that segments keep disjoint ranges of sequence numbers. */
  #groups(plans: readonly Plan[]): Plan[][] {
    const { limits } = this.#context;
    const isNeeded = (plan: Plan): boolean => !plan.segment.header.compacted || isWorthwhile(plan);
    const isSmall = ({ segment }: Plan): boolean => segment.length < limits.segmentBytes * SMALL;
    const groups: Plan[][] = [];
    let group: Plan[] = [];
    let bytes = 0;
    const end = (): void => {
      // Small neighbours are worth merging by themselves; one that stays alone, perhaps empty but for the last number used, is not.
      if (group.length > 1 || group.some(isNeeded)) groups.push(group);
      group = [];
      bytes = 0;
    };
    let previous: Plan | undefined;
    for (const plan of plans) {
      const isNeighbour = previous !== undefined && !this.#hasBetween(previous.segment, plan.segment);
      if (!isNeighbour || group.length === MAX_REPLACES || bytes + plan.keptBytes > limits.segmentBytes) end();
      previous = plan;
      if (isNeeded(plan) || isSmall(plan)) {
        group.push(plan);
        bytes += plan.keptBytes;
      } else {
        end();
      }
    }
    end();
    return groups;
  }

  #hasBetween(a: Segment, b: Segment): boolean {
    return this.#context.segments.list().some(({ header }) => header.firstSequence > a.header.firstSequence && header.firstSequence < b.header.firstSequence);
  }

  /** Replaces a group of segments by one and returns its size. */
  async #rewrite(group: readonly Plan[]): Promise<number> {
    const { segments, writer, clock, random, rewriter } = this.#context;
    const first = group[0] as Plan;
    const last = group.at(-1) as Plan;
    const number = writer.takeNumber();
    const header = {
      number, compacted: true, created: clock.now(), firstSequence: first.segment.header.firstSequence, lastSequence: last.segment.lastSequence,
      salt: Buffer.from(random.bytes(SALT_BYTES)), replaces: group.map(({ segment }) => segment.header.number),
    };
    const sources = group.map(({ segment, table, keep }): RewriteSource => ({
      path: segments.path(segment.header.number), salt: segment.header.salt, sidecar: encodeSidecar(segment.header.salt, table, segment.length), keep,
    }));
    const result = await rewriter.rewrite({ directory: segments.directory, path: segments.path(number), sidecarPath: segments.sidecarPath(number), header, sources });
    const sidecar = decodeSidecar(Buffer.from(result.sidecar), header.salt);
    if (sidecar === undefined) throw new PyiError('INTERNAL', 'The rewriter returned a directory that does not decode', 'Report this.');
    const segment = segments.add(new Segment(header, { length: result.length, durableLength: result.length, exists: true, lastSequence: header.lastSequence }));
    await this.#swap(new Set(group.map((plan) => plan.segment.slot)), segment, sidecar.table);
    try {
      for (const plan of group) segments.remove(plan.segment);
    } catch (error) {
      // The next open removes them: the new segment names what it replaces.
      throw diskError(error, 'remove compacted segments');
    }
    return result.length;
  }

  /** Points the index at the new places. What was dropped or stored anew in the meantime is left alone. */
  async #swap(from: ReadonlySet<number>, to: Segment, table: SegmentTable): Promise<void> {
    const { index } = this.#context;
    const { frames } = table;
    for (let batch = 0; batch < table.batchCount; batch++) {
      if (this.#slices.isOver) await this.#slices.pause();
      let offset = table.offset(batch) + BATCH_HEADER_BYTES;
      const end = table.firstFrame(batch + 1) * FRAME_BYTES;
      for (let at = table.firstFrame(batch) * FRAME_BYTES; at < end; at += FRAME_BYTES) {
        const stored = frameStored(frames, at);
        if (frameType(frames, at) !== RECORD_TYPE) {
          const entry = index.find(frames, at + FRAME_ID_AT);
          if (entry !== -1 && from.has(index.segment(entry))) index.setPlace(entry, to.slot, offset, stored, frameCodec(frames, at));
        }
        offset += stored;
      }
    }
  }

  #checkCancelled(): void {
    if (this.#options.signal?.aborted === true) throw new PyiError('CANCELLED', 'The compaction was cancelled', 'What was rewritten so far stays; run it again for the rest.');
  }
}

/** True when the index has the object of a frame at this very place. */
function isAt(index: ObjectIndex, frames: Buffer, at: number, slot: number, offset: number): boolean {
  const entry = index.find(frames, at + FRAME_ID_AT);
  return entry !== -1 && index.segment(entry) === slot && index.offset(entry) === offset;
}

function isWorthwhile({ segment, deadBytes }: Plan): boolean {
  return deadBytes > 0 && deadBytes >= segment.length * WORTHWHILE;
}
