import { writeOnRequest } from './writer.ts';

/** A process of its own for what a benchmark must not do in its own. */
const CHILDREN: Readonly<Record<string, () => void>> = { writer: writeOnRequest };

CHILDREN[process.argv[2] ?? '']?.();
