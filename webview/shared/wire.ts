/** How a page and its host talk: requests with replies one way, states the other. Types alone; each view says what it asks and shows in its own contract. */

/** Page to host. */
export type PageMessage =
  /** The page is loaded and wants its state. */
  | { readonly type: 'ready' }
  | { readonly type: 'request'; readonly id: number; readonly method: string; readonly params: unknown };

/** Host to page. */
export type HostMessage<State> =
  | { readonly type: 'state'; readonly state: State }
  | { readonly type: 'reply'; readonly id: number; readonly result: unknown }
  | { readonly type: 'refusal'; readonly id: number; readonly message: string };

/** What a view's page may ask: a method's name, its parameters and its result. */
export type Contract = Readonly<Record<string, { readonly params: unknown; readonly result: unknown }>>;

/** The message, or undefined when it is none: what comes from a webview is checked like any input. */
export function parsePageMessage(raw: unknown): PageMessage | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const { type, id, method, params } = raw as Record<string, unknown>;
  if (type === 'ready') return { type };
  if (type !== 'request' || typeof id !== 'number' || typeof method !== 'string') return undefined;
  return { type, id, method, params };
}
