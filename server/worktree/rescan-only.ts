import type { ChangeSource } from './watch.ts';

/** The change source of a directory that cannot be watched: it never knows, so everything is looked at each time. */
export const rescanOnly: ChangeSource = {
  watches: 0,
  watch: () => 'already',
  isWatching: () => false,
  unwatch: () => undefined,
  barrier: () => Promise.resolve(false),
  close: () => undefined,
};
