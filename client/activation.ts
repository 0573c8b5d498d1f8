/** How long the extension took to start. Imported first by extension.ts: its own loading is most of it. */

const began = performance.now();
let millis: number | undefined;

/** Called once, when `activate` is done. */
export function activated(): void {
  millis ??= performance.now() - began;
}

/** From the first line of the bundle to the end of `activate`, ms; undefined while that is not over. */
export function activationMillis(): number | undefined {
  return millis;
}
