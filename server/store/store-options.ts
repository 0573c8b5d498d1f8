export interface StoreLimits {
  /** A segment that has reached this size is sealed. Default 64 MiB, at most 1 GiB: places within a segment have 32 bits. */
  readonly segmentBytes: number;
  /** Verified content kept in memory. Default 64 MiB. */
  readonly cacheBytes: number;
  /** Bytes that the segments may have together; none: no cap. */
  readonly sizeCap?: number;
}

export const MAX_SEGMENT_BYTES = 1024 * 1024 * 1024;

export const DEFAULT_LIMITS: StoreLimits = { segmentBytes: 64 * 1024 * 1024, cacheBytes: 64 * 1024 * 1024 };

/** Something the user should know that is not an error of the call in hand. */
export interface StoreWarning {
  /** `nearly-full`: the size cap is near; `damage`: stored bytes are damaged or were cut; `upkeep`: something derived could not be written. */
  readonly kind: 'nearly-full' | 'damage' | 'upkeep';
  readonly message: string;
}

/** Damage found at a place, by opening or by verifying. */
export interface StoreFault {
  /** Name of the segment, 16 hex digits. */
  readonly segment: string;
  readonly offset: number;
  /** Id of the object, or null when the damage is not in an object's content. */
  readonly id: string | null;
  readonly problem: string;
}
