import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import type { Hms } from '../../../core/hms.ts';
import { refuse } from '../../../core/refuse.ts';
import {
  deactivateUser,
  findLogin,
  forgetTries,
  giveBackTry,
  hashPassword,
  type Hashing,
  insertPatientUser,
  isGuessable,
  passwordMatches,
  takeTry,
} from '../../auth/api.ts';
import { tellOfInvitation } from '../../messaging/api.ts';
import { getPatient } from '../../patients/api.ts';
import { hashOfCode, newCode } from '../code.ts';
import type { Acceptance, NewInvitation, Proof } from '../model.ts';
import * as q from '../queries/access.ts';
import { channelsFor } from '../queries/messages.ts';

/** @throws 404 for a patient that is not there; refusal access_self_once */
export const invite = async (tx: Db, hms: Hms, wanted: NewInvitation) => {
  const patient = await getPatient(tx, wanted.patientId);
  if (wanted.role === 'self' && (await q.hasOwnAccess(tx, wanted.patientId))) throw refuse('access_self_once');
  const displayName = wanted.displayName ?? `${patient.givenName} ${patient.familyName}`;
  const code = newCode();
  const it = { patientId: wanted.patientId, role: wanted.role, displayName };
  await q.withdrawEarlier(tx, it);
  const invitation = await q.insertInvitation(tx, {
    ...it,
    until: wanted.until ?? null,
    codeHash: hashOfCode(code, hms.config.passwordPepper),
  });
  const sentBy = wanted.send ? await channelsFor(tx, hms, wanted.patientId) : [];
  const { origin } = hms.config;
  if (sentBy.length > 0) await tellOfInvitation(tx, { patientId: patient.id, subjectId: invitation.id, code, origin });
  await publish(tx, 'portal.invitation-made', invitation.id, { patientId: patient.id, role: wanted.role });
  return { invitation, code, address: `${origin}/portal/invitation`, sentBy: [...sentBy] };
};

/** @throws 404; refusal invitation_not_open */
export const withdraw = async (tx: Db, id: string): Promise<string> => {
  if (!(await q.hasInvitation(tx, id))) throw refuse('not_found');
  const withdrawn = await q.withdrawInvitation(tx, id);
  if (withdrawn === null) throw refuse('invitation_not_open');
  await publish(tx, 'portal.invitation-withdrawn', id, { patientId: withdrawn.patientId });
  return withdrawn.patientId;
};

/** At once: the next request of an open session is refused. An account that sees nobody any more cannot sign in. @throws 404; refusal access_ended */
export const endAccess = async (tx: Db, id: string): Promise<string> => {
  if (!(await q.hasAccess(tx, id))) throw refuse('not_found');
  const ended = await q.endAccess(tx, id);
  if (ended === null) throw refuse('access_ended');
  if (!ended.seesOthers) await deactivateUser(tx, ended.userId);
  await publish(tx, 'portal.access-ended', id, { patientId: ended.patientId });
  return ended.patientId;
};

/** What is counted against whoever guesses; a lock of the sign-in's kind, for codes that nobody has. */
const guesserAt = (address: string): string => `invitation ${address}`.slice(0, 64);

/**
 * The invitation that code and birth date open. Every refusal is the same sentence: nothing says which of the two was wrong.
 * @throws refusal invitation_refused
 */
export const prove = async (hms: Hms, db: Db, { code, birthDate }: Proof, address: string) => {
  const guesser = guesserAt(address);
  const taken = await takeTry(db, guesser);
  if (taken === null) throw refuse('invitation_refused');
  const found = await db.transaction(async (tx) => {
    const invitation = await q.findInvitation(tx, hashOfCode(code, hms.config.passwordPepper));
    if (invitation === null || invitation.birthDate === birthDate) return invitation;
    await q.countTry(tx, invitation.id);
    return null;
  });
  if (found === null) throw refuse('invitation_refused');
  await giveBackTry(db, guesser, taken);
  return found;
};

/**
 * The account that takes up an invitation: a new one, or one that sees somebody else already.
 * @throws refusals invitation_refused, password_guessable, user_username_unique, access_once, sign_in_refused
 */
export const accept = async (hms: Hms, db: Db, wanted: Acceptance, address: string) => {
  const pepper = hms.config.passwordPepper;
  const proved = await prove(hms, db, wanted, address);
  const known = wanted.hasAccount ? await knownAccount(db, wanted, hms.config) : null;
  if (!wanted.hasAccount && isGuessable(wanted.password, [wanted.username, proved.familyName, wanted.birthDate]))
    throw refuse('password_guessable');
  const passwordHash = known === null ? await hashPassword(wanted.password, hms.config) : '';
  return db.transaction(async (tx) => {
    // Once more, now locked until the commit: of two that come with one code the second finds it used.
    const invitation = await q.findInvitation(tx, hashOfCode(wanted.code, pepper));
    if (invitation === null) throw refuse('invitation_refused');
    const { patientId, role, until, displayName } = invitation;
    const userId = known ?? (await insertPatientUser(tx, { username: wanted.username, displayName, passwordHash }));
    if ((await q.insertAccess(tx, { userId, patientId, role, until })) === null)
      throw refuse(role === 'self' && (await q.hasOwnAccess(tx, patientId)) ? 'access_self_once' : 'access_once');
    await q.acceptInvitation(tx, invitation.id);
    await forgetTries(tx, guesserAt(address));
    await publish(tx, 'portal.invitation-accepted', invitation.id, { patientId, role });
    return { userId, patientId };
  });
};

const knownAccount = async (db: Db, { username, password }: Acceptance, hashing: Hashing): Promise<string> => {
  const taken = await takeTry(db, username);
  const login = await findLogin(db, username);
  const right = await passwordMatches(password, login?.passwordHash ?? null, hashing);
  // Whoever works here keeps a sign-in of their own for that: an account sees records or is staff, never both.
  if (taken === null || !login?.active || !login.patientOnly || !right) throw refuse('sign_in_refused');
  await giveBackTry(db, username, taken);
  return login.id;
};
