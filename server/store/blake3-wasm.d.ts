/** The WebAssembly instance inside blake3-wasm 2.1.5 (pinned exactly), as far as `hash.ts` uses it. */
declare module 'blake3-wasm/dist/wasm/nodejs/blake3_js.js' {
  export const __wasm: {
    readonly memory: WebAssembly.Memory;
    hash(input: number, inputLength: number, output: number, outputLength: number): void;
    __wbindgen_malloc(length: number): number;
  };
}
