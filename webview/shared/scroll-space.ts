/**
 * Highest element that is asked of a browser, pixels. Chromium stops at 33,554,428 and Firefox at 17,895,698; far below both,
 * positions are whole pixels even where they are kept as 32-bit floats.
 */
export const MAX_HEIGHT = 8_000_000;

/** A scroll over more than so many screens is a jump: to where in the whole list the thumb is. Less is a walk, pixel by pixel. */
const JUMP_SCREENS = 3;

/**
 * Where a list is when the browser says that its box is scrolled so far. Equal, as long as the list is no higher than
 * {@link MAX_HEIGHT}. A higher one has a box of that height: near movements are told apart by pixels, far ones by proportion, and
 * at rest the box is brought back to where the proportion says.
 */
export class ScrollSpace {
  readonly #max: number;
  #content = 0;
  #viewport = 0;
  #top = 0;
  #boxTop = 0;

  constructor(max = MAX_HEIGHT) {
    this.#max = max;
  }

  /** Height of the box that the browser scrolls. */
  get boxHeight(): number {
    return Math.min(this.#content, this.#max);
  }

  /** What of the content is at the upper edge. */
  get top(): number {
    return this.#top;
  }

  /** Where the box must be scrolled to. */
  get boxTop(): number {
    return this.#boxTop;
  }

  /** What is to be added to a position in the content to get one in the box. */
  get shift(): number {
    return this.#boxTop - this.#top;
  }

  /** The content or the window on it has another height. Afterwards, the content is at `top`, as far as that is possible. */
  resize(content: number, viewport: number, top = this.#top): void {
    this.#content = content;
    this.#viewport = viewport;
    this.moveTo(top);
  }

  /** Goes to a position of the content. */
  moveTo(top: number): void {
    this.#top = clamp(top, 0, this.#contentRange);
    this.#boxTop = this.#proportional(this.#top);
  }

  /** The browser has scrolled the box. */
  scrolledTo(boxTop: number): void {
    const moved = boxTop - this.#boxTop;
    this.#boxTop = boxTop;
    if (this.#boxRange >= this.#contentRange) this.#top = boxTop;
    else if (boxTop <= 0) this.#top = 0;
    else if (boxTop >= this.#boxRange) this.#top = this.#contentRange;
    else if (Math.abs(moved) > JUMP_SCREENS * this.#viewport) this.#top = boxTop / this.#boxRange * this.#contentRange;
    else this.#top = clamp(this.#top + moved, 0, this.#contentRange);
  }

  /** At rest: brings the box to where the proportion says, so that its ends stay out of the way. Returns true when it must be scrolled. */
  settle(): boolean {
    const boxTop = this.#proportional(this.#top);
    const isOff = Math.abs(boxTop - this.#boxTop) >= 1;
    if (isOff) this.#boxTop = boxTop;
    return isOff;
  }

  get #contentRange(): number {
    return Math.max(0, this.#content - this.#viewport);
  }

  get #boxRange(): number {
    return Math.max(0, this.boxHeight - this.#viewport);
  }

  /** Whole pixels, as browsers keep them. */
  #proportional(top: number): number {
    if (this.#boxRange >= this.#contentRange) return top;
    return Math.round(top / this.#contentRange * this.#boxRange);
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
