import { createHmac } from 'node:crypto';
import bcrypt from 'bcrypt';
import { keyIdOf, type Config } from '../../core/config.ts';
import { refuse } from '../../core/refuse.ts';

/** What of the settings passwords are stored with. */
export type Hashing = Pick<Config, 'passwordPepper'> & Partial<Pick<Config, 'passwordPeppersBefore' | 'passwordCost'>>;
const usual = 12;

/** How it is kept: `v1.<id of the pepper>:<bcrypt>`. */
const beginOf = (pepper: string): string => `v1.${keyIdOf('password pepper', pepper)}:`;

/** bcrypt ignores what follows byte 72 and stops at NUL; the HMAC before it makes every byte count. */
const prehash = (password: string, pepper: string): string =>
  createHmac('sha256', pepper).update(password.normalize('NFC')).digest('base64');

export const hashPassword = (password: string, { passwordPepper, passwordCost = usual }: Hashing): Promise<string> =>
  gated(async () => beginOf(passwordPepper) + (await bcrypt.hash(prehash(password, passwordPepper), passwordCost)));

/** Signs that a password of one's own choice has at least. */
export const shortest = ({ patientOnly }: { patientOnly: boolean }): number => (patientOnly ? 8 : 12);

const costs = (cost: number): string => `$2b$${String(cost).padStart(2, '0')}$`;

/** A hash of nothing anybody knows, so that unknown names take as long as known ones. */
const decoyOf = ({ passwordPepper, passwordCost = usual }: Hashing): string =>
  `${beginOf(passwordPepper)}${costs(passwordCost)}C6UzMDM.H6dfI/f/IKcEeO7XWl0MqCbjHGLFwHGe8CNqAxmJ9kvyW`;

/** @throws refusal sign_in_busy; an error when the pepper that it was kept with is none of the house's */
export const passwordMatches = async (password: string, hash: string | null, hashing: Hashing): Promise<boolean> => {
  const kept = hash ?? decoyOf(hashing);
  const peppers = [hashing.passwordPepper, ...(hashing.passwordPeppersBefore ?? [])];
  const pepper = peppers.find((it) => kept.startsWith(beginOf(it)));
  if (pepper === undefined)
    throw new Error('A password was kept with a pepper that is neither OPENWARD_PASSWORD_PEPPER nor one before it.');
  const matches = await gated(() => bcrypt.compare(prehash(password, pepper), kept.slice(beginOf(pepper).length)));
  return matches && hash !== null;
};

/** Kept in another way than today's: made anew at the next sign-in, the only moment when the password is known. */
export const isOutdated = (hash: string, { passwordPepper, passwordCost = usual }: Hashing): boolean =>
  !hash.startsWith(beginOf(passwordPepper) + costs(passwordCost));

/** One hash takes about 0.2 s of a core and shares its threads with files and dns: two at once, a short queue, then 429. */
let running = 0;
const queue: (() => void)[] = [];
const gated = async <T>(work: () => Promise<T>): Promise<T> => {
  if (running >= 2) {
    if (queue.length >= 20) throw refuse('sign_in_busy', { retryAfter: 5 });
    await new Promise<void>((resolve) => queue.push(resolve));
  } else running++;
  try {
    return await work();
  } finally {
    // Handed on, not given back: nobody comes in between.
    const next = queue.shift();
    if (next) next();
    else running--;
  }
};
