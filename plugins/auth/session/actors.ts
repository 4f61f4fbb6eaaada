import type { Request } from '@hapi/hapi';
import { service, type Actor } from '../../../core/actor.ts';
import type { Db } from '../../../core/database.ts';
import type { Hms } from '../../../core/hms.ts';
import { bindingHolds } from '../binding.ts';
import type { Account } from '../model.ts';
import { findAccount } from '../queries.ts';
import { readAccessToken, type Claims } from './access-token.ts';
import { findAlive } from './queries.ts';
import { noteUse } from './uses.ts';

/**
 * Who a session's token speaks for is asked again after this many milliseconds: a changed role or an ended session counts
 * within a second on every process, also on one that does not hear the others.
 */
const remembered = 900;
const most = 5000;

interface Remembered {
  userId: string;
  actor: Actor | null;
  until: number;
}
const memory = new WeakMap<Hms, Map<string, Remembered>>();
const memoryOf = (hms: Hms): Map<string, Remembered> => {
  const known = memory.get(hms) ?? new Map<string, Remembered>();
  memory.set(hms, known);
  return known;
};

export const authenticate = async (hms: Hms, token: string, request: Request): Promise<Actor | null> => {
  const claims = readAccessToken(hms, token);
  const actor = claims && (await actorOf(hms, claims));
  if (actor && isUse(request)) noteUse(hms, claims.sid);
  return actor;
};

/**
 * Whether a person did something. The interface marks what it fetches by itself; who leaves the mark out keeps a session awake
 * as long as it works with it, and nobody can make one last longer than from now. A line for news is no use at all.
 */
const isUse = (request: Request): boolean =>
  request.headers['openward-background'] === undefined && (request.method as string) !== 'auth';

const actorOf = async (hms: Hms, { sid, sub }: Claims): Promise<Actor | null> => {
  const known = memoryOf(hms);
  const found = known.get(sid);
  if (found && found.userId === sub && found.until > performance.now()) return found.actor;
  if (known.size > most) known.clear();
  const asked = performance.now();
  const actor = await lookUp(hms, sid, sub);
  known.set(sid, { userId: sub, actor, until: asked + remembered });
  return actor;
};

const lookUp = async (hms: Hms, sessionId: string, userId: string): Promise<Actor | null> => {
  const db = hms.db(service('auth'));
  const session = await findAlive(db, sessionId, userId);
  if (!session) return null;
  const account = await findAccount(db, userId);
  if (!account?.active || !(await bindingHolds(hms, db, account, session.boundTo))) return null;
  return asActor(account, sessionId, session.boundTo);
};

const asActor = (account: Account, sessionId: string, boundTo: string | null): Actor => ({
  kind: boundTo === null ? 'user' : 'patient',
  id: account.id,
  displayName: account.displayName,
  permissions: new Set(account.permissions),
  sessionId,
  ...(account.rolesEnd === null ? {} : { until: Date.parse(account.rolesEnd) }),
  ...(boundTo === null ? {} : { patientId: boundTo }),
});

/** Somebody who works here, with the rights that they have now; null for who is not there any more. For work that goes on without them. */
export const actorNow = async (db: Db, userId: string): Promise<Actor | null> => {
  const account = await findAccount(db, userId);
  if (!account?.active || account.patientOnly) return null;
  const { id, displayName, permissions } = account;
  return { kind: 'user', id, displayName, permissions: new Set(permissions) };
};

/** The next request asks the database. */
export const forget = (hms: Hms, id: { sessionId: string } | { userId: string }): void => {
  const known = memoryOf(hms);
  if ('sessionId' in id) known.delete(id.sessionId);
  else for (const [sessionId, { userId }] of known) if (userId === id.userId) known.delete(sessionId);
};

/** A role has changed: whoever has it asks the database with the next request, and so do the others. */
export const forgetAll = (hms: Hms): void => memoryOf(hms).clear();
