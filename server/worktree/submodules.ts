import type { BytePath } from '../../protocol/paths.ts';

/** The repository's submodules, as the Git adapter knows them. */
export interface Submodules {
  readonly paths: ReadonlySet<BytePath>;
  /** Object id (hex) of the commit that is checked out in one; undefined when none is. */
  head(path: BytePath): string | undefined;
}

/** For a directory without submodules. */
export const NO_SUBMODULES: Submodules = { paths: new Set(), head: () => undefined };
