import { writeFileSync } from 'node:fs';

/** Loaded into a server that is measured: on SIGUSR2 it collects its garbage and writes how much of its heap is in use. */
process.on('SIGUSR2', () => {
  globalThis.gc?.();
  writeFileSync(process.env['PYI_BENCH_MEMORY'] ?? '/dev/null', `${process.memoryUsage().heapUsed}\n`);
});
