import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** After this long an event that has not come is taken for lost. */
const TIMEOUT_MS = 1_000;

interface Cookie {
  readonly name: string;
  readonly file: number;
}

/**
 * Cookie files: writing one and seeing its event proves that every event before it was delivered
 * (watchman's idea). A cookie is written in place, which costs 2 µs and no directory change.
 *
 * Each waiter has a cookie of its own until the event came. Sharing one would be wrong: an event already
 * read from the kernel, but not yet delivered, would answer a later waiter too early.
 */
export class CookieBarrier {
  readonly #directory: string;
  readonly #timeoutMs: number;
  readonly #prefix = `cookie-${randomBytes(6).toString('hex')}-`;
  readonly #idle: Cookie[] = [];
  readonly #waiting = new Map<string, { cookie: Cookie; done: (seen: boolean) => void }>();
  #made = 0;
  #closed = false;

  /** The caller reports events in `directory` (which must exist) through {@link seen}. */
  constructor(directory: string, timeoutMs = TIMEOUT_MS) {
    this.#directory = directory;
    this.#timeoutMs = timeoutMs;
  }

  /** An event for `name` in the cookie directory was delivered. */
  seen(name: string): void {
    const waiter = this.#waiting.get(name);
    if (waiter === undefined) return;
    this.#waiting.delete(name);
    this.#idle.push(waiter.cookie);
    waiter.done(true);
  }

  /** True once every earlier event was delivered; false after the time-out, or when no cookie can be written. */
  wait(): Promise<boolean> {
    if (this.#closed) return Promise.resolve(false);
    const idle = this.#idle.pop();
    let cookie: Cookie;
    try {
      // Making a cookie is its first event, so it is not written as well: one event for each use, and
      // the use is over when that has come. Otherwise a left-over event would answer a later waiter.
      cookie = idle ?? this.#make();
      if (idle !== undefined) fs.writeSync(idle.file, '.', 0);
    } catch {
      if (idle !== undefined) this.#discard(idle);
      return Promise.resolve(false);
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        // If the loop was blocked this long, the event may wait in the queue: give it one turn.
        setImmediate(() => setImmediate(() => this.#giveUp(cookie)));
      }, this.#timeoutMs);
      this.#waiting.set(cookie.name, { cookie, done: (seen) => {
        clearTimeout(timer);
        resolve(seen);
      } });
    });
  }

  close(): void {
    this.#closed = true;
    for (const { cookie } of [...this.#waiting.values()]) this.#giveUp(cookie);
    for (const cookie of this.#idle.splice(0)) this.#discard(cookie);
  }

  /** A cookie whose event did not come is not used again: the event may still come. */
  #giveUp(cookie: Cookie): void {
    const waiter = this.#waiting.get(cookie.name);
    if (waiter === undefined) return;
    this.#waiting.delete(cookie.name);
    this.#discard(cookie);
    waiter.done(false);
  }

  #make(): Cookie {
    const name = this.#prefix + this.#made++;
    return { name, file: fs.openSync(path.join(this.#directory, name), 'wx', 0o600) };
  }

  #discard(cookie: Cookie): void {
    fs.closeSync(cookie.file);
    fs.rmSync(path.join(this.#directory, cookie.name), { force: true });
  }
}
