import * as path from 'node:path';
import type { Place } from '../place.ts';
import { isFullName } from '../routes/revisions.ts';
import { Unclear } from '../unclear.ts';
import { PackedRefs } from './packed-refs.ts';
import { contentOf, statOf } from './ref-files.ts';

/** Names that are plainly those of refs (git-check-ref-format(1)): nothing that git would take for something else. */
const PLAIN = /^[A-Za-z0-9_][A-Za-z0-9_./-]*$/;
const BAD_PART = /(?:^|\/)(?:\.|\/|$)|\.\.|\.lock(?:\/|$)|\.$/;
/** What may be the beginning of an object's id. */
const HEX = /^[0-9a-f]{4,}$/i;
/** Refs that each work tree has for itself. */
const OWN = /^refs\/(?:bisect|worktree|rewritten)(?:\/|$)/;
const SYMBOLIC = /^ref: (refs\/[^\n]+)\n?$/;
const OID = /^([0-9a-f]{40})\n?$/;
const MAX_LINKS = 5;
/** Where git looks for a short name (gitrevisions(7)), beside the name itself. */
const RULES: readonly ((name: string) => string)[] = [
  (name) => `refs/${name}`, (name) => `refs/tags/${name}`, (name) => `refs/heads/${name}`, (name) => `refs/remotes/${name}`, (name) => `refs/remotes/${name}/HEAD`,
];

/** The refs of a repository in files (loose and `packed-refs`), read anew for each question; SHA-1 only. */
export class Refs {
  readonly #place: Place;
  readonly #packed: PackedRefs;

  constructor(place: Place) {
    this.#place = place;
    this.#packed = new PackedRefs(path.join(place.commonDir, 'packed-refs'));
  }

  /** Whether objects may stand for others. @throws Unclear */
  get mayReplace(): boolean {
    return statOf(path.join(this.#place.commonDir, 'refs/replace')) !== undefined || this.#packed.mention(' refs/replace/');
  }

  /** The commit, tag or whatever a name stands for. @throws Unclear when git may think otherwise, or say something about it */
  resolve(name: string): string {
    if (isFullName(name)) {
      // git warns of a ref of such a name, and ids of SHA-256 are none here.
      if (!OID.test(name) || RULES.some((rule) => this.#read(rule(name)) !== undefined) || this.#isAtTop(name)) throw new Unclear();
      return name;
    }
    if (!isPlain(name) || HEX.test(name)) throw new Unclear();
    const found = RULES.map((rule) => rule(name)).filter((ref) => this.#read(ref) !== undefined);
    if (name === 'HEAD' || name.startsWith('refs/')) {
      if (found.length > 0) throw new Unclear();
      return this.#follow(name);
    }
    if (found.length !== 1 || this.#isAtTop(name)) throw new Unclear();
    return this.#follow(found[0] ?? '');
  }

  /** The ref that a symbolic one names; undefined when it is none. @throws Unclear */
  target(name: string): string | undefined {
    const text = this.#read(name);
    if (text === undefined) throw new Unclear();
    const target = SYMBOLIC.exec(text)?.[1];
    if (target === undefined ? !OID.test(text) : !isPlain(target)) throw new Unclear();
    return target;
  }

  #follow(name: string): string {
    let ref = name;
    for (let links = 0; links < MAX_LINKS; links++) {
      const target = this.target(ref);
      if (target === undefined) return OID.exec(this.#read(ref) ?? '')?.[1] ?? unclear();
      ref = target;
    }
    throw new Unclear();
  }

  /** Whether a file in the git directory has that name. */
  #isAtTop(name: string): boolean {
    return [...new Set([this.#place.gitDir, this.#place.commonDir])].some((directory) => statOf(path.join(directory, name))?.isDirectory() === false);
  }

  /** What a ref holds; undefined when there is none of that name. @throws Unclear */
  #read(ref: string): string | undefined {
    if (OWN.test(ref)) throw new Unclear();
    const file = path.join(ref === 'HEAD' ? this.#place.gitDir : this.#place.commonDir, ref);
    const found = statOf(file);
    if (found === undefined || found.isDirectory()) return this.#packed.read(ref);
    if (!found.isFile()) throw new Unclear();
    return contentOf(file).toString('latin1');
  }
}

function isPlain(name: string): boolean {
  return PLAIN.test(name) && !BAD_PART.test(name);
}

function unclear(): never {
  throw new Unclear();
}
