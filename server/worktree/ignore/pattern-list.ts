import type { Pattern } from './pattern.ts';

/** Index of the last pattern that decides about a file and about a directory; -1 for none. */
interface Winner {
  file: number;
  directory: number;
}

/**
 * The patterns of one ignore file, asked which of them decides about a path: the last that matches.
 *
 * Literal names and extensions, nearly all of real ignore files, are found by hashing; what remains is
 * tried one by one, from the end, and only as far as it could still override what hashing found.
 */
export class PatternList {
  private readonly patterns: readonly Pattern[];
  private readonly names = new Map<string, Winner>();
  /** `*.ext`, by `.ext`. */
  private readonly extensions = new Map<string, Winner>();
  /** Indexes of all others, ascending. */
  private readonly others: number[] = [];

  constructor(patterns: readonly Pattern[]) {
    this.patterns = patterns;
    patterns.forEach((pattern, index) => {
      const { matcher } = pattern;
      if (matcher.kind === 'name') {
        record(this.names, matcher.literal, index, pattern.directoryOnly);
      } else if (matcher.kind === 'name-suffix' && matcher.literal.lastIndexOf('.') === 0) {
        record(this.extensions, matcher.literal, index, pattern.directoryOnly);
      } else {
        this.others.push(index);
      }
    });
  }

  /**
   * The pattern that decides about `path`, whose part from `base` on is relative to the ignore file's
   * directory and whose last name is `name`. Both in lower case if the patterns ignore case.
   */
  match(path: string, base: number, name: string, isDirectory: boolean): Pattern | undefined {
    let best = -1;
    if (this.names.size > 0) {
      const winner = this.names.get(name);
      if (winner !== undefined) best = isDirectory ? winner.directory : winner.file;
    }
    if (this.extensions.size > 0) {
      const dot = name.lastIndexOf('.');
      const winner = dot < 0 ? undefined : this.extensions.get(name.slice(dot));
      if (winner !== undefined) best = Math.max(best, isDirectory ? winner.directory : winner.file);
    }
    for (let i = this.others.length - 1; i >= 0; i--) {
      const index = this.others[i] as number;
      if (index < best) break;
      const pattern = this.patterns[index] as Pattern;
      if ((isDirectory || !pattern.directoryOnly) && matches(pattern, path, base, name)) return pattern;
    }
    return this.patterns[best];
  }
}

function record(map: Map<string, Winner>, key: string, index: number, directoryOnly: boolean): void {
  const winner = map.get(key) ?? { file: -1, directory: -1 };
  winner.directory = index;
  if (!directoryOnly) winner.file = index;
  map.set(key, winner);
}

function matches({ matcher }: Pattern, path: string, base: number, name: string): boolean {
  switch (matcher.kind) {
    case 'name': return name === matcher.literal;
    case 'name-suffix': return name.endsWith(matcher.literal);
    case 'name-wild': return matcher.wild.matches(name);
    case 'path': return path.length - base === matcher.literal.length && path.endsWith(matcher.literal);
    case 'path-wild': return path.startsWith(matcher.literal, base) && matcher.wild.matches(path, base + matcher.literal.length);
  }
}
