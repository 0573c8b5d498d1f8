import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import type { Stats } from 'node:fs';
import type { NativePath } from './native-path.ts';

/**
 * Does `use` with a regular file that is open for reading. Undefined for anything else: what is looked at before it is opened may be something
 * else by then, and a FIFO or a device must not make anybody wait.
 * @param follow whether a symbolic link is followed; otherwise it is an error, `ELOOP`
 * @throws the system's error
 */
export function withRegularFile<T>(file: NativePath, follow: boolean, use: (descriptor: number, stats: Stats) => T): T | undefined {
  const descriptor = openSync(file, constants.O_RDONLY | nonBlocking | (follow ? 0 : noFollow));
  try {
    const stats = fstatSync(descriptor);
    return stats.isFile() ? use(descriptor, stats) : undefined;
  } finally {
    closeSync(descriptor);
  }
}

// Absent on Windows, where neither a link without privilege nor a FIFO in a directory exists.
const nonBlocking: number = (constants as Partial<typeof constants>).O_NONBLOCK ?? 0;
const noFollow: number = (constants as Partial<typeof constants>).O_NOFOLLOW ?? 0;
