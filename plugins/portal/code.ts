import { createHmac, randomInt } from 'node:crypto';

// No letters and digits that are taken for one another when read aloud or copied by hand.
const signs = 'ABCDEFGHJKMNPQRTUVWXYZ2346789';
const length = 12;

/** `K7QM-9TWX-R4HD`: 58 bits, for two weeks, worth nothing without the birth date. */
export const newCode = (): string =>
  Array.from({ length }, (_, n) => (n > 0 && n % 4 === 0 ? '-' : '') + signs[randomInt(signs.length)]).join('');

/** However it was typed. Keyed, so that a copy of the table opens nothing. */
export const hashOfCode = (code: string, key: string): string =>
  createHmac('sha256', key)
    .update(`portal-invitation ${code.toUpperCase().replace(/[^A-Z0-9]/g, '')}`)
    .digest('base64url');
