import { spawnSync } from 'node:child_process';

/** Makes a directory read-only as a disk is, for root too. False where the user may not. */
export function mountReadOnly(directory: string): boolean {
  return spawnSync('mount', ['--bind', directory, directory]).status === 0 && spawnSync('mount', ['-o', 'remount,ro,bind', directory]).status === 0;
}

/** Makes it writable again, if it was made read-only. */
export function unmount(directory: string): void {
  spawnSync('umount', [directory]);
}
