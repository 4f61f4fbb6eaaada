import { createHash } from 'node:crypto';
import type { Adapter, AdapterPayload } from 'oidc-provider';
import { z } from 'zod';
import { sql, type Db, type Fragment } from '../../core/database.ts';
import { sessionIsAlive } from '../auth/api.ts';
import { errors } from './library.ts';

/** What is random with 256 bits needs no slow hash. */
export const hashOf = (id: string): Buffer => createHash('sha256').update(id).digest();

/** Tells whether somebody has another password by now, and nothing of it. */
const mark = sql.fragment`sha256(convert_to(u.password_hash, 'UTF8'))`;

/**
 * Of a consent `k` of the user `u` given in the session `s`: it still holds. That ends with the session in which they allowed it,
 * or, where the app may go on without them, when they sign out everywhere, are disabled or get another password: who knew the
 * old one may have let the app in.
 */
export const holds: Fragment = sql.fragment`
  k.expires_at > clock_timestamp() and u.active
  and case
    when not k.offline then ${sessionIsAlive}
    else s.ended_for is distinct from 'reused' and k.password_mark = ${mark} and not exists (
      select from auth.session other
      where other.user_id = k.user_id and other.ended_at >= k.created_at and other.ended_for in ('everywhere', 'administrator')
    )
  end
`;

/** Of a row `a`: its client is on, and what a person has allowed still holds. */
export const counts: Fragment = sql.fragment`
  a.expires_at > clock_timestamp()
  and (a.client_id is null or exists (select from oauth.client c where c.id = a.client_id and c.active))
  and (a.grant_id is null or exists (
    select from oauth.consent k
    join auth."user" u on u.id = k.user_id
    join auth.session s on s.id = k.session_id
    where k.grant_id = a.grant_id and ${holds}
  ))
`;

const Found = z.strictObject({ payload: z.record(z.string(), z.unknown()), consumed: z.number().nullable() });
const found = sql.fragment`
  select a.payload, floor(extract(epoch from a.consumed_at))::float8 as consumed from oauth.artifact a
`;

/** Where the library keeps what it gives out: what somebody holds is found by its hash, and its text is nowhere. */
export const artifactsOf = (db: Db, kind: string): Adapter => {
  const nowhere = (): Promise<undefined> => Promise.resolve(undefined);
  return {
    async upsert(id, { jti: _, ...payload }, seconds: number | undefined) {
      const grantId = kind === 'Grant' ? id : (payload.grantId ?? null);
      // An assertion counts once, also when it comes twice in the same moment.
      const over = kind === 'ReplayDetection' ? sql.fragment`where a.expires_at <= clock_timestamp()` : sql.fragment``;
      const written = await db.maybeOne(sql.unsafe`
        insert into oauth.artifact as a (kind, id_hash, client_id, user_id, grant_id, payload, expires_at)
        values (${kind}, ${sql.binary(hashOf(id))}, ${payload.clientId ?? null}, ${payload.accountId ?? null}, ${grantId},
          ${JSON.stringify(payload)}::jsonb, clock_timestamp() + make_interval(secs => ${seconds ?? 0}))
        on conflict (kind, id_hash) do update set payload = excluded.payload, expires_at = excluded.expires_at ${over}
        returning a.kind
      `);
      if (written === null) throw new errors.InvalidClientAuth('client assertion tokens must only be used once');
    },
    async find(id): Promise<AdapterPayload | undefined> {
      const row = await db.maybeOne(sql.type(Found)`
        ${found} where a.kind = ${kind} and a.id_hash = ${sql.binary(hashOf(id))} and ${counts}
      `);
      return row
        ? { ...row.payload, jti: id, ...(row.consumed === null ? {} : { consumed: row.consumed }) }
        : undefined;
    },
    // Who is signed in is known by a session of the house, and no device asks here.
    findByUid: nowhere,
    findByUserCode: nowhere,
    async consume(id) {
      const first = await db.maybeOne(sql.unsafe`
        update oauth.artifact set consumed_at = clock_timestamp()
        where kind = ${kind} and id_hash = ${sql.binary(hashOf(id))} and consumed_at is null returning kind
      `);
      if (first !== null) return;
      await endGrantOf(db, kind, id);
      throw new errors.InvalidGrant('it was used already');
    },
    async destroy(id) {
      if (kind === 'Grant') await endTokensOf(db, { grantId: id });
      else
        await db.query(
          sql.unsafe`delete from oauth.artifact where kind = ${kind} and id_hash = ${sql.binary(hashOf(id))}`,
        );
    },
    async revokeByGrantId(grantId) {
      await db.query(sql.unsafe`delete from oauth.artifact where kind = ${kind} and grant_id = ${grantId}`);
    },
  };
};

const endGrantOf = async (db: Db, kind: string, id: string): Promise<void> => {
  const grantId = await db.maybeOneFirst(sql.type(z.strictObject({ grantId: z.string().nullable() }))`
    select grant_id from oauth.artifact where kind = ${kind} and id_hash = ${sql.binary(hashOf(id))}
  `);
  if (grantId) await endTokensOf(db, { grantId });
};

/** Everything that was given out to a client, or for one consent. */
export const endTokensOf = async (db: Db, of: { clientId: string } | { grantId: string }): Promise<void> => {
  const where = 'clientId' in of ? sql.fragment`client_id = ${of.clientId}` : sql.fragment`grant_id = ${of.grantId}`;
  await db.query(sql.unsafe`delete from oauth.artifact where ${where}`);
  await db.query(sql.unsafe`delete from oauth.consent where ${where}`);
};

export interface Consent {
  grantId: string;
  clientId: string;
  userId: string;
  sessionId: string;
  boundTo: string | null;
  scopes: readonly string[];
  offline: boolean;
  seconds: number;
}

export const insertConsent = (db: Db, it: Consent): Promise<unknown> =>
  db.query(sql.unsafe`
    insert into oauth.consent (grant_id, client_id, user_id, session_id, bound_to, scopes, offline, password_mark, expires_at)
    select ${it.grantId}, ${it.clientId}, u.id, ${it.sessionId}, ${it.boundTo}, ${sql.array([...it.scopes], 'text')}, ${it.offline}, ${mark},
      clock_timestamp() + make_interval(secs => ${it.seconds})
    from auth."user" u where u.id = ${it.userId}
  `);

/** For whose record somebody has allowed it who sees nothing but one. */
export const findBinding = (db: Db, grantId: string): Promise<string | null> =>
  db.maybeOneFirst(sql.type(z.strictObject({ boundTo: z.uuid().nullable() }))`
    select bound_to from oauth.consent where grant_id = ${grantId}
  `);

/** A used refresh token stays until its end, so that its reuse is noticed; a key, until what it signed has ended. */
export const forgetOver = async (db: Db): Promise<void> => {
  await db.query(sql.unsafe`delete from oauth.artifact where expires_at < clock_timestamp() - interval '1 hour'`);
  await db.query(sql.unsafe`delete from oauth.consent where expires_at < clock_timestamp() - interval '1 hour'`);
  await db.query(sql.unsafe`delete from oauth.signing_key where retired_at < clock_timestamp() - interval '1 day'`);
};
