import { Unclear } from '../unclear.ts';

const COPIES = 0x80;
/** What a copy of size 0 means. */
const WHOLE_COPY = 0x10000;

/** What a delta makes of its base (gitformat-pack(5)). @throws Unclear when it is not of that base, or broken */
export function applyDelta(base: Buffer, delta: Buffer, largest: number): Buffer {
  let at = 0;
  const byte = (): number => {
    const value = delta[at++];
    if (value === undefined) throw new Unclear();
    return value;
  };
  const size = (): number => {
    for (let value = 0, factor = 1; ; factor *= 128) {
      const next = byte();
      value += (next & 0x7f) * factor;
      if (value > largest) throw new Unclear();
      if ((next & 0x80) === 0) return value;
    }
  };
  /** Bytes that flags say are there, least first. */
  const number = (flags: number, bytes: number): number => {
    let value = 0;
    for (let i = 0; i < bytes; i++) if ((flags & (1 << i)) !== 0) value += byte() * 256 ** i;
    return value;
  };
  if (size() !== base.length) throw new Unclear();
  const result = Buffer.alloc(size());
  let filled = 0;
  while (at < delta.length) {
    const command = byte();
    if (command === 0) throw new Unclear();
    const isCopy = (command & COPIES) !== 0;
    const start = isCopy ? number(command, 4) : at;
    const length = isCopy ? number(command >> 4 & 0x07, 3) || WHOLE_COPY : command;
    const source = isCopy ? base : delta;
    if (start + length > source.length || filled + length > result.length) throw new Unclear();
    source.copy(result, filled, start, start + length);
    filled += length;
    if (!isCopy) at += length;
  }
  if (filled !== result.length) throw new Unclear();
  return result;
}
