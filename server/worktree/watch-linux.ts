import fs from 'node:fs';
import path from 'node:path';
import { bytePathFromBytes } from '../../protocol/paths.ts';
import type { BytePath } from '../../protocol/paths.ts';
import { CookieBarrier } from './barrier.ts';
import { inotifyQueue } from './event-queue.ts';
import type { EventQueue } from './event-queue.ts';
import { childOf, isMissing, nameOf, nativePath, systemErrorCode } from './native-path.ts';
import { PathTree } from './path-tree.ts';
import type { ChangeSink, ChangeSource, ChangeSourceOptions } from './watch.ts';

/**
 * One inotify watch per directory, by `fs.watch`.
 *
 * All watches of an event loop share one inotify instance, so events come in the order of the changes,
 * the cookie's among them. A watch belongs to the inode: when a name is seen to appear, vanish or move,
 * the watch registered under it is dropped, and whoever looks at the name again watches what is there then.
 */
export class LinuxChanges implements ChangeSource {
  readonly #root: string;
  readonly #sink: ChangeSink;
  readonly #queue: EventQueue;
  readonly #watches = new PathTree<fs.FSWatcher>();
  readonly #barrier: CookieBarrier;
  readonly #cookieWatch: fs.FSWatcher;
  readonly #stopListening: () => void;

  constructor({ root, cookieDirectory, sink }: ChangeSourceOptions, queue: EventQueue = inotifyQueue) {
    this.#root = root;
    this.#sink = sink;
    this.#queue = queue;
    this.#cookieWatch = fs.watch(cookieDirectory, { persistent: false }, (_event, name) => {
      queue.count();
      if (name !== null) this.#barrier.seen(name);
    });
    this.#cookieWatch.on('error', (error) => sink.lost(error.message));
    this.#barrier = new CookieBarrier(cookieDirectory);
    this.#stopListening = queue.onOverflow(() => sink.lost('more changes at once than the kernel queues'));
  }

  get watches(): number {
    return this.#watches.size + 1;
  }

  watch(directory: BytePath): 'new' | 'already' | 'refused' | 'missing' {
    if (this.#watches.has(directory)) return 'already';
    let watcher: fs.FSWatcher;
    try {
      watcher = fs.watch(nativePath(this.#root, directory), { persistent: false, encoding: 'buffer' },
        (event, name) => this.#event(directory, event, name));
    } catch (error) {
      if (isMissing(error)) return 'missing';
      const code = systemErrorCode(error);
      if (code === 'ENOSPC' || code === 'EMFILE' || code === 'ENFILE' || code === 'ENOMEM') return 'refused';
      throw error;
    }
    watcher.on('error', (error) => this.#sink.lost(error.message));
    this.#watches.set(directory, watcher);
    return 'new';
  }

  isWatching(directory: BytePath): boolean {
    return this.#watches.has(directory);
  }

  unwatch(directory: BytePath): void {
    for (const [below] of this.#watches.under(directory)) this.#drop(below);
  }

  barrier(): Promise<boolean> {
    return this.#barrier.wait();
  }

  close(): void {
    this.#stopListening();
    this.unwatch('' as BytePath);
    this.#cookieWatch.close();
    this.#barrier.close();
  }

  #event(directory: BytePath, event: string, name: Buffer | null): void {
    this.#queue.count();
    if (name === null) {
      this.#sink.lost('an event without a name');
      return;
    }
    const child = bytePathFromBytes(name);
    const changed = childOf(directory, child);
    if (event === 'rename') {
      // With what is below: where a directory moved, its watches moved along, and another one may have its name now.
      this.unwatch(changed);
      // What happens to the watched directory itself is reported under its own name, too.
      const own = directory === '' ? path.basename(this.#root) : nameOf(directory);
      if (child === own || Buffer.from(own, 'utf8').equals(name)) {
        this.unwatch(directory);
        this.#sink.changed(directory);
      }
    }
    this.#sink.changed(changed);
  }

  #drop(directory: BytePath): void {
    const watcher = this.#watches.delete(directory);
    if (watcher === undefined) return;
    watcher.close();
    this.#queue.count();
  }
}
