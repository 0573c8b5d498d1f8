/**
 * Moments that figures are made from (`performance.getEntriesByName`), each the last time that it was: of a page that is open for
 * days, more would only fill memory.
 */
export type Moment =
  /** The page's script began. */
  | 'pyi:start'
  /** The first rows were drawn. */
  | 'pyi:first-rows'
  /** It was told that something new is there. */
  | 'pyi:event'
  /** What is new was drawn. */
  | 'pyi:event-drawn';

export function mark(moment: Moment): void {
  performance.clearMarks(moment);
  performance.mark(moment);
}
