import type { Config } from '../../../core/config.ts';
import type { Db } from '../../../core/database.ts';
import { refuse } from '../../../core/refuse.ts';
import { isTrusted } from '../devices.ts';
import { findTotp, needsSecondFactor, offerTotp, useRecoveryCode, useStep } from './queries.ts';
import { hashOfCode, newSecret, opened, sealed, stepOf, uriOf } from './secret.ts';

interface Asked {
  user: { id: string; username: string };
  device: string | null;
  /** Of the authenticator, or a recovery code. */
  code: string | undefined;
  config: Config;
}

/** `proved`: with a code just now, so this browser may stand for it from here on. */
export type SecondFactor = 'none' | 'trusted' | 'proved';

/**
 * Whether somebody with the right password may come in. Who needs a second factor and has none is shown one: its first code
 * confirms it. A code counts once.
 * @throws refusals second_factor_needed, second_factor_wrong, second_factor_must_enrol (with `secret` and `uri`)
 */
export const checkSecondFactor = async (db: Db, asked: Asked): Promise<SecondFactor> => {
  const { user, device, code, config } = asked;
  const totp = await findTotp(db, user.id);
  if (!totp?.confirmed && !(await needsSecondFactor(db, user.id, config.adminSecondFactor))) return 'none';
  if (totp?.confirmed && code === undefined) {
    if (device !== null && (await isTrusted(db, user.id, device))) return 'trusted';
    throw refuse('second_factor_needed');
  }
  if (!totp?.confirmed && code === undefined) {
    const secret = totp ? opened(totp.secret, config) : newSecret();
    if (!totp) await offerTotp(db, user.id, sealed(secret, config));
    throw refuse('second_factor_must_enrol', { secret, uri: uriOf(secret, config.hospital, user.username) });
  }
  const step = totp && stepOf(opened(totp.secret, config), code!);
  if (step && (await useStep(db, user.id, step))) return 'proved';
  if (totp?.confirmed && (await useRecoveryCode(db, user.id, hashOfCode(code!)))) return 'proved';
  throw refuse('second_factor_wrong');
};
