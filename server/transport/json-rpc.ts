import type { ErrorCode, ErrorShape } from '../../protocol/errors.ts';

/** The messages of JSON-RPC 2.0, as text and as what came in. */

export type RequestId = string | number;

/** What a message is. A notification has no id, and nothing in it is checked but its method. */
export type Incoming =
  | { readonly kind: 'request'; readonly id: RequestId; readonly method: string; readonly params: unknown }
  | { readonly kind: 'notification'; readonly method: string; readonly params: unknown }
  /** An answer to a question that nobody asked. */
  | { readonly kind: 'response' }
  | { readonly kind: 'invalid' };

/** JSON-RPC codes for what JSON-RPC and LSP have a code for. `data.code` is what counts. */
const RPC_CODES: Partial<Record<ErrorCode, number>> = { INVALID_ARGUMENT: -32602, INTERNAL: -32603, CANCELLED: -32800 };
/** Any other error of ours: outside of the range that JSON-RPC reserves. */
const PYI_ERROR = 1;
export const PARSE_ERROR = -32700;
export const INVALID_REQUEST = -32600;

export function classify(message: object): Incoming {
  const { id, method, params } = message as { id?: unknown; method?: unknown; params?: unknown };
  if (typeof method === 'string') {
    if (typeof id === 'number' || typeof id === 'string') return { kind: 'request', id, method, params };
    return id === undefined ? { kind: 'notification', method, params } : { kind: 'invalid' };
  }
  return method === undefined && ('result' in message || 'error' in message) ? { kind: 'response' } : { kind: 'invalid' };
}

/** A reply. `undefined` has no JSON, and stands for "done, nothing to tell". */
export function resultText(id: RequestId, result: unknown): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${JSON.stringify(result) ?? 'null'}}`;
}

/** @param id null where the request has none that could be read */
export function errorText(id: RequestId | null, shape: ErrorShape, code = RPC_CODES[shape.code] ?? PYI_ERROR): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code, message: shape.message, data: shape } });
}

export function notificationText(method: string, params: unknown): string {
  return `{"jsonrpc":"2.0","method":${JSON.stringify(method)},"params":${JSON.stringify(params)}}`;
}
