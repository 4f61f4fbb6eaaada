import type { Request, ResponseToolkit } from '@hapi/hapi';
import { service } from '../../core/actor.ts';
import { writeAudit } from '../../core/audit/write.ts';
import type { Db } from '../../core/database.ts';
import type { Hms } from '../../core/hms.ts';
import { localeOf, say } from '../../core/messages.ts';
import { Refusal, refuse } from '../../core/refuse.ts';
import { headerOf, route } from '../../core/routes.ts';
import { choosePassword, demandOwn } from './actions.ts';
import { bindsPatients, chooseBinding } from './binding.ts';
import { deviceCookie, deviceOf, knownBrowser, lockNameOf, rememberDevice, trustDevice } from './devices.ts';
import { enter } from './entry.ts';
import { sendsMail } from './mail.ts';
import { Credentials, SignedIn, SignInPage } from './model.ts';
import { hashPassword, isOutdated, passwordMatches } from './password.ts';
import { findLogin, listDemoUsers, setPassword } from './queries.ts';
import { roles } from './roles/defaults.ts';
import { checkSecondFactor } from './second-factor/check.ts';
import { giveCodes } from './second-factor/codes.ts';
import { forgetTries, giveBackTry, locked, takeTry } from './tries.ts';

const authDb = (request: Request): Db => request.server.app.hms.db(service('auth'));

const login = route<{ Payload: Credentials }>({
  method: 'POST',
  path: '/api/auth/login',
  options: {
    auth: false,
    validate: { payload: Credentials },
    app: {
      patientData: false,
      summary: 'Signs in: an access token in the answer, a refresh token in a cookie',
      access: 'public',
      limit: 'sign-in',
      knownCaller: knownBrowser,
      transaction: false,
      response: SignedIn,
    },
  },
  handler: async (request, h) => {
    const plain = request as unknown as Request;
    const { hms } = plain.server.app;
    const { newPassword, trust } = request.payload;
    const db = authDb(plain);
    const device = deviceOf(plain);
    const { login, factor, lockName } = await prove(plain, db, request.payload, device);
    return db.transaction(async (tx) => {
      await forgetTries(tx, lockName);
      if (newPassword !== undefined) await choosePassword(tx, login, newPassword, hms.config);
      else if (isOutdated(login.passwordHash, hms.config))
        await setPassword(tx, login.id, await hashPassword(request.payload.password, hms.config), login);
      const codes = factor === 'enrolled' ? { recoveryCodes: (await giveCodes(tx, login.id)).codes } : {};
      const boundTo = login.patientOnly ? await chooseBinding(hms, tx, login.id) : null;
      // From here on it is known who this is.
      const actor = { ...tx.actor, kind: 'user', id: login.id } as const;
      await writeAudit({ ...tx, actor }, plain, { action: 'E', detail: 'sign-in', object: `User/${login.id}` });
      const toolkit = h as unknown as ResponseToolkit;
      const answer = await enter(plain, toolkit, tx, { userId: login.id, boundTo, ...codes });
      const known = await rememberDevice(tx, login.id, plain);
      if (trust && (factor === 'proved' || factor === 'enrolled')) await trustDevice(tx, login.id, known);
      return answer.state(deviceCookie, known);
    });
  },
});

/**
 * Who it is, by all that they gave. Each refusal is in the audit; what was wrong costs a try, what was only missing does not.
 * @throws refusals sign_in_locked, sign_in_refused, sign_in_busy, password_must_change, password_too_short, password_guessable
 *   and those of the second factor
 */
const prove = async (request: Request, db: Db, credentials: Credentials, device: string | null) => {
  const { username, password, newPassword, code, passkey } = credentials;
  const { config }: Hms = request.server.app.hms;
  const lockName = await lockNameOf(db, username, device);
  const taken = await takeTry(db, lockName);
  const login = await findLogin(db, username);
  const tell = (detail = 'sign-in') =>
    writeAudit(db, request, { action: 'E', outcome: 4, detail, ...(login ? { object: `User/${login.id}` } : {}) });
  const costly = new Set(['sign_in_refused', 'second_factor_wrong', 'sign_in_locked']);
  try {
    // One hash is always made, so that unknown, disabled, locked and wrong take the same time.
    const right = await passwordMatches(password, login?.passwordHash ?? null, config);
    if (taken === null) {
      request.app.guessed = true;
      throw await locked(db, lockName);
    }
    if (!login?.active || !right) throw refuse('sign_in_refused');
    if (login.mustChange && newPassword === undefined) throw refuse('password_must_change');
    // Before the code: that counts once.
    if (newPassword !== undefined) demandOwn(login, newPassword);
    const factor = await checkSecondFactor(db, request, { user: login, device, code, passkey, config });
    return { login, factor, lockName };
  } catch (error) {
    if (taken !== null && !(error instanceof Refusal && costly.has(error.refusal)))
      await giveBackTry(db, lockName, taken);
    if (error instanceof Refusal) await tell();
    throw error;
  }
};

const signInPage = route({
  method: 'GET',
  path: '/api/auth/sign-in',
  options: {
    auth: false,
    app: {
      patientData: false,
      summary: 'What the sign-in page shows: the hospital, and in a demonstration who can sign in',
      access: 'public',
      response: SignInPage,
    },
  },
  handler: async (request): Promise<SignInPage> => {
    const { config } = request.server.app.hms;
    const locale = localeOf(headerOf(request, 'accept-language'));
    const there = config.demo ? await listDemoUsers(authDb(request as unknown as Request), roles) : [];
    const users = roles
      .filter((role) => there.includes(role))
      .map((role) => ({ username: role, title: say(`role_${role}`, locale) }));
    const { hms } = request.server.app;
    const { hospital, demo } = config;
    return { hospital, demo, portal: bindsPatients(hms), forgotten: sendsMail(hms), users };
  },
});

export const signInRoutes = [login, signInPage];
