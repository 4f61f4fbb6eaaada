import type { Request, ResponseToolkit } from '@hapi/hapi';
import type { Db } from '../../core/database.ts';
import type { Hms } from '../../core/hms.ts';
import { refuse } from '../../core/refuse.ts';
import { headerOf } from '../../core/routes.ts';
import { bindingHolds } from './binding.ts';
import type { Account, SignedIn } from './model.ts';
import { findAccount } from './queries.ts';
import { accessLifetime, signAccessToken } from './session/access-token.ts';
import { refreshCookie } from './session/cookie.ts';
import { timesOf, type SessionRow } from './session/model.ts';
import { getSessionRow } from './session/queries.ts';
import { startSession, type Client, type Held } from './session/rotation.ts';

/** From which browser and address a request comes. */
export const clientOf = (request: Request): Client => ({
  device: headerOf(request, 'user-agent')?.slice(0, 200) ?? null,
  source: request.info.remoteAddress || null,
});

/** The access token in the body, the refresh token in the cookie. @throws refusal sign_in_refused */
export const answer = async (
  request: Request,
  h: ResponseToolkit,
  db: Db,
  held: Held,
  told: Pick<SignedIn, 'recoveryCodes'> = {},
) => {
  const { hms } = request.server.app;
  const account = await findAccount(db, held.userId);
  if (!account?.active || !(await bindingHolds(hms, db, account, held.boundTo))) throw refuse('sign_in_refused');
  const session = await getSessionRow(db, held.sessionId);
  return h
    .response({ ...signedIn(hms, account, held, session), ...told })
    .state(refreshCookie(hms.config), held.refreshToken);
};

const signedIn = (hms: Hms, account: Account, held: Held, session: SessionRow): SignedIn => ({
  accessToken: signAccessToken(hms, account.id, held.sessionId),
  expiresIn: accessLifetime,
  ...(held.boundTo === null ? {} : { boundTo: held.boundTo }),
  times: timesOf(session),
  keptKey: session.keptKey?.toString('base64') ?? '',
  user: {
    id: account.id,
    username: account.username,
    displayName: account.displayName,
    roles: account.roles,
    permissions: account.permissions,
  },
});

interface Entering extends Pick<SignedIn, 'recoveryCodes'> {
  userId: string;
  boundTo: string | null;
  after?: string;
}

/** A new session for somebody who has proved who they are; `after`: in the session that it takes the place of. */
export const enter = async (
  request: Request,
  h: ResponseToolkit,
  tx: Db,
  { userId, boundTo, after, ...told }: Entering,
) => {
  const { hms } = request.server.app;
  return answer(
    request,
    h,
    tx,
    await startSession(hms, tx, { userId, boundTo, ...(after && { after }), ...clientOf(request) }),
    told,
  );
};
