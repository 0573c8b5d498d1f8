import { PyiError } from '../errors.ts';

/** What a `pyi:` address of an agent names. An undefined repository is the default one. */
export type Place = { readonly repository: string | undefined } & (
  | { readonly kind: 'forks' }
  | { readonly kind: 'timeline'; readonly fork: string | undefined }
  /** Undefined `from`: the last checkpoint. Undefined `to`: the directory as it is now. */
  | { readonly kind: 'diff'; readonly from: string | undefined; readonly to: string | undefined }
  /** `state`: a fork or checkpoint. */
  | { readonly kind: 'file'; readonly state: string; readonly path: string });

const ADDRESS = /^pyi:\/\/(forks|timeline|diff|file)(?:\/([^?#]*))?(?:\?repository=([^&#]*))?$/;
const HINT = 'Addresses are pyi://forks, pyi://timeline, pyi://timeline/FORK, pyi://diff/FROM..TO and pyi://file/STATE/PATH.';

/** Writes an address. */
export function printUri(place: Place): string {
  const repository = place.repository === undefined ? '' : `?repository=${encode(place.repository)}`;
  switch (place.kind) {
    case 'forks': return `pyi://forks${repository}`;
    case 'timeline': return `pyi://timeline${place.fork === undefined ? '' : `/${encode(place.fork)}`}${repository}`;
    case 'diff': return `pyi://diff/${encode(place.from ?? '')}..${encode(place.to ?? '')}${repository}`;
    case 'file': return `pyi://file/${encode(place.state)}/${place.path.split('/').map(encode).join('/')}${repository}`;
  }
}

/** Reads an address. @throws PyiError `INVALID_ARGUMENT` */
export function parseUri(uri: string): Place {
  const [, kind, rest = '', query] = ADDRESS.exec(uri) ?? [];
  const repository = query === undefined ? undefined : decode(query, uri);
  const parts = rest.split('/').map((part) => decode(part, uri));
  if (kind === 'forks' && rest === '') return { kind, repository };
  if (kind === 'timeline' && parts.length === 1) return { kind, fork: parts[0] || undefined, repository };
  if (kind === 'diff') {
    const [from, to, ...more] = rest.split('..');
    if (from !== undefined && to !== undefined && more.length === 0) return { kind, from: decode(from, uri) || undefined, to: decode(to, uri) || undefined, repository };
  }
  const [state, ...path] = parts;
  if (kind === 'file' && state && path.join('') !== '') return { kind, state, path: path.join('/'), repository };
  throw new PyiError('INVALID_ARGUMENT', `Not an address of PYI: ${JSON.stringify(uri.slice(0, 200))}`, HINT);
}

/** Two dots separate the states of a diff. A lone surrogate, a byte that is not UTF-8 (values.ts), has no address: it is named by U+FFFD, which no file is. */
function encode(text: string): string {
  return encodeURIComponent(text.replace(/\p{Cs}/gu, '\ufffd')).replaceAll('..', '%2E%2E');
}

function decode(text: string, uri: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new PyiError('INVALID_ARGUMENT', `Not an address of PYI: ${JSON.stringify(uri.slice(0, 200))}`, 'A "%" has to be followed by the two hex digits of a byte.');
  }
}
