/** The sizes of what `node scripts/build.mjs` makes. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/**
 * Bytes of each bundle as it is on disk and as gzip packs it, which is about what it adds to a VSIX. The modules of the command
 * line count as one, `cli`. Largest first.
 * @returns {{ name: string, bytes: number, gzip: number }[]}
 */
export function bundleSizes(dist) {
  const sizes = new Map();
  for (const file of readdirSync(dist, { recursive: true })) {
    if (!/\.(cjs|mjs|js|wasm)$/.test(file)) continue;
    const name = /^cli[/\\]/.test(file) ? 'cli' : file;
    const content = readFileSync(join(dist, file));
    const { bytes, gzip } = sizes.get(name) ?? { bytes: 0, gzip: 0 };
    sizes.set(name, { bytes: bytes + content.length, gzip: gzip + gzipSync(content).length });
  }
  return [...sizes].map(([name, size]) => ({ name, ...size })).sort((a, b) => b.bytes - a.bytes);
}

/** One line for each bundle. */
export function describeSizes(sizes) {
  const kib = (bytes) => `${(bytes / 1024).toFixed(1).padStart(8)} KiB`;
  const width = Math.max(...sizes.map(({ name }) => name.length));
  return sizes.map(({ name, bytes, gzip }) => `  ${name.padEnd(width)} ${kib(bytes)} ${kib(gzip)} gzip`).join('\n');
}
