import { z } from 'zod';
import { sql } from '../../core/database.ts';
import type { Hms } from '../../core/hms.ts';
import { counts, hashOf } from './artifacts.ts';
import { findPerson } from './claims.ts';
import { oauthDb } from './provider.ts';
import { resourceScopes, type ResourceScope } from './scopes.ts';

/** Who holds an access token, and exactly what it is good for. */
export interface OAuthCaller {
  clientId: string;
  clientName: string;
  /** The person in whose name an app asks; null: a service asks in its own. */
  userId: string | null;
  /** The one patient that a person is bound to who sees nothing else. */
  patientId: string | null;
  scopes: readonly ResourceScope[];
  /** As they were granted, those about identity as well. */
  scope: readonly string[];
}

const Row = z.strictObject({
  clientId: z.uuid(),
  clientName: z.string(),
  userId: z.uuid().nullable(),
  boundTo: z.uuid().nullable(),
  scope: z.string().nullable(),
});

/** Asked of the database each time, so that what was taken back is refused at once. Null: it is none, or counts no more. */
export const readOAuthToken = async (hms: Hms, token: string): Promise<OAuthCaller | null> => {
  if (!/^[\w-]{43}$/.test(token)) return null;
  const row = await oauthDb(hms).maybeOne(sql.type(Row)`
    select a.client_id, c.name as client_name, a.user_id, k.bound_to, a.payload ->> 'scope' as scope
    from oauth.artifact a
    join oauth.client c on c.id = a.client_id
    left join oauth.consent k on k.grant_id = a.grant_id
    where a.kind in ('AccessToken', 'ClientCredentials') and a.id_hash = ${sql.binary(hashOf(token))} and ${counts}
  `);
  if (!row?.scope) return null;
  if (row.userId && !(await findPerson(hms, row.userId, row.boundTo))) return null;
  const scope = row.scope.split(' ');
  return {
    clientId: row.clientId,
    clientName: row.clientName,
    userId: row.userId,
    patientId: row.boundTo,
    scopes: resourceScopes(scope),
    scope,
  };
};
