/**
 * Reads the beginning of a JSON text: of a payload of 100 MB only the first part is kept, and what is needed stands there. What is cut
 * off or malformed ends the reading; what was read until then is the result.
 */
export function readJsonPrefix(text: string): unknown {
  return new Reader(text).value(0);
}

/** Deeper values are not looked at. */
const MAX_DEPTH = 32;

class Reader {
  readonly #text: string;
  #at = 0;
  #isOver = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** The value that begins here; undefined when none does. */
  value(depth: number): unknown {
    this.#skipSpace();
    const next = this.#text[this.#at];
    if (depth > MAX_DEPTH || next === undefined) return this.#end();
    if (next === '{') return this.#object(depth);
    if (next === '[') return this.#array(depth);
    if (next === '"') return this.#string();
    return this.#literal();
  }

  #object(depth: number): Record<string, unknown> {
    // Without a prototype: a member may be called "__proto__".
    const object: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    this.#at++;
    while (!this.#closes('}')) {
      const key = this.#text[this.#at] === '"' ? this.#string() : undefined;
      this.#skipSpace();
      if (key === undefined || this.#isOver || this.#text[this.#at] !== ':') {
        this.#end();
        break;
      }
      this.#at++;
      const value = this.value(depth + 1);
      if (value !== undefined) object[key] = value;
    }
    return object;
  }

  #array(depth: number): unknown[] {
    const array: unknown[] = [];
    this.#at++;
    while (!this.#closes(']')) {
      const value = this.value(depth + 1);
      if (value === undefined) break;
      array.push(value);
    }
    return array;
  }

  /** Goes to the next member; true when there is none. */
  #closes(bracket: string): boolean {
    if (this.#isOver) return true;
    this.#skipSpace();
    if (this.#text[this.#at] === ',') {
      this.#at++;
      this.#skipSpace();
    }
    if (this.#text[this.#at] === undefined) this.#end();
    if (this.#text[this.#at] !== bracket) return this.#isOver;
    this.#at++;
    return true;
  }

  /** A text; what is cut off is what is there of it. */
  #string(): string | undefined {
    const start = this.#at;
    for (this.#at++; this.#text[this.#at] !== '"'; this.#at++) {
      if (this.#text[this.#at] === '\\') this.#at++;
      if (this.#at >= this.#text.length) {
        this.#end();
        return this.#parse(`${this.#text.slice(start).replace(/\\(?:u[0-9a-fA-F]{0,3})?$/, '')}"`);
      }
    }
    this.#at++;
    return this.#parse(this.#text.slice(start, this.#at));
  }

  #literal(): unknown {
    const word = /[^\s,:\]}]*/y;
    word.lastIndex = this.#at;
    const text = word.exec(this.#text)?.[0] ?? '';
    this.#at += text.length;
    return this.#parse(text);
  }

  #parse<T>(text: string): T | undefined {
    try {
      return JSON.parse(text) as T;
    } catch {
      return this.#end();
    }
  }

  #skipSpace(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++;
  }

  /** Nothing after this is read. */
  #end(): undefined {
    this.#isOver = true;
    this.#at = this.#text.length;
    return undefined;
  }
}
