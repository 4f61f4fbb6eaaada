import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes, randomInt } from 'node:crypto';
import { generateSecret, generateURI, verifySync } from 'otplib';
import type { Config } from '../../../core/config.ts';

type Keeping = Pick<Config, 'passwordPepper'>;

const keyOf = ({ passwordPepper }: Keeping): Buffer =>
  Buffer.from(hkdfSync('sha256', passwordPepper, '', 'openward second factor', 32));

/** What the database keeps of a secret: without the pepper it is nothing. */
export const sealed = (secret: string, config: Keeping): Buffer => {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keyOf(config), nonce);
  const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]);
};

/** @throws when the pepper has changed since */
export const opened = (kept: Buffer, config: Keeping): string => {
  const decipher = createDecipheriv('aes-256-gcm', keyOf(config), kept.subarray(0, 12), { authTagLength: 16 });
  decipher.setAuthTag(kept.subarray(12, 28));
  return Buffer.concat([decipher.update(kept.subarray(28)), decipher.final()]).toString('utf8');
};

export const newSecret = (): string => generateSecret();

/** What an authenticator reads as a picture: https://github.com/google/google-authenticator/wiki/Key-Uri-Format */
export const uriOf = (secret: string, hospital: string, username: string): string =>
  generateURI({ issuer: hospital, label: username, secret });

/** The time step of a code, one before and one after counting as well for clocks that differ; null: it is wrong. */
export const stepOf = (secret: string, code: string): number | null => {
  if (!/^\d{6}$/.test(code)) return null;
  const result = verifySync({ secret, token: code, epochTolerance: 30 });
  return result.valid && 'timeStep' in result ? result.timeStep : null;
};

/** Without signs that are mistaken for others. */
const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';

/** Ten codes such as `k7m4q-x2p9w`: 49 bits each. */
export const newCodes = (): string[] =>
  Array.from({ length: 10 }, () => {
    const signs = Array.from({ length: 10 }, () => alphabet[randomInt(alphabet.length)]!).join('');
    return `${signs.slice(0, 5)}-${signs.slice(5)}`;
  });

/** As somebody may type it: capitals, spaces, no dash. A fast hash is enough for what nobody can guess. */
export const hashOfCode = (code: string): string =>
  createHash('sha256')
    .update(code.toLowerCase().replace(/[^a-z0-9]/g, ''))
    .digest('base64url');
