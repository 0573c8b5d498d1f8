/** Where the arrow keys go. */
export type Move = 'up' | 'down' | 'pageUp' | 'pageDown' | 'first' | 'last' | 'in' | 'out';

/** What a key does to the checkpoint that has the focus. */
export type Act = 'open' | 'mark' | 'compare' | 'rewind' | 'fork' | 'pin' | 'name' | 'folder' | 'menu' | 'unmark';

export type Stroke = { readonly kind: 'move'; readonly move: Move } | { readonly kind: 'act'; readonly act: Act };

export type KeyEvent = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

const MOVES: Readonly<Record<string, Move>> = {
  ArrowUp: 'up', ArrowDown: 'down', PageUp: 'pageUp', PageDown: 'pageDown', Home: 'first', End: 'last', ArrowRight: 'in', ArrowLeft: 'out',
};

const ACTS: Readonly<Record<string, Act>> = {
  'Enter': 'open', ' ': 'mark', 'c': 'compare', 'r': 'rewind', 'f': 'fork', 'p': 'pin', 'F2': 'name', 'o': 'folder', 'ContextMenu': 'menu', 'Escape': 'unmark',
};

/** What a key means in the list; undefined for one that is not ours. */
export function strokeOf({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyEvent): Stroke | undefined {
  if (key === 'F10' && shiftKey) return { kind: 'act', act: 'menu' };
  if (ctrlKey || metaKey || altKey || shiftKey) return undefined;
  const move = MOVES[key];
  if (move !== undefined) return { kind: 'move', move };
  const act = ACTS[key.length === 1 ? key.toLowerCase() : key];
  return act === undefined ? undefined : { kind: 'act', act };
}
