import { createHmac } from 'node:crypto';
import bcrypt from 'bcrypt';
import { refuse } from '../../core/refuse.ts';

const cost = 12;
const version = 'v1:';

/** bcrypt ignores what follows byte 72 and stops at NUL; the HMAC before it makes every byte count. */
const prehash = (password: string, pepper: string): string =>
  createHmac('sha256', pepper).update(password.normalize('NFC')).digest('base64');

export const hashPassword = (password: string, pepper: string, rounds = cost): Promise<string> =>
  gated(async () => version + (await bcrypt.hash(prehash(password, pepper), rounds)));

/** A hash of nothing anybody knows, so that unknown names take as long as known ones. */
const decoy = `${version}$2b$12$C6UzMDM.H6dfI/f/IKcEeO7XWl0MqCbjHGLFwHGe8CNqAxmJ9kvyW`;

export const passwordMatches = async (password: string, hash: string | null, pepper: string): Promise<boolean> => {
  const matches = await gated(() => bcrypt.compare(prehash(password, pepper), (hash ?? decoy).slice(version.length)));
  return matches && hash !== null;
};

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

const common =
  '12345678 123456789 1234567890 password password1 password123 qwertyui qwerty123 qwertz123 11111111 00000000 87654321 iloveyou sunshine princess football baseball welcome1 letmein1 abc12345 passw0rd superman trustno1 hospital hospital1 krankenhaus passwort hallo123 contraseña openward'.split(
    ' ',
  );

/** One of those that are tried first, the same sign over and over, or what can be read about the person (name, birth date). */
export const isGuessable = (password: string, about: readonly string[]): boolean => {
  const folded = password.normalize('NFKC').toLowerCase();
  const plain = folded.replace(/[^\p{L}\p{N}]/gu, '');
  return (
    common.includes(folded) ||
    new Set(folded).size < 4 ||
    about.some(
      (it) =>
        it.length > 3 &&
        plain.includes(it.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')) &&
        plain.length < it.length + 6,
    )
  );
};
