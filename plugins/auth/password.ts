import { createHmac } from 'node:crypto';
import bcrypt from 'bcrypt';
import type { Config } from '../../core/config.ts';
import { refuse } from '../../core/refuse.ts';

const version = 'v1:';

/** bcrypt ignores what follows byte 72 and stops at NUL; the HMAC before it makes every byte count. */
const prehash = (password: string, pepper: string): string =>
  createHmac('sha256', pepper).update(password.normalize('NFC')).digest('base64');

/** What of the settings passwords are stored with. */
export type Hashing = Pick<Config, 'passwordPepper'> & Partial<Pick<Config, 'passwordCost'>>;
const usual = 12;

export const hashPassword = (password: string, { passwordPepper, passwordCost = usual }: Hashing): Promise<string> =>
  gated(async () => version + (await bcrypt.hash(prehash(password, passwordPepper), passwordCost)));

/** Signs that a password of one's own choice has at least. */
export const shortest = ({ patientOnly }: { patientOnly: boolean }): number => (patientOnly ? 8 : 12);

const begins = (cost: number): string => `${version}$2b$${String(cost).padStart(2, '0')}$`;

/** A hash of nothing anybody knows, so that unknown names take as long as known ones. */
const decoy = (cost: number): string => `${begins(cost)}C6UzMDM.H6dfI/f/IKcEeO7XWl0MqCbjHGLFwHGe8CNqAxmJ9kvyW`;

export const passwordMatches = async (password: string, hash: string | null, hashing: Hashing): Promise<boolean> => {
  const kept = hash ?? decoy(hashing.passwordCost ?? usual);
  const matches = await gated(() =>
    bcrypt.compare(prehash(password, hashing.passwordPepper), kept.slice(version.length)),
  );
  return matches && hash !== null;
};

/** Stored in another way than today's: made anew at the next sign-in, the only moment when the password is known. */
export const isOutdated = (hash: string, { passwordCost = usual }: Hashing): boolean =>
  !hash.startsWith(begins(passwordCost));

/** One hash takes about 0.2 s of a core and shares its threads with files and dns: two at once, a short queue, then 429. */
let running = 0;
const queue: (() => void)[] = [];
const gated = async <T>(work: () => Promise<T>): Promise<T> => {
  if (running >= 2) {
    if (queue.length >= 20) throw refuse('sign_in_busy');
    await new Promise<void>((resolve) => queue.push(resolve));
  }
  running++;
  try {
    return await work();
  } finally {
    running--;
    queue.shift()?.();
  }
};
