import { z } from 'zod';
import { may, maySee } from '../../../core/access.ts';
import { sql, type Db, type Fragment } from '../../../core/database.ts';
import {
  conditionJson,
  encounterItemJson,
  encounterJson,
  medicationRequestJson,
  noteJson,
  observationJson,
  one,
} from '../json.ts';
import { Encounter, EncounterDetail, EncounterItem, VisitStage, visitStages } from '../model.ts';

export interface EncounterFilter {
  practitionerId?: string;
  patientId?: string;
  status?: readonly string[];
  /** [from, until) in which the visit begins. */
  during?: readonly [string, string];
  limit: number;
  after: readonly [at: string, id: string] | null;
}

const Id = z.strictObject({ id: z.uuid() });
const mayReadAllergies = (db: Db) => may(db.actor, 'allergy:read');

/** A day's visits in the order they began, so who waits longest comes first; anything else newest first. */
export const listEncounters = (db: Db, by: EncounterFilter): Promise<readonly EncounterItem[]> =>
  db.anyFirst(sql.type(one(EncounterItem))`
    select ${encounterItemJson('e', mayReadAllergies(db))} as it
    from ehr.encounter e
    where ${sql.and([
      maySee(db, 'e.patient_id'),
      by.status === undefined
        ? sql.fragment`e.status <> 'entered-in-error'`
        : sql.fragment`e.status = any(${sql.array([...by.status], 'text')})`,
      by.practitionerId !== undefined && sql.fragment`e.practitioner_id = ${by.practitionerId}`,
      by.patientId !== undefined && sql.fragment`e.patient_id = ${by.patientId}`,
      by.during && sql.fragment`e.begins_at >= ${by.during[0]} and e.begins_at < ${by.during[1]}`,
      by.after &&
        sql.fragment`(e.begins_at, e.id) ${by.during ? sql.fragment`>` : sql.fragment`<`} (${by.after[0]}::timestamptz, ${by.after[1]}::uuid)`,
    ])}
    order by ${by.during ? sql.fragment`e.begins_at, e.id` : sql.fragment`e.begins_at desc, e.id desc`}
    limit ${by.limit}
  `);

/**
 * How long visits wait, are with the doctor, and take as a whole: who is there now, and what ended today. Stays are no such visits.
 * What began before today and more than twelve hours ago was forgotten rather than long, and is left out.
 */
export const listVisitStages = (
  db: Db,
  zone: string,
  by: { practitionerId?: string; departmentId?: string },
): Promise<readonly VisitStage[]> =>
  db.any(sql.type(VisitStage)`
    with visit as (
      select e.id, e.status, date_trunc('day', core.now(), ${zone}) as today,
        min(h.began_at) filter (where h.status <> 'planned') as came_at,
        min(h.began_at) filter (where h.status = 'in-progress') as seen_at,
        max(h.began_at) filter (where h.status = 'in-progress') as seen_last_at,
        max(h.began_at) filter (where h.status = 'finished') as left_at,
        sum(h.ended_at - h.began_at) filter (where h.status in ('arrived', 'triaged')) as waited,
        sum(h.ended_at - h.began_at) filter (where h.status = 'in-progress') as was_seen
      from ehr.encounter e
      join ehr.encounter_status h on h.encounter_id = e.id
      where ${sql.and([
        maySee(db, 'e.patient_id'),
        sql.fragment`e.status in ('arrived', 'triaged', 'in-progress', 'onleave', 'finished') and e.class not in ('IMP', 'ACUTE', 'NONAC')`,
        sql.fragment`e.begins_at >= least(date_trunc('day', core.now(), ${zone}), core.now() - interval '12 hours')`,
        by.practitionerId !== undefined && sql.fragment`e.practitioner_id = ${by.practitionerId}`,
        by.departmentId !== undefined && sql.fragment`e.department_id = ${by.departmentId}`,
      ])}
      group by e.id
    ),
    measured as (
      select t.stage, t.since, extract(epoch from t.took) / 60 as minutes
      from visit v
      cross join lateral (values
        ('waiting', case when v.status in ('arrived', 'triaged') then v.came_at end, case when v.seen_at >= v.today then v.waited end),
        ('in-progress', case when v.status = 'in-progress' then v.seen_last_at end, case when v.left_at >= v.today then v.was_seen end),
        ('whole', case when v.status <> 'finished' then v.came_at end, case when v.left_at >= v.today then v.left_at - v.came_at end)
      ) t (stage, since, took)
    )
    select s.stage, count(t.since) as now, min(t.since) as longest_since, count(t.minutes) as ended,
      round(percentile_cont(0.5) within group (order by t.minutes))::integer as median, round(max(t.minutes))::integer as longest
    from unnest(${sql.array([...visitStages], 'text')}) with ordinality s (stage, place)
    left join measured t on t.stage = s.stage
    group by s.stage, s.place
    order by s.place
  `);

export const beginsAt = (it: { arrivedAt: string | null; startedAt: string | null }): string =>
  it.arrivedAt ?? it.startedAt ?? '-infinity';

export const getEncounter = (db: Db, id: string): Promise<Encounter> =>
  db.oneFirst(
    sql.type(
      one(Encounter),
    )`select ${encounterJson('e')} as it from ehr.encounter e where e.id = ${id} and ${maySee(db, 'e.patient_id')}`,
  );

export const getEncounterItem = (db: Db, id: string): Promise<EncounterItem> =>
  db.oneFirst(sql.type(one(EncounterItem))`
    select ${encounterItemJson('e', mayReadAllergies(db))} as it from ehr.encounter e where e.id = ${id} and ${maySee(db, 'e.patient_id')}
  `);

const listed = (rows: Fragment): Fragment => sql.fragment`(select coalesce(json_agg(s.it), '[]') from (${rows}) s)`;
const nothing = sql.fragment`'[]'::json`;

/** A visit with everything that was written during it, as far as this person may read it. */
export const getEncounterDetail = (db: Db, id: string): Promise<EncounterDetail> => {
  const parts = {
    note: 'note:read',
    conditions: 'condition:read',
    vitals: 'observation:read',
    medicationRequests: 'medication-request:read',
  } as const;
  const withheld = (Object.keys(parts) as (keyof typeof parts)[]).filter((part) => !may(db.actor, parts[part]));
  const isShown = (part: keyof typeof parts) => !withheld.includes(part);
  return db.oneFirst(sql.type(one(EncounterDetail))`
    select json_build_object(
      'encounter', ${encounterItemJson('e', mayReadAllergies(db))},
      'note', ${
        isShown('note')
          ? sql.fragment`(
        select ${noteJson('n')} from ehr.composition n
        where n.encounter_id = e.id and n.visit_note and n.status <> 'entered-in-error'
      )`
          : sql.fragment`null::json`
      },
      'conditions', ${
        isShown('conditions')
          ? listed(sql.fragment`
        select ${conditionJson('c')} as it from ehr.condition c
        where c.encounter_id = e.id and c.verification_status is distinct from 'entered-in-error'
        order by c.recorded_at, c.id
      `)
          : nothing
      },
      'vitals', ${
        isShown('vitals')
          ? listed(sql.fragment`
        select ${observationJson('o')} as it from ehr.observation o
        where o.encounter_id = e.id and o.category = 'vital-signs' and o.status <> 'entered-in-error'
        order by o.observed_at desc, o.id
      `)
          : nothing
      },
      'medicationRequests', ${
        isShown('medicationRequests')
          ? listed(sql.fragment`
        select ${medicationRequestJson('m')} as it from ehr.medication_request m
        where m.encounter_id = e.id and m.status <> 'entered-in-error'
        order by m.authored_at, m.id
      `)
          : nothing
      },
      'withheld', ${JSON.stringify(withheld)}::json
    ) as it
    from ehr.encounter e
    where e.id = ${id} and ${maySee(db, 'e.patient_id')}
  `);
};

export interface EncounterRow {
  id?: string | undefined;
  patientId: string;
  practitionerId: string | null;
  departmentId: string | null;
  serviceId: string | null;
  appointmentId: string | null;
  reason: string | null;
}

/** Arrived now. Null when the appointment has its visit already. */
export const insertArrival = (tx: Db, it: EncounterRow): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    insert into ehr.encounter (id, patient_id, status, class, practitioner_id, department_id, service_id, appointment_id, reason, arrived_at)
    values (coalesce(${it.id ?? null}::uuid, uuidv7()), ${it.patientId}, 'arrived',
      case when exists (select from facility.healthcare_service s where s.id = ${it.serviceId}::uuid and s.telehealth) then 'VR' else 'AMB' end, ${it.practitionerId}, ${it.departmentId}, ${it.serviceId}, ${it.appointmentId},
      ${it.reason}, core.now())
    on conflict (appointment_id) where status <> 'entered-in-error' do nothing
    returning id
  `);

export interface StayVisit {
  patientId: string;
  practitionerId: string | null;
  departmentId: string | null;
  reason: string | null;
  startedAt: string;
}
/** Of class IMP, under way. */
export const insertStayVisit = (tx: Db, it: StayVisit): Promise<string> =>
  tx.oneFirst(sql.type(Id)`
    insert into ehr.encounter (patient_id, status, class, practitioner_id, department_id, reason, started_at)
    values (${it.patientId}, 'in-progress', 'IMP', ${it.practitionerId}, ${it.departmentId}, ${it.reason}, ${it.startedAt})
    returning id
  `);

export const updateStayVisit = (
  tx: Db,
  id: string,
  to: { status: string; endedAt: string | null; departmentId?: string | null },
  elements: readonly string[],
): Promise<unknown> =>
  tx.query(sql.unsafe`
    update ehr.encounter
    set status = ${to.status}, ended_at = greatest(${to.endedAt}::timestamptz, started_at), department_id = coalesce(${to.departmentId ?? null}::uuid, department_id),
      fhir_extra = fhir_extra - ${sql.array([...elements], 'text')}
    where id = ${id} and ${maySee(tx, 'patient_id')}
  `);

/** Null when the version is no longer that one; so are the verbs below. */
export const startEncounter = (
  tx: Db,
  id: string,
  version: number,
  practitionerId: string | null,
): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update ehr.encounter
    set status = 'in-progress', started_at = coalesce(started_at, core.now()), practitioner_id = coalesce(practitioner_id, ${practitionerId})
    where id = ${id} and version = ${version} and ${maySee(tx, 'patient_id')}
    returning id
  `);

export const finishEncounter = (tx: Db, id: string, version: number): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update ehr.encounter set status = 'finished', ended_at = greatest(core.now(), started_at)
    where id = ${id} and version = ${version} and ${maySee(tx, 'patient_id')}
    returning id
  `);

/** The check-in was a mistake, so the visit that waits never was. Null when it does not wait any more. */
export const eraseArrival = (tx: Db, appointmentId: string): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update ehr.encounter set status = 'entered-in-error'
    where appointment_id = ${appointmentId} and status in ('planned', 'arrived', 'triaged') and ${maySee(tx, 'patient_id')}
    returning id
  `);

export const cancelEncounter = (tx: Db, id: string, version: number, reason: string | null): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update ehr.encounter set status = 'cancelled', cancel_reason = ${reason}
    where id = ${id} and version = ${version} and ${maySee(tx, 'patient_id')}
    returning id
  `);

/** The statuses that a visit has had go with it to another patient. */
export const moveStatuses = (tx: Db, id: string, patientId: string): Promise<unknown> =>
  tx.query(sql.unsafe`
    update ehr.encounter_status set patient_id = ${patientId} where encounter_id = ${id} -- held by its parent
  `);

/** What subscribers of a visit need: ids, codes and times. */
const Facts = z.strictObject({
  patientId: z.uuid(),
  practitionerId: z.uuid().nullable(),
  departmentId: z.uuid().nullable(),
  serviceId: z.uuid().nullable(),
  serviceCode: z.string().nullable(),
  appointmentId: z.uuid().nullable(),
  class: z.string(),
  arrivedAt: z.string().nullable(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
});
export const encounterFacts = (tx: Db, id: string): Promise<z.infer<typeof Facts>> =>
  tx.one(sql.type(Facts)`
    select e.patient_id, e.practitioner_id, e.department_id, e.service_id, s.charge_code as service_code, e.appointment_id, e.class, e.arrived_at, e.started_at, e.ended_at
    from ehr.encounter e
    left join facility.healthcare_service s on s.id = e.service_id
    where e.id = ${id} and ${maySee(tx, 'e.patient_id')}
  `);

/** The patient of a visit; null when there is no such visit for this person. */
export const patientOfEncounter = (db: Db, id: string): Promise<string | null> =>
  db.maybeOneFirst(
    sql.type(
      z.strictObject({ patientId: z.uuid() }),
    )`select patient_id from ehr.encounter where id = ${id} and ${maySee(db, 'patient_id')}`,
  );
