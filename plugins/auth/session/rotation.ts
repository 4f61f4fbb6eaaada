import { randomBytes } from 'node:crypto';
import type { Db } from '../../../core/database.ts';
import type { Hms } from '../../../core/hms.ts';
import type { EndedFor } from './model.ts';
import { endSession, findPresented, insertSession, replaceToken } from './queries.ts';
import { familyOf, hashOf, newToken, nextToken, openSuccessor, sealSuccessor } from './refresh-token.ts';
import { limitsOf } from './settings.ts';

/** Seconds in which the token before is answered like the current one, from the same browser at the same address. */
const grace = 10;

export interface Client {
  device: string | null;
  source: string | null;
}

export interface Held {
  sessionId: string;
  userId: string;
  boundTo: string | null;
  refreshToken: string;
}

/** Always a new one: whoever signs in never goes on with a session that was there before. */
export const startSession = async (
  hms: Hms,
  db: Db,
  it: Client & { userId: string; boundTo: string | null; after?: string },
): Promise<Held> => {
  const refreshToken = newToken();
  const sessionId = await insertSession(db, {
    ...it,
    after: it.after ?? null,
    ...limitsOf(hms, it.boundTo !== null),
    familyHash: hashOf(familyOf(refreshToken)!),
    tokenHash: hashOf(refreshToken),
    keptKey: randomBytes(32),
  });
  return { sessionId, userId: it.userId, boundTo: it.boundTo, refreshToken };
};

export type Over = { over: EndedFor | 'unknown'; userId?: string };

/**
 * A refresh token is used once. One that comes a second time, however often the session went on since, was copied by somebody,
 * and the session ends; but two tabs may ask in the same moment, and an answer may get lost: for a few seconds the same browser
 * gets the same next token once more.
 */
export const rotateSession = async (tx: Db, token: string, client: Client): Promise<Held | Over> => {
  const family = familyOf(token);
  const it = family && (await findPresented(tx, { familyHash: hashOf(family), hash: hashOf(token), ...client, grace }));
  if (!it) return { over: 'unknown' };
  const end = async (why: EndedFor): Promise<Over> => {
    await endSession(tx, it.id, why);
    return { over: why, userId: it.userId };
  };
  if (it.endedFor !== null) return { over: it.endedFor as EndedFor };
  if (!it.alive) return end(it.outlived ? 'lifetime' : 'idle');
  const held = { sessionId: it.id, userId: it.userId, boundTo: it.boundTo };
  if (it.current) {
    const next = nextToken(token);
    await replaceToken(tx, it.id, hashOf(next), sealSuccessor(token, next));
    return { ...held, refreshToken: next };
  }
  return it.isGrace && it.successor ? { ...held, refreshToken: openSuccessor(token, it.successor) } : end('reused');
};
