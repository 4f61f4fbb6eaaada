import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import { AccessRole, Invitation, OwnPatient } from '../model.ts';

const Id = z.strictObject({ id: z.uuid() });
const live = sql.fragment`a.ended_at is null and (a.until is null or a.until > core.now())`;

/** Oneself, else whoever has been entrusted longest. */
export const firstPatientOf = (db: Db, userId: string): Promise<string | null> =>
  db.maybeOneFirst(sql.type(z.strictObject({ patientId: z.uuid() }))`
    select a.patient_id
    from portal.access a
    where a.user_id = ${userId} and ${live} and ${maySee(db, 'a.patient_id')}
    order by a.role <> 'self', a.created_at, a.id
    limit 1
  `);

export const maySeePatient = (db: Db, userId: string, patientId: string): Promise<boolean> =>
  db.exists(sql.unsafe`
    select from portal.access a
    where a.user_id = ${userId} and a.patient_id = ${patientId} and ${live} and ${maySee(db, 'a.patient_id')}
  `);

/** Asked by the patient: whom this account may see. */
export const listOwnPatients = (own: Db): Promise<readonly z.infer<typeof OwnPatient>[]> =>
  own.any(sql.type(OwnPatient)`select patient_id, role, given_name, family_name, until from portal.own_patients()`);

export const hasOwnAccess = (db: Db, patientId: string): Promise<boolean> =>
  db.exists(sql.unsafe`
    select from portal.access a
    where a.patient_id = ${patientId} and a.role = 'self' and a.ended_at is null and ${maySee(db, 'a.patient_id')}
  `);

export const insertAccess = (
  tx: Db,
  it: { userId: string; patientId: string; role: string; until: string | null },
): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    insert into portal.access (user_id, patient_id, role, until) values (${it.userId}, ${it.patientId}, ${it.role}, ${it.until})
    on conflict do nothing
    returning id
  `);

const Ended = z.strictObject({ userId: z.uuid(), patientId: z.uuid(), seesOthers: z.boolean() });
/** No row when there is none, or it has ended. */
export const endAccess = (tx: Db, id: string): Promise<z.infer<typeof Ended> | null> =>
  tx.maybeOne(sql.type(Ended)`
    update portal.access a set ended_at = core.now(), ended_by = ${tx.actor.id}
    where a.id = ${id} and a.ended_at is null and ${maySee(tx, 'a.patient_id')}
    returning a.user_id, a.patient_id,
      exists (select from portal.access o where o.user_id = a.user_id and o.id <> a.id and o.ended_at is null) as sees_others
  `);

export const hasAccess = (db: Db, id: string): Promise<boolean> =>
  db.exists(sql.unsafe`select from portal.access a where a.id = ${id} and ${maySee(db, 'a.patient_id')}`);

// -- invitations --------------------------------------------------------------------------------------------------------------

const invitationColumns = sql.fragment`i.id, i.display_name, i.role, i.created_at, i.expires_at`;
export const isOpen = sql.fragment`i.accepted_at is null and i.withdrawn_at is null and i.tries < 5 and i.expires_at > core.now()`;

export const insertInvitation = (
  tx: Db,
  it: { patientId: string; role: string; displayName: string; until: string | null; codeHash: string },
): Promise<z.infer<typeof Invitation>> =>
  tx.one(sql.type(Invitation)`
    insert into portal.invitation as i (patient_id, role, display_name, until, code_hash, expires_at)
    values (${it.patientId}, ${it.role}, ${it.displayName}, ${it.until}, ${it.codeHash}, core.now() + interval '14 days')
    returning ${invitationColumns}
  `);

/** Whoever is invited again has one code, the new one. */
export const withdrawEarlier = (
  tx: Db,
  it: { patientId: string; role: string; displayName: string },
): Promise<unknown> =>
  tx.query(sql.unsafe`
    update portal.invitation i set withdrawn_at = core.now()
    where i.patient_id = ${it.patientId} and i.role = ${it.role} and (i.role = 'self' or i.display_name = ${it.displayName})
      and i.accepted_at is null and i.withdrawn_at is null and ${maySee(tx, 'i.patient_id')}
  `);

export const withdrawInvitation = (tx: Db, id: string): Promise<{ patientId: string } | null> =>
  tx.maybeOne(sql.type(z.strictObject({ patientId: z.uuid() }))`
    update portal.invitation i set withdrawn_at = core.now()
    where i.id = ${id} and i.accepted_at is null and i.withdrawn_at is null and ${maySee(tx, 'i.patient_id')}
    returning i.patient_id
  `);

export const hasInvitation = (db: Db, id: string): Promise<boolean> =>
  db.exists(sql.unsafe`select from portal.invitation i where i.id = ${id} and ${maySee(db, 'i.patient_id')}`);

const Found = z.strictObject({
  id: z.uuid(),
  patientId: z.uuid(),
  role: AccessRole,
  displayName: z.string(),
  until: z.string().nullable(),
  givenName: z.string(),
  familyName: z.string(),
  birthDate: z.string().nullable(),
});
export type FoundInvitation = z.infer<typeof Found>;

/** Open, of a living patient; locked, so that a code is used once. */
export const findInvitation = (tx: Db, codeHash: string): Promise<FoundInvitation | null> =>
  tx.maybeOne(sql.type(Found)`
    select i.id, i.patient_id, i.role, i.display_name, i.until, p.given_name, p.family_name, p.birth_date
    from portal.invitation i
    join patients.patient p on p.id = i.patient_id and p.active and p.deceased_at is null
    where i.code_hash = ${codeHash} and ${isOpen} and ${maySee(tx, 'i.patient_id')}
    for update of i
  `);

export const countTry = (tx: Db, id: string): Promise<unknown> =>
  tx.query(sql.unsafe`
    -- no person asks
    update portal.invitation set tries = least(tries + 1, 5) where id = ${id}
  `);

export const acceptInvitation = (tx: Db, id: string): Promise<unknown> =>
  tx.query(sql.unsafe`
    -- no person asks
    update portal.invitation set accepted_at = core.now() where id = ${id}
  `);
