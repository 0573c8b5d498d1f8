import type { ByteView } from '../ports.ts';
import { countOf, levelOf, valueAt } from './node.ts';

/** Told of an id at `bytes[offset…+32]`: of a tree node, or of what a path holds. */
export type VisitReference = (bytes: Buffer, offset: number, isNode: boolean) => void;

/** Calls `visit` for each id that a node refers to. Allocates nothing: a collection looks at every node. */
export function references(node: ByteView, visit: VisitReference): void {
  const isNode = levelOf(node) > 0;
  const count = countOf(node);
  for (let i = 0; i < count; i++) visit(node.bytes, valueAt(node, i), isNode);
}
