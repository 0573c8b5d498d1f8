import { diskError, readWhole, removeIfPresent, writeNew } from './disk.ts';
import type { Scratch } from './disk.ts';
import { scanBatches } from './scan.ts';
import type { Segment, SegmentSet } from './segment.ts';
import { SEGMENT_HEADER_BYTES } from './segment-header.ts';
import type { SegmentTable } from './segment-table.ts';
import { decodeSidecar, sidecarParts } from './sidecar.ts';
import type { Sidecar } from './sidecar.ts';

/** A segment's sidecar, when there is a good one. What was read into `scratch` is gone when that is used again. */
export function readSidecar(segments: SegmentSet, segment: Segment, scratch?: Scratch): Sidecar | undefined {
  const bytes = readWhole(segments.disk, segments.sidecarPath(segment.header.number), scratch);
  return bytes === undefined ? undefined : decodeSidecar(bytes, segment.header.salt);
}

/** Replaces a segment's sidecar. Not atomic and not synced: its checksum tells, and the segment has everything. */
export function writeSidecar(segments: SegmentSet, segment: Segment, table: SegmentTable): void {
  const path = segments.sidecarPath(segment.header.number);
  removeIfPresent(segments.disk, path);
  writeNew(segments.disk, path, sidecarParts(segment.header.salt, table, segment.length));
}

/** The directory of a sealed segment: its sidecar, or a scan. @throws PyiError `INTERNAL` */
export function readTable(segments: SegmentSet, segment: Segment): SegmentTable {
  try {
    const sidecar = readSidecar(segments, segment);
    if (sidecar !== undefined && sidecar.length === segment.length) return sidecar.table;
    const bytes = readWhole(segments.disk, segments.path(segment.header.number)) ?? Buffer.alloc(0);
    return scanBatches(bytes, SEGMENT_HEADER_BYTES, segment.seed).table;
  } catch (error) {
    throw diskError(error, `read the index of segment ${segment.name}`);
  }
}
