import { loadOnRequest } from '../crowd/load.ts';
import { holdMemory } from './memory.ts';
import { openAndTell, workUntilKilled } from './restart.ts';
import { writeOnRequest } from './writer.ts';

/** A process of its own for what a benchmark must not do in its own. */
const CHILDREN: Readonly<Record<string, () => void>> = {
  load: loadOnRequest,
  memory: holdMemory,
  open: openAndTell,
  work: workUntilKilled,
  writer: writeOnRequest,
};

CHILDREN[process.argv[2] ?? '']?.();
