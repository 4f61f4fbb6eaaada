import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import { bedJson, placeName } from '../json.ts';
import { Bed, emptyStates, FreeBed, Ward, type NewBed, type NewState, type WardInput } from '../model.ts';

const Id = z.strictObject({ id: z.uuid() });

// -- the board ----------------------------------------------------------------------------------------------------------

const wards = (db: Db, id: string | null) => sql.type(z.strictObject({ it: Ward }))`
  select json_build_object(
    'id', w.id, 'version', w.version, 'name', l.name, 'level', w.level, 'chargeCode', w.charge_code, 'departmentId', l.organization_id,
    'departmentName', (select o.name from facility.organization o where o.id = l.organization_id),
    'beds', (
      select coalesce(json_agg(${bedJson(maySee(db, 's.patient_id'))} order by b.position, b.id), '[]') from inpatient.bed b where b.ward_id = w.id
    )
  ) as it
  from inpatient.ward w
  join facility.location l on l.id = w.id
  where ${id}::uuid is null or w.id = ${id}::uuid
  order by w.position, l.name, w.id
  limit 200
`;
export const listWards = (db: Db): Promise<readonly Ward[]> => db.anyFirst(wards(db, null));
export const getWard = (db: Db, id: string): Promise<Ward> => db.oneFirst(wards(db, id));

export const getBed = (db: Db, id: string): Promise<Bed> =>
  db.oneFirst(sql.type(z.strictObject({ it: Bed }))`
    select ${bedJson(maySee(db, 's.patient_id'))} as it from inpatient.bed b where b.id = ${id}
  `);

/** Beds that may be taken, those nearest to this one first: its ward, then wards of the same level. */
export const listFreeBeds = (db: Db, near: string, limit: number): Promise<readonly FreeBed[]> =>
  db.any(sql.type(FreeBed)`
    select b.id as bed_id, ${placeName(sql.fragment`b.id`)} as bed_name, b.ward_id, ${placeName(sql.fragment`b.ward_id`)} as ward_name
    from inpatient.bed b
    join inpatient.ward w on w.id = b.ward_id
    left join inpatient.bed wished on wished.id = ${near}
    left join inpatient.ward its on its.id = wished.ward_id
    where b.state = 'U' and not exists (
      select from inpatient.bed_stay k where k.bed_id = b.id and k.status in ('active', 'reserved')
    ) -- shows no patient
    order by (b.ward_id = wished.ward_id) desc nulls last, (w.level = its.level) desc nulls last, w.position, abs(b.position - wished.position), b.position, b.id
    limit ${limit}
  `);

// -- taking a bed -------------------------------------------------------------------------------------------------------

const Held = z.strictObject({
  id: z.uuid(),
  wardId: z.uuid(),
  departmentId: z.uuid().nullable(),
  state: z.enum(emptyStates),
  version: z.int(),
});
export type Held = z.infer<typeof Held>;

/** Beds that nobody else changes until the end of the transaction, in id order so that two moves cannot wait for each other. */
export const lockBeds = (tx: Db, ids: readonly string[]): Promise<readonly Held[]> =>
  tx.any(sql.type(Held)`
    select b.id, b.ward_id, l.organization_id as department_id, b.state, b.version
    from inpatient.bed b
    join facility.location l on l.id = b.ward_id
    where b.id = any(${sql.array([...ids], 'uuid')})
    order by b.id
    for update of b
  `);

/** Now, or just after whatever was in this bed or with this patient before: a time in a bed is never empty. */
export const momentFor = (tx: Db, by: { bedId: string; patientId: string }): Promise<string> =>
  tx.oneFirst(sql.type(z.strictObject({ at: z.string() }))`
    select greatest(core.now(), (
      select max(case when upper_inf(k.during) then lower(k.during) + interval '1 microsecond' else upper(k.during) end)
      from inpatient.bed_stay k
      where (k.bed_id = ${by.bedId} and k.status = 'completed') or (k.patient_id = ${by.patientId} and k.status in ('active', 'completed'))
    )) as at -- shows no patient
  `);

/** Null when the bed has somebody, or the patient a bed. It waits for an uncommitted rival, so a rival that gives up refuses nobody. */
export const takeBed = (
  tx: Db,
  it: { stayId: string; patientId: string; bed: Held; status: 'active' | 'reserved'; at: string },
): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    insert into inpatient.bed_stay (stay_id, patient_id, bed_id, ward_id, status, during)
    values (${it.stayId}, ${it.patientId}, ${it.bed.id}, ${it.bed.wardId}, ${it.status}, tstzrange(${it.at}, null))
    on conflict do nothing
    returning id
  `);

/** The patient leaves the bed. The stay is held. */
export const leaveBed = (tx: Db, stayId: string, at: string): Promise<unknown> =>
  tx.query(sql.unsafe`
    update inpatient.bed_stay set status = 'completed', during = tstzrange(lower(during), ${at}) where stay_id = ${stayId} and status = 'active' -- held by its parent
  `);

/** As if it had never been. The stay is held. */
export const undo = (tx: Db, stayId: string, status: 'reserved' | 'active'): Promise<unknown> =>
  tx.query(sql.unsafe`
    update inpatient.bed_stay set status = 'cancelled' where stay_id = ${stayId} and status = ${status} -- held by its parent
  `);

const Last = z.strictObject({ bedId: z.uuid(), id: z.uuid() });
/** The bed that the patient left last. The stay is held. */
export const findLastBed = (tx: Db, stayId: string): Promise<z.infer<typeof Last> | null> =>
  tx.maybeOne(sql.type(Last)`
    select k.bed_id, k.id from inpatient.bed_stay k where k.stay_id = ${stayId} and k.status = 'completed' -- held by its parent
    order by lower(k.during) desc
    limit 1
  `);

/** The patient has never left it. The bed is held, so it can be asked first whether it is free. */
export const returnTo = (tx: Db, bedStayId: string): Promise<unknown> =>
  tx.query(sql.unsafe`
    update inpatient.bed_stay set status = 'active', during = tstzrange(lower(during), null) where id = ${bedStayId} -- held by its parent
  `);

/** Whether a bed has somebody, or is kept for somebody else than this stay. */
export const isTaken = (tx: Db, bedId: string, exceptStayId: string | null): Promise<boolean> =>
  tx.exists(sql.unsafe`
    select from inpatient.bed_stay k
    where k.bed_id = ${bedId} and k.status in ('active', 'reserved') and k.stay_id is distinct from ${exceptStayId}::uuid -- shows no patient
  `);

/** Whether the patient lies in a bed. */
export const isInBed = (tx: Db, patientId: string): Promise<boolean> =>
  tx.exists(sql.unsafe`
    -- shows no patient
    select from inpatient.bed_stay k where k.patient_id = ${patientId} and k.status = 'active'
  `);

// -- states and places --------------------------------------------------------------------------------------------------

/** The bed is held. */
export const setState = (tx: Db, id: string, { state, reason }: NewState): Promise<unknown> =>
  tx.query(sql.unsafe`
    update inpatient.bed set state = ${state}, reason = ${reason ?? null}, since = core.now() where id = ${id}
  `);

export const insertWard = (tx: Db, id: string, it: WardInput): Promise<unknown> =>
  tx.query(sql.unsafe`
    insert into inpatient.ward (id, level, charge_code, position)
    values (${id}, ${it.level}, ${it.chargeCode}, (select coalesce(max(position), 0) + 1 from inpatient.ward))
  `);

/** Null when the version is no longer that one. */
export const updateWard = (tx: Db, id: string, version: number, it: WardInput): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update inpatient.ward set level = ${it.level}, charge_code = ${it.chargeCode} where id = ${id} and version = ${version} returning id
  `);

export const insertBed = (tx: Db, id: string, it: NewBed): Promise<unknown> =>
  tx.query(sql.unsafe`
    insert into inpatient.bed (id, ward_id, position)
    values (${id}, ${it.wardId}, (select coalesce(max(position), 0) + 1 from inpatient.bed where ward_id = ${it.wardId}))
  `);

export const findRoom = (tx: Db, wardId: string, name: string): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    select id from facility.location where parent_id = ${wardId} and kind = 'room' and lower(name) = lower(${name}) order by id limit 1
  `);
