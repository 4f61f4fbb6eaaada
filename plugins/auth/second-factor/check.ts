import type { Request } from '@hapi/hapi';
import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import type { Config } from '../../../core/config.ts';
import type { Db } from '../../../core/database.ts';
import { refuse, type Refusal } from '../../../core/refuse.ts';
import { isTrusted } from '../devices.ts';
import { provePasskey } from '../passkeys/prove.ts';
import { countPasskeys } from '../passkeys/queries.ts';
import { askToProve } from '../passkeys/verify.ts';
import { findTotp, keepSecret, needsSecondFactor, offerTotp, useRecoveryCode, useStep, type Totp } from './queries.ts';
import { hashOfCode, isSealedBefore, newSecret, opened, sealed, stepOf, uriOf } from './secret.ts';

interface Asked {
  user: { id: string; username: string };
  device: string | null;
  /** Of the authenticator, or a recovery code. */
  code: string | undefined;
  /** Instead of a code. */
  passkey: AuthenticationResponseJSON | undefined;
  config: Config;
}

/** `proved`: with a code or a passkey just now, so this browser may stand for it from here on; `enrolled`: with the first one. */
export type SecondFactor = 'none' | 'trusted' | 'proved' | 'enrolled';

/**
 * Whether somebody with the right password may come in. Who needs a second factor and has none is shown one, a new one each
 * time: its first code confirms it. A code counts once; a passkey or a recovery code does as well, for those who have one.
 * @throws refusals second_factor_needed (with `passkey`, what a device is to sign), second_factor_wrong, second_factor_must_enrol (with `secret` and `uri`)
 */
export const checkSecondFactor = async (db: Db, request: Request, asked: Asked): Promise<SecondFactor> => {
  const { user, device, code, passkey, config } = asked;
  const totp = await findTotp(db, user.id);
  const hasPasskeys = (await countPasskeys(db, user.id)) > 0;
  const isEnrolled = hasPasskeys || totp?.confirmed === true;
  if (!isEnrolled && !(await needsSecondFactor(db, user.id, config.adminSecondFactor))) return 'none';
  if (passkey !== undefined) {
    await provePasskey(request, passkey, user.id, 'second_factor_wrong');
    return 'proved';
  }
  if (code === undefined) {
    if (!isEnrolled) throw await offered(db, asked);
    if (device !== null && (await isTrusted(db, user.id, device))) return 'trusted';
    throw refuse('second_factor_needed', hasPasskeys ? { passkey: await askToProve(db, config, user.id) } : {});
  }
  // An authenticator that was only offered is nobody's proof where there is another one.
  if (totp && totp.confirmed === isEnrolled && (await isRight(db, user.id, totp, code, config)))
    return isEnrolled ? 'proved' : 'enrolled';
  if (isEnrolled && (await useRecoveryCode(db, user.id, hashOfCode(code)))) return 'proved';
  throw refuse('second_factor_wrong');
};

/** The same for somebody who comes by another way than the password, and is not to begin with one here. */
export const checkEnrolled = async (
  db: Db,
  request: Request,
  asked: Pick<Asked, 'user' | 'code' | 'passkey'>,
): Promise<void> => {
  const { config } = request.server.app.hms;
  if (await hasSecondFactor(db, asked.user.id))
    await checkSecondFactor(db, request, { ...asked, config, device: null });
};

export const hasSecondFactor = async (db: Db, userId: string): Promise<boolean> =>
  (await findTotp(db, userId))?.confirmed === true || (await countPasskeys(db, userId)) > 0;

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
