import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db, type Fragment } from '../../../core/database.ts';
import { criticalJson } from '../json.ts';
import { CriticalResult } from '../model/critical.ts';

const Id = z.strictObject({ id: z.uuid() });
const Row = z.strictObject({ it: CriticalResult });

export interface Asker {
  id: string;
  departmentId: string | null;
}

const from = sql.fragment`laboratory.critical_result k join laboratory.result r on r.id = k.result_id join laboratory.test t on t.id = r.test_id`;

/** One's own; what has waited too long for a colleague of the department; what names nobody. */
const concerns = (me: Asker | null): Fragment => sql.fragment`(
  k.owner_id = ${me?.id ?? null}::uuid
  or (k.owner_id is null or k.due_at <= core.now()) and (k.department_id is null or k.department_id = ${me?.departmentId ?? null}::uuid)
)`;

/** Open ones, most urgent first; with a patient all of theirs, newest first. */
export const listCritical = (
  db: Db,
  by: { me: Asker | null; everybody: boolean; patientId?: string | undefined },
): Promise<readonly CriticalResult[]> =>
  db.anyFirst(sql.type(Row)`
    select ${criticalJson(by.me?.id ?? null)} as it
    from ${from}
    where ${sql.and([
      maySee(db, 'k.patient_id'),
      by.patientId !== undefined
        ? sql.fragment`k.patient_id = ${by.patientId}`
        : sql.fragment`k.acknowledged_at is null`,
      by.patientId === undefined && !by.everybody && concerns(by.me),
    ])}
    order by ${by.patientId === undefined ? sql.fragment`k.due_at, k.id` : sql.fragment`k.raised_at desc, k.id`}
    limit 100
  `);

export const getCritical = (db: Db, id: string, me: Asker | null): Promise<CriticalResult> =>
  db.oneFirst(
    sql.type(
      Row,
    )`select ${criticalJson(me?.id ?? null)} as it from ${from} where k.id = ${id} and ${maySee(db, 'k.patient_id')}`,
  );

export interface Told {
  practitionerId: string;
  channel: 'screen' | 'telephone';
  readBack: string;
  note: string | null;
}

/** Null when somebody has acknowledged it, or it is not what was read. */
export const acknowledge = (tx: Db, id: string, version: number, it: Told): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update laboratory.critical_result set acknowledged_at = core.now(), acknowledged_by = ${it.practitionerId}, channel = ${it.channel}, read_back = ${it.readBack},
      note = ${it.note}, told_by = ${it.channel === 'telephone' ? tx.actor.id : null}
    where id = ${id} and version = ${version} and acknowledged_at is null and ${maySee(tx, 'patient_id')}
    returning id
  `);

/** To a deputy, from now on; null as above. */
export const assign = (tx: Db, id: string, version: number, practitionerId: string): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update laboratory.critical_result set owner_id = ${practitionerId}, department_id = coalesce(
      (select card.department_id from facility.practitioner_card card where card.id = ${practitionerId}), department_id)
    where id = ${id} and version = ${version} and acknowledged_at is null and ${maySee(tx, 'patient_id')}
    returning id
  `);

/** What waits for somebody who is away now, to whoever acts for them. */
export const handOver = (
  tx: Db,
  practitionerId: string,
): Promise<readonly { id: string; patientId: string; ownerId: string }[]> =>
  tx.any(sql.type(z.strictObject({ id: z.uuid(), patientId: z.uuid(), ownerId: z.uuid() }))`
    -- no person asks: it goes with the one who is away, whatever the one who writes that down may see
    update laboratory.critical_result k set owner_id = laboratory.acts_for(k.owner_id, core.now())
    where k.owner_id = ${practitionerId} and k.acknowledged_at is null and laboratory.acts_for(k.owner_id, core.now()) <> k.owner_id
    returning k.id, k.patient_id, k.owner_id
  `);

const Raised = z.strictObject({
  id: z.uuid(),
  resultId: z.uuid(),
  patientId: z.uuid(),
  ownerId: z.uuid().nullable(),
  interpretation: z.string(),
});

/** Raised by the states of these results that were just written. */
export const raisedBy = (tx: Db, resultIds: readonly string[]): Promise<readonly z.infer<typeof Raised>[]> =>
  tx.any(sql.type(Raised)`
    select k.id, k.result_id, k.patient_id, k.owner_id, k.interpretation
    from laboratory.critical_result k
    join laboratory.result r on r.id = k.result_id and r.corrections = k.correction
    where k.result_id = any(${sql.array([...resultIds], 'uuid')}) and k.acknowledged_at is null and ${maySee(tx, 'k.patient_id')}
    order by k.id
  `);

/** What nobody has acknowledged in time: from now on the department is asked. */
export const escalateOverdue = (
  tx: Db,
): Promise<readonly { id: string; patientId: string; ownerId: string | null }[]> =>
  tx.any(sql.type(z.strictObject({ id: z.uuid(), patientId: z.uuid(), ownerId: z.uuid().nullable() }))`
    -- no person asks
    update laboratory.critical_result set escalated_at = core.now()
    where acknowledged_at is null and escalated_at is null and due_at <= core.now()
    returning id, patient_id, owner_id
  `);
