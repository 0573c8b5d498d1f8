import type { Random } from '../engine/ports.ts';

/** 192 random bits: nobody guesses them. */
const TOKEN_BYTES = 24;

/** A new token of an agent. */
export function newToken(random: Random): string {
  return `pyi_${Buffer.from(random.bytes(TOKEN_BYTES)).toString('base64url')}`;
}

/**
 * What is kept of a token. No salt and no slow hash: unlike a password, it has too many random bits to be tried out. Found by this
 * digest, not compared character by character, so that time tells nothing.
 */
export function tokenDigest(token: string, hash: (bytes: Uint8Array) => Buffer): string {
  return hash(Buffer.from(`pyi agent token\0${token}`)).toString('hex');
}
