import type { Request, ResponseToolkit } from '@hapi/hapi';
import type { Db } from '../../core/database.ts';
import { refuse } from '../../core/refuse.ts';
import { bindingHolds } from './binding.ts';
import { findAccount } from './queries.ts';
import { signedIn, startSession } from './sessions.ts';

export const refreshCookie = 'openward-refresh';

interface Session {
  userId: string;
  boundTo: string | null;
  sessionId: string;
  refreshToken: string;
}

/** The access token in the body, the refresh token in the cookie. @throws refusal sign_in_refused */
export const answer = async (request: Request, h: ResponseToolkit, db: Db, session: Session) => {
  const { hms } = request.server.app;
  const account = await findAccount(db, session.userId);
  if (!account?.active || !(await bindingHolds(hms, db, account, session.boundTo))) throw refuse('sign_in_refused');
  return h
    .response(signedIn(hms, account, session.sessionId, session.boundTo))
    .state(refreshCookie, session.refreshToken);
};

/** A new session for somebody who has proved who they are. */
export const enter = async (
  request: Request,
  h: ResponseToolkit,
  tx: Db,
  it: { userId: string; boundTo: string | null },
) => answer(request, h, tx, { ...it, ...(await startSession(tx, it.userId, request.info.remoteAddress, it.boundTo)) });
