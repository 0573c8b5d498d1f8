/**
 * A number from the settings. VS Code marks one that is out of bounds and hands it on all the same: it is brought back to
 * the nearest bound; what is no number is the default.
 */
export function boundedNumber(value: unknown, { fallback, least, most }: { readonly fallback: number; readonly least: number; readonly most: number }): number {
  return typeof value === 'number' && !Number.isNaN(value) ? Math.min(most, Math.max(least, value)) : fallback;
}
