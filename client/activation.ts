/**
 * How long the extension kept the extension host busy to start. Imported first by extension.ts: its own loading is most of it. Between loading
 * and `activate`, VS Code reads translations, in its own time.
 */

const began = performance.now();
let loading = 0;
let called = 0;
let millis: number | undefined;

/** To be called as the last thing that loading does. */
export function loaded(): void {
  loading = performance.now() - began;
}

/** To be called as the first thing in `activate`. */
export function activating(): void {
  called = performance.now();
}

/** Called once, when `activate` is done. */
export function activated(): void {
  millis ??= loading + performance.now() - called;
}

/** Loading and `activate`, ms; undefined while that is not over. */
export function activationMillis(): number | undefined {
  return millis;
}
