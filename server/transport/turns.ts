/** Somebody with messages that wait to be handled. */
export interface Worker {
  /** Handles one message. False when it has none that could be handled now. */
  step(): boolean;
}

/** Messages that a connection may have handled as they come in, before others get a turn. */
const MESSAGES_AT_ONCE = 4;
/** Messages that are handled, of all who wait, before the event loop looks who else has sent something. */
const MESSAGES_A_TURN = 8;

/**
 * Gives each connection its turn. What comes in is handled at once, up to a few messages; whoever has sent more waits in a
 * circle, and between the turns of the circle those who send little are served. So nobody's flood is another's delay.
 */
export class Turns {
  readonly #waiting: Worker[] = [];
  readonly #later: (callback: () => void) => void;
  #isComing = false;

  constructor(later: (callback: () => void) => void = setImmediate) {
    this.#later = later;
  }

  /** Handles the first messages of a worker that is not waiting. False when it has nothing more to handle; else its turns come. */
  begin(worker: Worker): boolean {
    for (let handled = 0; handled < MESSAGES_AT_ONCE; handled++) if (!worker.step()) return false;
    this.#wait(worker);
    return true;
  }

  /** Resolves when it is the turn of somebody who has work to do of another kind. */
  async turn(): Promise<void> {
    await new Promise<void>((resolve) => this.#wait({ step: () => {
      resolve();
      return false;
    } }));
  }

  #wait(worker: Worker): void {
    this.#waiting.push(worker);
    if (!this.#isComing) this.#later(this.#turn);
    this.#isComing = true;
  }

  readonly #turn = (): void => {
    this.#isComing = false;
    for (let handled = 0; handled < MESSAGES_A_TURN; handled++) {
      const worker = this.#waiting.shift();
      if (worker === undefined) return;
      if (worker.step()) this.#waiting.push(worker);
    }
    if (this.#waiting.length > 0 && !this.#isComing) {
      this.#isComing = true;
      this.#later(this.#turn);
    }
  };
}
