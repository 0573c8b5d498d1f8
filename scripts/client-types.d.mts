/** Writes the types of `pyi/client` below `directory`, as the sources are below `root`. */
export function writeClientTypes(root: string, directory: string): void;
