/**
 * Names and limits of the wire. Apart from the schemas, so that a client that only calls (the
 * command line, where every millisecond of start-up shows) need not load them.
 */

/** Bumped when a client of the old version could misunderstand a reply. Compared in the handshake. */
export const PROTOCOL_VERSION = 1;

/** First request on every connection. */
export const HELLO_METHOD = 'pyi/hello';
/** Request: hear {@link EVENT_METHOD}, of every repository or of what the filters say; may begin where the client stopped hearing. */
export const SUBSCRIBE_METHOD = 'pyi/subscribe';
/** Request: hear no more of a repository, or of any. */
export const UNSUBSCRIBE_METHOD = 'pyi/unsubscribe';
/**
 * Request: stop, unless others use you. Allowed once the token was right, even when the versions did not
 * fit, so that a new client can replace an old server. Keeps its meaning in every protocol version.
 */
export const RETIRE_METHOD = 'pyi/retire';
/** Progress of a running call, server to client: `{ token, what, done, total }`. */
export const PROGRESS_METHOD = 'pyi/progress';
/** Something happened in a store, server to client; the payload is a `ToldEvent`. */
export const EVENT_METHOD = 'pyi/event';

/** Beside the parameters of a call: the token under which the caller wants to hear of progress. */
export const PROGRESS_TOKEN = 'progressToken';
/** Beside the parameters of a call that changes something: the key under which the caller may ask again. */
export const IDEMPOTENCY_KEY = 'idempotencyKey';

/** Longest message of either side, in bytes. */
export const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/** Most messages of a JSON-RPC batch. */
export const MAX_BATCH = 1000;

/** Calls of one connection that may wait for their answers; what is sent beyond is read later. */
export const MAX_CALLS_IN_FLIGHT = 1024;

/** JSON-RPC method of an operation. */
export function methodOf(name: string): string {
  return `pyi/${name}`;
}
