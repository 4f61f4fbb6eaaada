import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import { appointmentStatus, type AppointmentStatus } from './model.ts';

const Id = z.strictObject({ id: z.uuid() });

export interface AppointmentColumns {
  patientId: string | null;
  practitionerId: string | null;
  locationId: string | null;
  serviceId: string | null;
  alsoTaken: readonly string[];
  status: AppointmentStatus;
  startsAt: string | null;
  endsAt: string | null;
  reason: string | null;
  cancellationReason: string | null;
  heldUntil?: string | null;
  override?: Override | null;
  /** What participants have answered, by id; `patient` for the patient. */
  partStatus?: Readonly<Record<string, string>>;
}
/** Who decided to go beyond a capacity, and why. */
export interface Override {
  by: string;
  reason: string;
}

export const insertAppointment = (tx: Db, it: AppointmentColumns, id: string | null): Promise<string> =>
  tx.oneFirst(sql.type(Id)`
    insert into scheduling.appointment
      (id, patient_id, practitioner_id, location_id, service_id, also_taken, status, starts_at, ends_at, reason, cancellation_reason, checked_in_at, held_until, override_by, override_reason)
    values (coalesce(${id}::uuid, uuidv7()), ${it.patientId}, ${it.practitionerId}, ${it.locationId}, ${it.serviceId}, ${sql.array([...it.alsoTaken], 'uuid')},
      ${it.status}, ${it.startsAt}, ${it.endsAt}, ${it.reason}, ${it.cancellationReason}, case when ${it.status} = 'checked-in' then core.now() end,
      ${it.heldUntil ?? null}, ${it.override?.by ?? null}, ${it.override?.reason ?? null})
    returning id
  `);

const Taken = z.strictObject({ taken: z.boolean(), beyond: z.boolean(), expired: z.array(z.uuid()) });
/** Not taken: one of the people or places is, and nothing may be committed. `beyond`: the override was needed. `expired`: holds that were over and gave way. */
export const takeTime = (tx: Db, id: string, decidedBy: string | null): Promise<z.infer<typeof Taken>> =>
  tx.one(sql.type(Taken)`select t.taken, t.beyond, t.expired from scheduling.take(${id}, ${decidedBy}) t`);

/** It was not needed, or is no longer. */
export const dropOverride = (tx: Db, id: string): Promise<unknown> =>
  tx.query(sql.unsafe`
    update scheduling.appointment set override_by = null, override_reason = null where id = ${id} and override_by is not null and ${maySee(tx, 'patient_id')}
  `);

/** Who they were stays; their time is free again. */
export const releaseTime = (tx: Db, id: string): Promise<unknown> =>
  tx.query(sql.unsafe`select scheduling.release(${id})`);

/** Null when the version is no longer that one; as of the other updates. */
export const moveAppointment = (
  tx: Db,
  id: string,
  version: number,
  to: {
    practitionerId: string | null;
    locationId: string | null;
    startsAt: string;
    endsAt: string;
    alsoTaken: readonly string[];
    override?: Override | null;
  },
): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update scheduling.appointment
    set practitioner_id = ${to.practitionerId}, location_id = ${to.locationId}, starts_at = ${to.startsAt}, ends_at = ${to.endsAt},
      also_taken = ${sql.array([...to.alsoTaken], 'uuid')}, status = case when status in ('proposed', 'waitlist') then 'booked' else status end,
      override_by = ${to.override?.by ?? null}, override_reason = ${to.override?.reason ?? null},
      part_status = '{}', -- what was answered was about another time
      fhir_extra = fhir_extra - 'slot' -- what was sent names the slot of another time
    where id = ${id} and version = ${version} and ${maySee(tx, 'patient_id')}
    returning id
  `);

/** All that FHIR may say. Null when the version is no longer that one. */
export const replaceAppointment = (
  tx: Db,
  id: string,
  version: number,
  it: AppointmentColumns,
): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update scheduling.appointment
    set patient_id = ${it.patientId}, held_until = case when ${it.status} = 'pending' then held_until end, practitioner_id = ${it.practitionerId}, location_id = ${it.locationId}, service_id = ${it.serviceId},
      also_taken = ${sql.array([...it.alsoTaken], 'uuid')}, status = ${it.status}, starts_at = ${it.startsAt}, ends_at = ${it.endsAt}, reason = ${it.reason},
      cancellation_reason = ${it.cancellationReason}, checked_in_at = case when ${it.status} = 'checked-in' then coalesce(checked_in_at, core.now()) else checked_in_at end
    where id = ${id} and version = ${version} and ${maySee(tx, 'patient_id')}
    returning id
  `);

/** What participants have answered, all of it, by whoever has just written the appointment. */
export const setPartStatus = (tx: Db, id: string, all: Readonly<Record<string, string>>): Promise<unknown> =>
  tx.query(sql.unsafe`
    update scheduling.appointment set part_status = ${JSON.stringify(all)}::jsonb
    where id = ${id} and part_status <> ${JSON.stringify(all)}::jsonb -- held by its parent
  `);

/** Of an appointment with a role for a practitioner, who that is. */
export const findPractitionerOfRole = (tx: Db, roleId: string): Promise<string | null> =>
  tx.maybeOneFirst(
    sql.type(
      z.strictObject({ practitionerId: z.uuid().nullable() }),
    )`select practitioner_id from facility.practitioner_role where id = ${roleId}`,
  );

export const setStatus = (
  tx: Db,
  id: string,
  version: number,
  status: AppointmentStatus,
  cancellationReason: string | null = null,
): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update scheduling.appointment
    set status = ${status}, cancellation_reason = ${cancellationReason}, held_until = case when ${status} = 'pending' then held_until end,
      checked_in_at = case when ${status} = 'checked-in' then core.now() when ${status} = 'booked' then null else checked_in_at end,
      part_status = case when ${status} = 'booked' and status in ('cancelled', 'noshow') then '{}' else part_status end -- whoever gave it up comes after all
    where id = ${id} and version = ${version} and ${maySee(tx, 'patient_id')}
    returning id
  `);

/** Whether it is what takes the time of a group, and not a patient's. */
export const isGroup = (tx: Db, id: string): Promise<boolean> =>
  tx.exists(sql.unsafe`select from scheduling.group_session where id = ${id}`);

export const isPractitioner = (tx: Db, id: string): Promise<boolean> =>
  tx.exists(sql.unsafe`select from facility.practitioner where id = ${id} and active`);

export const isService = (tx: Db, id: string): Promise<boolean> =>
  tx.exists(sql.unsafe`select from facility.healthcare_service where id = ${id} and active`);

/** Where the practitioner is at this instant; null: nowhere in particular. */
export const findRoomOf = (tx: Db, practitionerId: string, at: string): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(z.strictObject({ locationId: z.uuid().nullable() }))`
    select w.location_id from scheduling.windows(array[${practitionerId}::uuid], ${at}, ${at}::timestamptz + interval '1 minute') w order by w.during limit 1
  `);

/** Whoever sees the patient after all. Null when the version is no longer that one. */
export const arriveWith = (
  tx: Db,
  id: string,
  version: number,
  to: { practitionerId: string; locationId: string | null },
): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update scheduling.appointment
    set status = 'checked-in', checked_in_at = core.now(), held_until = null,
      part_status = case when practitioner_id is null or practitioner_id = ${to.practitionerId} then part_status else part_status - practitioner_id::text end,
      practitioner_id = ${to.practitionerId}, location_id = coalesce(${to.locationId}::uuid, location_id)
    where id = ${id} and version = ${version} and ${maySee(tx, 'patient_id')}
    returning id
  `);

/** The coded facts that events carry, and further actors. */
const Facts = z.strictObject({
  status: z.enum(appointmentStatus),
  patientId: z.uuid().nullable(),
  practitionerId: z.uuid().nullable(),
  locationId: z.uuid().nullable(),
  serviceId: z.uuid().nullable(),
  serviceCode: z.string().nullable(),
  telehealth: z.boolean(),
  startsAt: z.string().nullable(),
  endsAt: z.string().nullable(),
  alsoTaken: z.array(z.uuid()),
  partStatus: z.record(z.string(), z.string()),
});
export type Facts = z.infer<typeof Facts>;

export const factsOf = (tx: Db, id: string): Promise<Facts> =>
  tx.one(sql.type(Facts)`
    select it.status, it.patient_id, it.practitioner_id, it.location_id, it.service_id, service.charge_code as service_code, coalesce(service.telehealth, false) as telehealth, it.starts_at, it.ends_at, it.also_taken, it.part_status
    from scheduling.appointment it
    left join facility.healthcare_service service on service.id = it.service_id
    where it.id = ${id} and ${maySee(tx, 'it.patient_id')}
  `);
