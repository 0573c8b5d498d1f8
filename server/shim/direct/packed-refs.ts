import type { BigIntStats } from 'node:fs';
import { Unclear } from '../unclear.ts';
import { contentOf, statOf } from './ref-files.ts';

const NEWLINE = 0x0a;
const OID_LENGTH = 40;
const HEADER = '# pack-refs with:';
const OID = /^[0-9a-f]{40}$/;
/** What a tag leads to. */
const PEELED = /^\^[0-9a-f]{40}$/;

/**
 * The file `packed-refs`. A ref that was loose may be in it a moment later, so whoever found no loose one looks here afterwards, and
 * the file is read anew when it is another one by then.
 */
export class PackedRefs {
  readonly #file: string;
  #read: { readonly stat: BigIntStats | undefined; readonly content: Buffer } | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /** Whether it has this text. @throws Unclear */
  mention(text: string): boolean {
    return this.#content().includes(text, 0, 'latin1');
  }

  /** What a ref holds; undefined when it is not among them. @throws Unclear when git would complain of the file */
  read(ref: string): string | undefined {
    const content = this.#content();
    const at = content.indexOf(` ${ref}\n`, 0, 'latin1');
    return at < 0 ? undefined : content.toString('latin1', at - OID_LENGTH, at);
  }

  #content(): Buffer {
    const stat = statOf(this.#file);
    if (this.#read === undefined || !isSame(this.#read.stat, stat)) this.#read = { stat, content: stat === undefined ? Buffer.alloc(0) : checked(contentOf(this.#file)) };
    return this.#read.content;
  }
}

function isSame(a: BigIntStats | undefined, b: BigIntStats | undefined): boolean {
  return a?.ino === b?.ino && a?.size === b?.size && a?.mtimeNs === b?.mtimeNs && a?.ctimeNs === b?.ctimeNs;
}

/** @throws Unclear unless it is as git writes it: a first line, then refs by name in strict order, each perhaps with what it leads to */
function checked(content: Buffer): Buffer {
  let before = '';
  let mayBePeeled = false;
  for (let at = 0; at < content.length;) {
    const end = content.indexOf(NEWLINE, at);
    if (end < 0) throw new Unclear();
    const line = content.toString('latin1', at, end);
    const name = line.slice(OID_LENGTH + 1);
    if (at === 0 && line.startsWith(HEADER)) {
      mayBePeeled = false;
    } else if (mayBePeeled && PEELED.test(line)) {
      mayBePeeled = false;
    } else {
      if (!OID.test(line.slice(0, OID_LENGTH)) || line[OID_LENGTH] !== ' ' || !name.startsWith('refs/') || name <= before) throw new Unclear();
      before = name;
      mayBePeeled = true;
    }
    at = end + 1;
  }
  return content;
}
