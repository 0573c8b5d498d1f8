/** What the twelve agents try: one function, `primesBelow(n)`, written twelve ways. Some are slow, two are wrong. */
export interface Candidate {
  readonly agent: string;
  readonly idea: string;
  /** The steps of the agent's work: each is the file's content after it, and gets a checkpoint. */
  readonly steps: readonly string[];
}

/** The file that the agents write, relative to the repository. */
export const TARGET = 'src/primes.mjs';

const file = (body: string): string => `/** Primes below n, in order. */\nexport function primesBelow(n) {\n${body}}\n`;

const TRIAL = file(`  const found = [];
  for (let k = 2; k < n; k++) {
    let prime = true;
    for (let d = 2; d < k; d++) if (k % d === 0) { prime = false; break; }
    if (prime) found.push(k);
  }
  return found;
`);

const ROOT = file(`  const found = [];
  for (let k = 2; k < n; k++) {
    let prime = true;
    for (let d = 2; d * d <= k; d++) if (k % d === 0) { prime = false; break; }
    if (prime) found.push(k);
  }
  return found;
`);

const BY_PRIMES = file(`  const found = [];
  for (let k = 2; k < n; k++) {
    let prime = true;
    for (const d of found) {
      if (d * d > k) break;
      if (k % d === 0) { prime = false; break; }
    }
    if (prime) found.push(k);
  }
  return found;
`);

const sieve = (array: string): string => file(`  const composite = ${array};
  const found = [];
  for (let k = 2; k < n; k++) {
    if (composite[k]) continue;
    found.push(k);
    for (let m = k * k; m < n; m += k) composite[m] = 1;
  }
  return found;
`);

const ODD = file(`  if (n <= 2) return [];
  const half = n >> 1;
  const composite = new Uint8Array(half + 1);
  const found = [2];
  for (let i = 1; 2 * i + 1 < n; i++) {
    if (composite[i]) continue;
    const p = 2 * i + 1;
    found.push(p);
    for (let m = (p * p - 1) / 2; m <= half; m += p) composite[m] = 1;
  }
  return found;
`);

const SEGMENTED = file(`  const found = [];
  if (n <= 2) return found;
  const limit = Math.ceil(Math.sqrt(n));
  const small = new Uint8Array(limit + 1);
  const base = [];
  for (let k = 2; k <= limit; k++) {
    if (small[k]) continue;
    base.push(k);
    for (let m = k * k; m <= limit; m += k) small[m] = 1;
  }
  const size = 32768;
  const block = new Uint8Array(size);
  for (let low = 2; low < n; low += size) {
    block.fill(0);
    const high = Math.min(low + size, n);
    for (const p of base) {
      if (p * p >= high) break;
      for (let m = Math.max(p * p, Math.ceil(low / p) * p); m < high; m += p) block[m - low] = 1;
    }
    for (let k = low; k < high; k++) if (!block[k - low]) found.push(k);
  }
  return found;
`);

const SET = file(`  const candidates = new Set();
  for (let k = 2; k < n; k++) candidates.add(k);
  for (let k = 2; k * k < n; k++) {
    if (candidates.has(k)) for (let m = k * k; m < n; m += k) candidates.delete(m);
  }
  return [...candidates];
`);

const WHEEL = file(`  const found = [2, 3].filter((p) => p < n);
  for (let k = 5, step = 2; k < n; k += step, step = 6 - step) {
    let prime = true;
    for (let d = 5, by = 2; d * d <= k; d += by, by = 6 - by) if (k % d === 0) { prime = false; break; }
    if (prime) found.push(k);
  }
  return found;
`);

const INCLUSIVE = sieve('new Uint8Array(n + 1)').replace('k < n; k++', 'k <= n; k++');
const NO_TWO = ODD.replace('const found = [2];', 'const found = [];');
const LINEAR = file(`  const least = new Uint32Array(n);
  const found = [];
  for (let k = 2; k < n; k++) {
    if (least[k] === 0) { least[k] = k; found.push(k); }
    for (let i = 0; i < found.length && found[i] <= least[k] && k * found[i] < n; i++) least[k * found[i]] = found[i];
  }
  return found;
`);

export const DRAFT = TRIAL;

export const CANDIDATES: readonly Candidate[] = [
  { agent: 'ada', idea: 'divide up to the root', steps: [ROOT] },
  { agent: 'bo', idea: 'divide by known primes', steps: [ROOT, BY_PRIMES] },
  { agent: 'cy', idea: 'sieve in a plain array', steps: [ROOT, sieve('new Array(n).fill(0)')] },
  { agent: 'di', idea: 'sieve in bytes', steps: [sieve('new Array(n).fill(0)'), sieve('new Uint8Array(n)')] },
  { agent: 'ed', idea: 'sieve of odd numbers', steps: [sieve('new Uint8Array(n)'), ODD] },
  { agent: 'flo', idea: 'sieve in blocks that fit the cache', steps: [sieve('new Uint8Array(n)'), SEGMENTED] },
  { agent: 'gus', idea: 'a Set of candidates', steps: [SET] },
  { agent: 'hal', idea: 'a wheel of six', steps: [ROOT, WHEEL] },
  { agent: 'ida', idea: 'off by one at the end', steps: [sieve('new Uint8Array(n)'), INCLUSIVE] },
  { agent: 'jo', idea: 'forgets that 2 is prime', steps: [ODD, NO_TWO] },
  { agent: 'kit', idea: 'linear sieve', steps: [sieve('new Uint8Array(n)'), LINEAR] },
  { agent: 'lou', idea: 'wrecks the tree on the way, then sieves odd numbers', steps: [ROOT, ODD] },
];

/** The validator that runs in each fork: correctness first, then speed as the score. */
export const VALIDATOR = `import assert from 'node:assert/strict';
import { primesBelow } from './src/primes.mjs';

const slow = (n) => Array.from({ length: Math.max(0, n - 2) }, (_, i) => i + 2).filter((k) => { for (let d = 2; d * d <= k; d++) if (k % d === 0) return false; return true; });
for (const n of [0, 1, 2, 3, 4, 5, 10, 11, 100, 541, 1000, 7919, 7920]) assert.deepEqual(primesBelow(n), slow(n), 'primes below ' + n);
assert.equal(primesBelow(200000).length, 17984);
let best = Infinity;
for (let round = 0; round < 5; round++) {
  const start = process.hrtime.bigint();
  primesBelow(200000);
  best = Math.min(best, Number(process.hrtime.bigint() - start) / 1e6);
}
console.log('best of 5: ' + best.toFixed(2) + ' ms for the primes below 200000');
console.log('score: ' + (1000 / best).toFixed(1));
`;
