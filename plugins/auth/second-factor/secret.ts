import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes, randomInt } from 'node:crypto';
import { generateSecret, generateURI, verifySync } from 'otplib';
import { keyIdOf, type Config } from '../../../core/config.ts';

type Keeping = Pick<Config, 'passwordPepper'> & Partial<Pick<Config, 'passwordPeppersBefore'>>;
const use = 'second factor';

const keyOf = (pepper: string): Buffer => Buffer.from(hkdfSync('sha256', pepper, '', `openward ${use}`, 32));
const idOf = (pepper: string): Buffer => Buffer.from(keyIdOf(use, pepper));
const idLength = 12;

/** What the database keeps of a secret, nothing without the pepper: the pepper's id, nonce, tag, text. */
export const sealed = (secret: string, config: Keeping): Buffer => {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keyOf(config.passwordPepper), nonce);
  const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return Buffer.concat([idOf(config.passwordPepper), nonce, cipher.getAuthTag(), text]);
};

/** @throws when it was sealed with a pepper that is none of the house's */
export const opened = (kept: Buffer, { passwordPepper, passwordPeppersBefore = [] }: Keeping): string => {
  const pepper = [passwordPepper, ...passwordPeppersBefore].find((it) => kept.subarray(0, idLength).equals(idOf(it)));
  if (pepper === undefined) throw new Error('A second factor was sealed with a pepper that this house does not have.');
  const [nonce, tag, text] = [kept.subarray(12, 24), kept.subarray(24, 40), kept.subarray(40)];
  const decipher = createDecipheriv('aes-256-gcm', keyOf(pepper), nonce, { authTagLength: 16 });
  decipher.setAuthTag(tag);
  return Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8');
};

/** With a pepper of before. */
export const isSealedBefore = (kept: Buffer, { passwordPepper }: Keeping): boolean =>
  !kept.subarray(0, idLength).equals(idOf(passwordPepper));

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
