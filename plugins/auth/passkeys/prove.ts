import type { Request } from '@hapi/hapi';
import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import { refuse } from '../../../core/refuse.ts';
import { authDb, noteOwn } from '../own.ts';
import { readProof } from './verify.ts';

/**
 * The person whose passkey this is; with `userId` it must be that person's. A use that counts backwards means that somebody
 * has copied the device, and stands in the audit as a serious failure.
 * @throws that refusal
 */
export const provePasskey = async (
  request: Request,
  response: AuthenticationResponseJSON,
  userId: string | null,
  refusal: 'passkey_refused' | 'passkey_wrong' | 'second_factor_wrong' = 'passkey_refused',
): Promise<string> => {
  const db = authDb(request);
  const proved = await readProof(db, request.server.app.hms.config, userId, response);
  if (!('refused' in proved)) return proved.userId;
  if (proved.userId !== null)
    await noteOwn(db, request, proved.userId, `passkey-${proved.refused}`, proved.refused === 'copied' ? 8 : 4);
  throw refuse(refusal);
};
