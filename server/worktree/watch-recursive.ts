import fs from 'node:fs';
import path from 'node:path';
import { bytePathFromText } from '../../protocol/paths.ts';
import type { BytePath } from '../../protocol/paths.ts';
import { CookieBarrier } from './barrier.ts';
import { PathTree } from './path-tree.ts';
import type { ChangeSink, ChangeSource, ChangeSourceOptions } from './watch.ts';

/**
 * One recursive watch (macOS, Windows). Cookies are seen by the same watch where they lie below the
 * root, because only one stream is in order; otherwise by a watch of their own, as good as that gets.
 */
export class RecursiveChanges implements ChangeSource {
  readonly #sink: ChangeSink;
  readonly #watchers: fs.FSWatcher[] = [];
  readonly #barrier: CookieBarrier;
  /** Directories whose content is known: a new directory is read once. */
  readonly #known = new PathTree<true>();

  constructor({ root, cookieDirectory, sink }: ChangeSourceOptions) {
    this.#sink = sink;
    this.#barrier = new CookieBarrier(cookieDirectory);
    const cookies = path.relative(root, cookieDirectory);
    const inside = !cookies.startsWith('..') && !path.isAbsolute(cookies);
    this.#open(root, (event, name) => {
      if (inside && path.dirname(name) === cookies) this.#barrier.seen(path.basename(name));
      else this.#event(event, bytePathFromText(path.sep === '/' ? name : name.replaceAll(path.sep, '/')));
    }, true);
    if (!inside) this.#open(cookieDirectory, (_event, name) => this.#barrier.seen(name), false);
  }

  get watches(): number {
    return this.#watchers.length;
  }

  watch(directory: BytePath): 'new' | 'already' {
    if (this.#known.has(directory)) return 'already';
    this.#known.set(directory, true);
    return 'new';
  }

  isWatching(directory: BytePath): boolean {
    return this.#known.has(directory);
  }

  unwatch(directory: BytePath): void {
    for (const [below] of this.#known.under(directory)) this.#known.delete(below);
  }

  barrier(): Promise<boolean> {
    return this.#barrier.wait();
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.close();
    this.#barrier.close();
  }

  #event(event: string, changed: BytePath): void {
    if (event === 'rename') this.unwatch(changed);
    this.#sink.changed(changed);
  }

  #open(directory: string, onEvent: (event: string, name: string) => void, recursive: boolean): void {
    const watcher = fs.watch(directory, { persistent: false, recursive }, (event, name) => {
      if (name === null) this.#sink.lost('an event without a name');
      else onEvent(event, name);
    });
    watcher.on('error', (error) => this.#sink.lost(error.message));
    this.#watchers.push(watcher);
  }
}
