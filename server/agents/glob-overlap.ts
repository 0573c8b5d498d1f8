/**
 * Whether some path matches both globs (as in .gitignore with slashes respected; a directory stands for all below it). Sets in
 * brackets count as any character, so that the answer may be a false alarm, never a miss. Costs the product of the lengths.
 */
export function globsOverlap(one: string, other: string): boolean {
  return pathsMeet(segments(one), segments(other));
}

/** The segments of a glob and, because a directory stands for what is below it, of what may follow. */
function segments(glob: string): string[] {
  const parts = glob.split('/').filter((part) => part !== '' && part !== '.');
  return parts.at(-1) === '**' ? parts : [...parts, '**'];
}

/** Dynamic programming over both lists: `**` takes any number of segments, none included. */
function pathsMeet(a: readonly string[], b: readonly string[]): boolean {
  return meet(a.length, b.length, (i) => a[i] === '**', (j) => b[j] === '**', (i, j) => segmentsMeet(a[i] ?? '', b[j] ?? ''));
}

function segmentsMeet(a: string, b: string): boolean {
  const [left, right] = [tokens(a), tokens(b)];
  return meet(left.length, right.length, (i) => left[i] === '*', (j) => right[j] === '*', (i, j) => {
    const [x, y] = [left[i], right[j]];
    return x === '?' || y === '?' || x === y;
  });
}

/** Characters of a segment: `*` any number of any, `?` any one. An escaped or plain character stands for itself, as `=c`. */
function tokens(segment: string): string[] {
  const found: string[] = [];
  for (let i = 0; i < segment.length; i++) {
    const c = segment.charAt(i);
    if (c === '*') {
      if (found.at(-1) !== '*') found.push('*');
    } else if (c === '?') {
      found.push('?');
    } else if (c === '[' && segment.indexOf(']', i + 2) > 0) {
      found.push('?');
      i = segment.indexOf(']', i + 2);
    } else {
      if (c === '\\' && i + 1 < segment.length) i++;
      found.push(`=${segment.charAt(i)}`);
    }
  }
  return found;
}

/** Whether two sequences, in which some items stand for any number of items, have a common reading. */
function meet(lengthA: number, lengthB: number, isManyA: (i: number) => boolean, isManyB: (j: number) => boolean, fits: (i: number, j: number) => boolean): boolean {
  const width = lengthB + 1;
  const reached = new Uint8Array((lengthA + 1) * width);
  reached[0] = 1;
  for (let i = 0; i <= lengthA; i++) {
    for (let j = 0; j <= lengthB; j++) {
      if (reached[i * width + j] !== 1) continue;
      if (i < lengthA && isManyA(i)) reached[(i + 1) * width + j] = 1;
      if (j < lengthB && isManyB(j)) reached[i * width + j + 1] = 1;
      if (i < lengthA && j < lengthB) {
        if (isManyA(i)) reached[i * width + j + 1] = 1;
        if (isManyB(j)) reached[(i + 1) * width + j] = 1;
        if (!isManyA(i) && !isManyB(j) && fits(i, j)) reached[(i + 1) * width + j + 1] = 1;
      }
    }
  }
  return reached[lengthA * width + lengthB] === 1;
}
