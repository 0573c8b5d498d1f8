/** Runs `callback` after `milliseconds`, unless the returned function is called before. Injected, so that tests own time. */
export type After = (milliseconds: number, callback: () => void) => () => void;

/** Real time. The timers keep no process alive. */
export const systemAfter: After = (milliseconds, callback) => {
  const timer = setTimeout(callback, milliseconds);
  timer.unref();
  return () => clearTimeout(timer);
};
