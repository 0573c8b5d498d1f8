/**
 * What an answer of git depends on, each with a generation that moves when it may have changed: `files` of the work tree,
 * `attributes` files in it, the `index`, `refs` (HEAD and all that names commits), `logs` of refs, the repository's own `config` (with
 * excludes and attributes of its info directory), `state` of merges, rebases and linked work trees, `added` objects (which make
 * abbreviations longer) and `lost` ones.
 */
export const NEEDS = ['files', 'attributes', 'index', 'refs', 'logs', 'config', 'state', 'added', 'lost'] as const;

export type Need = (typeof NEEDS)[number];

/** Something that may have changed, as far as whoever watches knows. */
export type Generations = Readonly<Record<Need, number>>;
