import { createRequire } from 'node:module';
import { __wasm as wasm } from 'blake3-wasm/dist/wasm/nodejs/blake3_js.js';
import { ID_BYTES } from './format.ts';

/**
 * From this size on the native BLAKE3 is faster than WebAssembly even with the cost of entering it:
 * 3 µs against 7.6 µs at 8 KiB, 7 against 57 at 64 KiB, the same at about 3 KiB (measured on x86-64 with AVX2).
 */
const NATIVE_FROM = 8 * 1024;

type NativeHash = (bytes: Uint8Array) => Uint8Array;

const nativeHash = loadNative();

/** Where the WebAssembly function leaves its result; allocated once, lives as long as the instance. */
const resultAt = wasm.__wbindgen_malloc(ID_BYTES);
let memory = new Uint8Array(wasm.memory.buffer);

/** Writes the BLAKE3-256 of `bytes` at `out[at…at+32]`. */
export function hashInto(bytes: Uint8Array, out: Uint8Array, at: number): void {
  const length = bytes.length;
  if (length >= NATIVE_FROM && nativeHash !== undefined) {
    out.set(nativeHash(bytes), at);
    return;
  }
  // blake3-wasm's own hash() makes a Buffer and a second copy per call: 0.15 µs of the 1.6 that a tree node costs.
  // The callee frees the input.
  const input = wasm.__wbindgen_malloc(length);
  if (memory.buffer !== wasm.memory.buffer) memory = new Uint8Array(wasm.memory.buffer);
  memory.set(bytes, input);
  wasm.hash(input, length, resultAt, ID_BYTES);
  if (memory.buffer !== wasm.memory.buffer) memory = new Uint8Array(wasm.memory.buffer);
  for (let i = 0; i < ID_BYTES; i++) out[at + i] = memory[resultAt + i] as number;
}

/** BLAKE3-256 of `bytes` in a fresh buffer. */
export function hash(bytes: Uint8Array): Buffer {
  const out = Buffer.allocUnsafeSlow(ID_BYTES);
  hashInto(bytes, out, 0);
  return out;
}

const scratch = new Uint8Array(ID_BYTES);

/** True when `id[at…at+32]` is the BLAKE3-256 of `bytes`. */
export function hashMatches(bytes: Uint8Array, id: Uint8Array, at: number): boolean {
  hashInto(bytes, scratch, 0);
  for (let i = 0; i < ID_BYTES; i++) if (scratch[i] !== id[at + i]) return false;
  return true;
}

/** The optional accelerator; the WebAssembly gives the same digests wherever it does not load. */
function loadNative(): NativeHash | undefined {
  try {
    // A bundle is CommonJS and has __filename; sources run as modules and have import.meta.
    const require = createRequire(typeof __filename === 'string' ? __filename : import.meta.url);
    const { blake3 } = require('@napi-rs/blake-hash') as { blake3: NativeHash };
    return blake3;
  } catch {
    return undefined;
  }
}
