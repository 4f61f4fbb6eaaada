import type { Config } from '../../../core/config.ts';
import type { Db } from '../../../core/database.ts';
import { refuse, type Refusal } from '../../../core/refuse.ts';
import { isTrusted } from '../devices.ts';
import { findTotp, keepSecret, needsSecondFactor, offerTotp, useRecoveryCode, useStep, type Totp } from './queries.ts';
import { hashOfCode, isSealedBefore, newSecret, opened, sealed, stepOf, uriOf } from './secret.ts';

interface Asked {
  user: { id: string; username: string };
  device: string | null;
  /** Of the authenticator, or a recovery code. */
  code: string | undefined;
  config: Config;
}

/** `proved`: with a code just now, so this browser may stand for it from here on; `enrolled`: with the first one. */
export type SecondFactor = 'none' | 'trusted' | 'proved' | 'enrolled';

/**
 * Whether somebody with the right password may come in. Who needs a second factor and has none is shown one, a new one each
 * time: its first code confirms it. A code counts once.
 * @throws refusals second_factor_needed, second_factor_wrong, second_factor_must_enrol (with `secret` and `uri`)
 */
export const checkSecondFactor = async (db: Db, asked: Asked): Promise<SecondFactor> => {
  const { user, device, code, config } = asked;
  const totp = await findTotp(db, user.id);
  if (!totp?.confirmed && !(await needsSecondFactor(db, user.id, config.adminSecondFactor))) return 'none';
  if (code === undefined) {
    if (!totp?.confirmed) throw await offered(db, asked);
    if (device !== null && (await isTrusted(db, user.id, device))) return 'trusted';
    throw refuse('second_factor_needed');
  }
  if (totp && (await isRight(db, user.id, totp, code, config))) return totp.confirmed ? 'proved' : 'enrolled';
  if (totp?.confirmed && (await useRecoveryCode(db, user.id, hashOfCode(code)))) return 'proved';
  throw refuse('second_factor_wrong');
};

const offered = async (db: Db, { user, config }: Asked): Promise<Refusal> => {
  const secret = newSecret();
  await offerTotp(db, user.id, sealed(secret, config));
  return refuse('second_factor_must_enrol', { secret, uri: uriOf(secret, config.hospital, user.username) });
};

/** A code of the authenticator, used with this; what the secret is kept with is today's afterwards. */
export const isRight = async (db: Db, userId: string, totp: Totp, code: string, config: Config): Promise<boolean> => {
  const secret = opened(totp.secret, config);
  const step = stepOf(secret, code);
  if (step === null || !(await useStep(db, userId, step))) return false;
  if (isSealedBefore(totp.secret, config)) await keepSecret(db, userId, sealed(secret, config));
  return true;
};
