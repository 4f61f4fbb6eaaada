import { createPublicKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, type JWK } from 'jose';

/** A public key as it is kept: nothing in it but what verifying needs. */
export interface ClientKey {
  kid: string;
  kty: 'RSA' | 'EC';
  alg: 'RS384' | 'ES384';
  use: 'sig';
  [part: string]: string;
}

/** Why a key cannot be used; each has a sentence in the messages. */
export const keyFaults = [
  'unreadable',
  'private',
  'type',
  'curve',
  'algorithm',
  'short',
  'purpose',
  'name',
  'twice',
  'many',
] as const;
export type KeyFault = (typeof keyFaults)[number];

export class KeyRefused extends Error {
  readonly fault: KeyFault;
  constructor(fault: KeyFault) {
    super(`the key cannot be used: ${fault}`);
    this.fault = fault;
  }
}

const most = 5;
const shortest = 2048;
const privateParts = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/**
 * The public keys in what somebody pasted: a JWK set, one JWK, or PEM. Only what SMART asks for gets in: RSA of 2,048 bits or
 * more for RS384, P-384 for ES384. A key without a name gets its thumbprint (RFC 7638).
 * @throws KeyRefused
 */
export const readKeys = async (text: string): Promise<ClientKey[]> => {
  const keys = await Promise.all(split(text).map(readKey));
  if (keys.length > most) throw new KeyRefused('many');
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length) throw new KeyRefused('twice');
  return keys;
};

type Given = Record<string, unknown>;
const isObject = (value: unknown): value is Given =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const split = (text: string): Given[] => {
  if (/PRIVATE KEY/.test(text)) throw new KeyRefused('private');
  const pems = text.match(/-----BEGIN PUBLIC KEY-----[\sA-Za-z0-9+/=]+-----END PUBLIC KEY-----/g);
  if (pems) return pems.map((pem) => ({ ...understood(pem).export({ format: 'jwk' }) }));
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    throw new KeyRefused('unreadable');
  }
  const list = isObject(said) && Array.isArray(said.keys) ? (said.keys as unknown[]) : [said];
  if (list.length === 0 || !list.every(isObject)) throw new KeyRefused('unreadable');
  return list;
};

const understood = (key: string | Given): KeyObject => {
  try {
    return createPublicKey(typeof key === 'string' ? key : ({ key, format: 'jwk' } as never));
  } catch {
    throw new KeyRefused('unreadable');
  }
};

const readKey = async (given: Given): Promise<ClientKey> => {
  if (privateParts.some((part) => part in given)) throw new KeyRefused('private');
  const { kty } = given;
  if (kty !== 'RSA' && kty !== 'EC') throw new KeyRefused('type');
  const alg = kty === 'RSA' ? 'RS384' : 'ES384';
  if (given.alg !== undefined && given.alg !== alg) throw new KeyRefused('algorithm');
  if (given.use !== undefined && given.use !== 'sig') throw new KeyRefused('purpose');
  if (given.key_ops !== undefined && String(given.key_ops) !== 'verify') throw new KeyRefused('purpose');
  if (kty === 'EC' && given.crv !== 'P-384') throw new KeyRefused('curve');
  const key = understood(given);
  if (kty === 'RSA' && (key.asymmetricKeyDetails?.modulusLength ?? 0) < shortest) throw new KeyRefused('short');
  // As Node writes it, not as it was sent: one spelling, and nothing besides.
  const parts = key.export({ format: 'jwk' }) as Record<string, string>;
  const kid = given.kid ?? (await calculateJwkThumbprint(parts as JWK));
  if (typeof kid !== 'string' || !/^[\x21-\x7e]{1,120}$/.test(kid)) throw new KeyRefused('name');
  return { ...parts, kid, kty, alg, use: 'sig' };
};
