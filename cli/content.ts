import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import { PyiError } from '../protocol/errors.ts';
import type { Params, Result } from '../protocol/registry.ts';
import type { Conversation } from './call.ts';
import { print } from './terminal.ts';
import type { Terminal } from './terminal.ts';

/** Base64 of this, with its envelope, stays below the longest message of the protocol. */
const MAX_CONTENT_BYTES = 47 * 1024 * 1024;
/** JSON may need six bytes for one; up to here even that fits. */
const MAX_TEXT_BYTES = 8 * 1024 * 1024;

/** All of stdin as the content of `pyi write`. @throws PyiError `INVALID_ARGUMENT` when it is too long for a message */
export async function readContent(input: Readable): Promise<{ text: string } | { base64: string }> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of input as AsyncIterable<Buffer | string>) {
    const bytes = Buffer.from(part);
    length += bytes.length;
    if (length > MAX_CONTENT_BYTES) {
      throw new PyiError('INVALID_ARGUMENT', `The content passes ${MAX_CONTENT_BYTES} bytes.`, 'Write large files into the directory of a fork (pyi fork --dir PATH) and take a checkpoint.');
    }
    parts.push(bytes);
  }
  const content = Buffer.concat(parts);
  return length <= MAX_TEXT_BYTES && isUtf8(content) ? { text: content.toString('utf8') } : { base64: content.toString('base64') };
}

/** The parts of a file, one call each, so that a file of any size passes. */
export async function* readParts({ client, signal }: Conversation, params: Params<'read'>): AsyncGenerator<Result<'read'>> {
  let offset = 0;
  for (;;) {
    const part = await client.call('read', { ...params, offset }, { signal });
    yield part;
    const length = Buffer.byteLength(part.base64, 'base64');
    if (part.end || length === 0) return;
    offset += length;
  }
}

/** Writes a file to stdout, byte for byte. */
export async function printFile(terminal: Terminal, conversation: Conversation, params: Params<'read'>): Promise<void> {
  for await (const part of readParts(conversation, params)) {
    // Nobody reads any more (`| head`): the rest need not be fetched.
    if (terminal.stdout.destroyed || terminal.stdout.errored !== null) return;
    await print(terminal.stdout, Buffer.from(part.base64, 'base64'));
  }
}

/** The whole file as one result, for `--json`. */
export async function readWhole(conversation: Conversation, params: Params<'read'>): Promise<Result<'read'> | undefined> {
  const parts: Buffer[] = [];
  let last: Result<'read'> | undefined;
  for await (const part of readParts(conversation, params)) {
    parts.push(Buffer.from(part.base64, 'base64'));
    last = part;
  }
  return last === undefined ? undefined : { ...last, base64: Buffer.concat(parts).toString('base64') };
}
