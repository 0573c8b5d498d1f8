/** Compiles the front from `dist/front` to `dist/bin`. Returns what it was compiled with, or undefined when nothing could. */
export function installFront(dist: string): string | undefined;
