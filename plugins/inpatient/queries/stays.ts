import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import { stayJson } from '../json.ts';
import { Stay, type NewStay, type Plan, type StayStatus } from '../model.ts';

const Id = z.strictObject({ id: z.uuid() });
const It = z.strictObject({ it: Stay });

export const getStay = (db: Db, id: string): Promise<Stay> =>
  db.oneFirst(sql.type(It)`
    select ${stayJson} as it from inpatient.stay s where s.id = ${id} and ${maySee(db, 's.patient_id')}
  `);

/** The patient's stay that is not over: waiting for a bed, or in one. */
export const findOpenStay = (db: Db, patientId: string): Promise<Stay | null> =>
  db.maybeOneFirst(sql.type(It)`
    select ${stayJson} as it from inpatient.stay s
    where s.patient_id = ${patientId} and s.status not in ('discharged', 'cancelled') and ${maySee(db, 's.patient_id')}
  `);

/** Who waits for a bed, longest first. */
export const listWaiting = (db: Db): Promise<readonly Stay[]> =>
  db.anyFirst(sql.type(It)`
    select ${stayJson} as it from inpatient.stay s
    where s.status = 'requested' and ${maySee(db, 's.patient_id')}
    order by s.requested_at, s.id
    limit 500
  `);

/** Locks the stay, so that its verbs come one after the other; whose it is, is asked by whoever reads it then. */
export const lockStay = (tx: Db, id: string): Promise<unknown> =>
  tx.maybeOne(sql.unsafe`
    select s.id from inpatient.stay s where s.id = ${id} -- shows no patient
    for update of s
  `);

/** Null when the patient has an open stay already. */
export const insertStay = (tx: Db, it: NewStay & { requesterId: string | null }): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    insert into inpatient.stay (patient_id, origin_id, ward_id, practitioner_id, requester_id, source, reason, isolation, planned_discharge_on)
    values (${it.patientId}, ${it.originId ?? null}, ${it.wardId ?? null}, ${it.practitionerId ?? it.requesterId}, ${it.requesterId}, ${it.source}, ${it.reason},
      ${it.isolation ?? null}, ${it.plannedDischargeOn ?? null})
    on conflict do nothing
    returning id
  `);

interface Course {
  status: StayStatus;
  encounterId?: string;
  admittedAt?: string;
  dischargeOrderedAt?: string | null;
  plannedDischargeOn?: string;
  clearedAt?: string | null;
  discharged?: { at: string; disposition: string } | null;
  cancelReason?: string;
}
/** The stay is held. What is left out stays as it is. */
export const setCourse = (tx: Db, id: string, to: Course): Promise<unknown> => {
  const kept = (column: string, value: string | null | undefined, type: string) =>
    value === undefined ? sql.fragment`${sql.identifier([column])}` : sql.fragment`${value}::${sql.identifier([type])}`;
  return tx.query(sql.unsafe`
    update inpatient.stay
    set status = ${to.status}, encounter_id = ${kept('encounter_id', to.encounterId, 'uuid')}, admitted_at = ${kept('admitted_at', to.admittedAt, 'timestamptz')},
      discharge_ordered_at = ${kept('discharge_ordered_at', to.dischargeOrderedAt, 'timestamptz')}, cleared_at = ${kept('cleared_at', to.clearedAt, 'timestamptz')},
      planned_discharge_on = ${kept('planned_discharge_on', to.plannedDischargeOn, 'date')},
      discharged_at = ${kept('discharged_at', to.discharged === undefined ? undefined : (to.discharged?.at ?? null), 'timestamptz')},
      disposition = ${kept('disposition', to.discharged === undefined ? undefined : (to.discharged?.disposition ?? null), 'text')},
      cancel_reason = ${kept('cancel_reason', to.cancelReason, 'text')}
    where id = ${id} and ${maySee(tx, 'patient_id')}
  `);
};

export const setPlan = (tx: Db, id: string, { plannedDischargeOn, isolation }: Plan): Promise<unknown> =>
  tx.query(sql.unsafe`
    update inpatient.stay set planned_discharge_on = ${plannedDischargeOn}, isolation = ${isolation} where id = ${id} and ${maySee(tx, 'patient_id')}
  `);

/** A visit that is a stay's: who leads it, and which. */
export const findStayOfEncounter = (db: Db, encounterId: string): Promise<Stay | null> =>
  db.maybeOneFirst(sql.type(It)`
    select ${stayJson} as it from inpatient.stay s where s.encounter_id = ${encounterId} and ${maySee(db, 's.patient_id')}
  `);

// -- bed-days -----------------------------------------------------------------------------------------------------------

const BedDay = z.strictObject({
  id: z.uuid(),
  patientId: z.uuid(),
  encounterId: z.uuid(),
  day: z.string(),
  wardId: z.uuid(),
  code: z.string(),
  at: z.string(),
});
export type BedDay = z.infer<typeof BedDay>;

/** Days counted that are not due any more. The stay is held. */
export const reverseDays = (tx: Db, stayId: string, zone: string): Promise<readonly string[]> =>
  tx.anyFirst(sql.type(Id)`
    update inpatient.bed_day d set reversed_at = core.now()
    where d.stay_id = ${stayId} and d.reversed_at is null and not exists (
      select from inpatient.days_due(${stayId}, ${zone}, core.now()) due where due.day = d.day and due.ward_id = d.ward_id
    ) -- held by its parent
    returning d.id
  `);

/** Days that are due and not counted yet. The stay is held. */
export const countDays = (tx: Db, stayId: string, zone: string): Promise<readonly BedDay[]> =>
  tx.any(sql.type(BedDay)`
    with due as (
      select due.*, s.patient_id, s.encounter_id
      from inpatient.stay s cross join lateral inpatient.days_due(s.id, ${zone}, core.now()) due
      where s.id = ${stayId} -- held by its parent
    ),
    made as (
      insert into inpatient.bed_day (stay_id, patient_id, day, ward_id, charge_code)
      select ${stayId}, patient_id, day, ward_id, charge_code from due order by day
      on conflict do nothing
      returning id, day
    )
    select made.id, due.patient_id, due.encounter_id, due.day, due.ward_id, due.charge_code as code, due.at
    from made join due on due.day = made.day
    order by due.day
  `);

/** Stays whose counted days are not those that are due: after midnight, and after another system ended the visit. */
export const listUncounted = (db: Db, zone: string): Promise<readonly string[]> =>
  db.anyFirst(sql.type(Id)`
    select s.id
    from inpatient.stay s
    where (s.status in ('admitted', 'discharge-ordered', 'cleared') or s.discharged_at > core.now() - interval '7 days')
      and (
        exists (
          select from inpatient.days_due(s.id, ${zone}, core.now()) due
          where not exists (select from inpatient.bed_day d where d.stay_id = s.id and d.day = due.day and d.ward_id = due.ward_id and d.reversed_at is null)
        )
        or exists (
          select from inpatient.bed_day d
          where d.stay_id = s.id and d.reversed_at is null
            and not exists (select from inpatient.days_due(s.id, ${zone}, core.now()) due where due.day = d.day and due.ward_id = d.ward_id)
        )
      ) -- no person asks
    order by s.id
    limit 10000
  `);
