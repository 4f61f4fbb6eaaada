import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db, type Fragment } from '../../../core/database.ts';
import { Consent, type NewConsent } from './model.ts';

const by = sql.fragment`(
  select u.display_name from auth."user" u
  where u.id = coalesce((select (h.document ->> 'updated_by')::uuid from core.history h where h.relation = 'patients.consent' and h.id = c.id and h.version = 1), c.updated_by)
)`;

export const consentsJson = (db: Db, patientId: Fragment): Fragment => sql.fragment`(
  select coalesce(json_agg(json_build_object(
    'id', c.id, 'patientId', c.patient_id, 'kind', c.kind, 'decision', c.decision, 'decidedAt', core.json_time(c.decided_at),
    'givenBy', c.given_by, 'paper', c.paper, 'recordedBy', ${by}, 'supersededAt', core.json_time(c.superseded_at)) order by c.id desc), '[]')
  from patients.consent c where c.patient_id = ${patientId} and ${maySee(db, 'c.patient_id')}
)`;

/** The newest first; those that no longer hold among them. */
export const listConsents = (db: Db, patientId: string): Promise<readonly Consent[]> =>
  db.any(sql.type(Consent)`
    select c.id, c.patient_id, c.kind, c.decision, c.decided_at, c.given_by, c.paper, ${by} as recorded_by, c.superseded_at
    from patients.consent c
    where c.patient_id = ${patientId} and ${maySee(db, 'c.patient_id')}
    order by c.id desc limit 200
  `);

/** Of two answers at once the second waits for the first, and then takes its place. */
export const lockAnswers = (tx: Db, patientId: string): Promise<unknown> =>
  tx.query(sql.unsafe`select pg_advisory_xact_lock(hashtextextended('patients.consent ' || ${patientId}, 0))`);

/** False when nothing of that kind holds. */
export const supersede = async (tx: Db, patientId: string, kind: string): Promise<boolean> =>
  (await tx.maybeOneFirst(sql.type(z.strictObject({ id: z.uuid() }))`
    update patients.consent c set superseded_at = core.now()
    where c.patient_id = ${patientId} and c.kind = ${kind} and c.superseded_at is null and ${maySee(tx, 'c.patient_id')}
    returning c.id
  `)) !== null;

export const findHolding = (db: Db, patientId: string, kind: string): Promise<string | null> =>
  db.maybeOneFirst(sql.type(z.strictObject({ decision: z.string() }))`
    select c.decision from patients.consent c
    where c.patient_id = ${patientId} and c.kind = ${kind} and c.superseded_at is null and ${maySee(db, 'c.patient_id')}
  `);

export const insertConsent = (tx: Db, patientId: string, it: NewConsent): Promise<string> =>
  tx.oneFirst(sql.type(z.strictObject({ id: z.uuid() }))`
    insert into patients.consent (patient_id, kind, decision, decided_at, given_by, paper)
    values (${patientId}, ${it.kind}, ${it.decision}, coalesce(${it.decidedAt}::timestamptz, core.now()), ${it.givenBy}, ${it.paper})
    returning id
  `);
