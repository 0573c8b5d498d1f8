import type { Frame, Page } from './playwright.ts';

/** How evenly the pictures of a webview follow each other. */
export interface Smoothness {
  readonly frames: number;
  /** Over all. */
  readonly framesPerSecond: number;
  /** In the worst stretch of {@link STRETCH_MILLIS}. */
  readonly worstFramesPerSecond: number;
  readonly longestMillis: number;
}

export interface Scroll {
  /** Where the wheel is turned, in pixels of the window. */
  readonly x: number;
  readonly y: number;
  /** Pixels down; up when negative. */
  readonly distance: number;
  readonly pixelsPerSecond: number;
}

/** Long enough that one late frame is no dip, short enough that a person would see one. */
const STRETCH_MILLIS = 500;

/**
 * Turns the wheel over a webview as Chromium's own benchmarks do, and counts what its main thread paints: a virtual list that falls
 * behind shows there, also while the compositor scrolls on.
 */
export async function measureScroll(page: Page, frame: Frame, { x, y, distance, pixelsPerSecond }: Scroll): Promise<Smoothness> {
  const devTools = await page.context().newCDPSession(page);
  try {
    await frame.evaluate(startCounting);
    await devTools.send('Input.synthesizeScrollGesture', { x, y, yDistance: -distance, speed: pixelsPerSecond, gestureSourceType: 'mouse', preventFling: true });
    return smoothness(await frame.evaluate(stopCounting));
  } finally {
    await devTools.detach();
  }
}

/** From the times at which frames were painted, in milliseconds. */
export function smoothness(times: readonly number[]): Smoothness {
  const first = times[0] ?? 0;
  const last = times.at(-1) ?? 0;
  let worst = Infinity;
  let longest = 0;
  let from = 0;
  times.forEach((time, index) => {
    longest = Math.max(longest, time - (times[index - 1] ?? time));
    while (time - (times[from] ?? time) > STRETCH_MILLIS) from++;
    // The stretch that ends here began with the frame before `from`, unless the measurement had only just begun.
    const begin = times[from - 1];
    if (begin !== undefined) worst = Math.min(worst, (index - from + 1) * 1000 / (time - begin));
  });
  const average = times.length < 2 ? 0 : (times.length - 1) * 1000 / (last - first);
  return { frames: times.length, framesPerSecond: average, worstFramesPerSecond: Math.min(worst, average), longestMillis: longest };
}

/** Runs in the frame. */
function startCounting(): void {
  const times: number[] = [];
  const count = (time: number): void => {
    times.push(time);
    if (Reflect.get(globalThis, 'paintTimes') === times) requestAnimationFrame(count);
  };
  Reflect.set(globalThis, 'paintTimes', times);
  requestAnimationFrame(count);
}

/** Runs in the frame. */
function stopCounting(): number[] {
  const times = Reflect.get(globalThis, 'paintTimes') as number[];
  Reflect.set(globalThis, 'paintTimes', undefined);
  return times;
}
