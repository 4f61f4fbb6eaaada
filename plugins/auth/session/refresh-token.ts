import { createHash, createHmac, randomBytes } from 'node:crypto';

/** 256 random bits; the database knows the hash only. */
export const newToken = (): string => randomBytes(32).toString('base64url');

export const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

const padOf = (token: string): Buffer =>
  createHmac('sha256', token).update('openward: the token after this one').digest();
const xor = (bytes: Buffer, pad: Buffer): Buffer => Buffer.from(bytes.map((byte, at) => byte ^ pad[at]!));

/**
 * The next token as only somebody with this one can read it: when its answer was lost, or two tabs asked at once, the second
 * request gets the same next token and the order of the answers does not matter. A token is a pad for one successor, never two.
 */
export const sealSuccessor = (token: string, next: string): Buffer => xor(Buffer.from(next, 'base64url'), padOf(token));

export const openSuccessor = (token: string, sealed: Buffer): string => xor(sealed, padOf(token)).toString('base64url');
