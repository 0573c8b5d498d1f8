/** What words that name commits and objects may say, where the answer must not depend on the time of day or on a search. */

const HEX = /^[0-9a-f]{40}$|^[0-9a-f]{64}$/;
/** Of what stands in `@{…}`, these name a branch; others are dates, or positions in a log. */
const BRANCH_OF = /@\{(?:u|upstream|push)\}/gi;

/** Whether a word is a full object name, which stands for the same object for ever. */
export function isFullName(word: string): boolean {
  return HEX.test(word);
}

/** Whether a word asks for a commit by something else than names and their ancestors. */
export function isUncertain(word: string): boolean {
  return word.replaceAll(BRANCH_OF, '').includes('@{') || word.startsWith(':/') || word.includes('^{/');
}

/** Whether a word is a path that may lead out of the work tree, where nobody watches. */
export function leadsOut(word: string): boolean {
  return word.startsWith('/') || word.startsWith('~') || word.split('/').includes('..');
}
