/** What tells a slip of the finger from a number. Digits and letters only; spaces and dashes are taken out before. */
export const checks = ['none', 'luhn', 'mod-11', 'mod-97-10', 'verhoeff'] as const;
export type Check = (typeof checks)[number];

export const isRight = (check: Check, number: string): boolean => check === 'none' || rules[check](number);

const digitsOf = (number: string): number[] | null => (/^\d{2,}$/.test(number) ? [...number].map(Number) : null);

/** ISO/IEC 7812-1, annex B: from the right every second digit is doubled. */
const luhn = (number: string): boolean => {
  const digits = digitsOf(number)?.reverse();
  const sum = digits?.reduce((all, digit, n) => all + (n % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0)), 0);
  return sum !== undefined && sum % 10 === 0;
};

/** Weights 1, 2, 3 … from the right, X is ten at the end: as ISBN-10 and the British NHS number have it. */
const mod11 = (number: string): boolean =>
  /^\d+[\dX]$/.test(number) &&
  [...number].reverse().reduce((sum, sign, n) => sum + (sign === 'X' ? 10 : Number(sign)) * (n + 1), 0) % 11 === 0;

/** ISO/IEC 7064, MOD 97-10: letters count 10 to 35, the whole leaves one. */
const mod97 = (number: string): boolean =>
  /^[\dA-Z]+\d\d$/.test(number) &&
  [...number].reduce((rest, sign) => Number(`${rest}${Number.parseInt(sign, 36)}`) % 97, 0) === 1;

// The dihedral group D5 and its powers of one permutation: J. Verhoeff, Error Detecting Decimal Codes, 1969.
const group = [
  '0123456789',
  '1234067895',
  '2340178956',
  '3401289567',
  '4012395678',
  '5987604321',
  '6598710432',
  '7659821043',
  '8765932104',
  '9876543210',
];
const moved = [
  '0123456789',
  '1576283094',
  '5803796142',
  '8916043527',
  '9453126870',
  '4286573901',
  '2793806415',
  '7046913258',
];
const verhoeff = (number: string): boolean =>
  digitsOf(number)
    ?.reverse()
    .reduce((interim, digit, n) => Number(group[interim]![Number(moved[n % 8]![digit])]), 0) === 0;

const rules: Record<Exclude<Check, 'none'>, (number: string) => boolean> = {
  luhn,
  'mod-11': mod11,
  'mod-97-10': mod97,
  verhoeff,
};
