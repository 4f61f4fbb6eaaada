import { createHash, createHmac, randomBytes } from 'node:crypto';

/**
 * What the cookie holds: `family.secret`, 128 and 256 random bits in base64url. The family stays as long as the session; the
 * secret is good for one use. The database knows hashes only.
 */
const shape = /^([\w-]{22})\.[\w-]{43}$/;

const secret = () => randomBytes(32);
const join = (family: string, it: Buffer): string => `${family}.${it.toString('base64url')}`;

export const newToken = (): string => join(randomBytes(16).toString('base64url'), secret());

/** Null: no token of ours. */
export const familyOf = (token: string): string | null => shape.exec(token)?.[1] ?? null;

/** The next one of the same family. @param token must have a family */
export const nextToken = (token: string): string => join(familyOf(token)!, secret());

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url');

const padOf = (token: string): Buffer =>
  createHmac('sha256', token).update('openward: the token after this one').digest();
const xor = (bytes: Buffer, pad: Buffer): Buffer => Buffer.from(bytes.map((byte, at) => byte ^ pad[at]!));

/**
 * The next token as only somebody with this one can read it: when its answer was lost, or two tabs asked at once, the second
 * request gets the same next token and the order of the answers does not matter. A token is a pad for one successor, never two.
 */
export const sealSuccessor = (token: string, next: string): Buffer =>
  xor(Buffer.from(next.slice(next.indexOf('.') + 1), 'base64url'), padOf(token));

export const openSuccessor = (token: string, sealed: Buffer): string =>
  join(familyOf(token)!, xor(sealed, padOf(token)));
