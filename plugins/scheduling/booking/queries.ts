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
}

export const insertAppointment = (tx: Db, it: AppointmentColumns, id: string | null): Promise<string> =>
  tx.oneFirst(sql.type(Id)`
    insert into scheduling.appointment
      (id, patient_id, practitioner_id, location_id, service_id, also_taken, status, starts_at, ends_at, reason, cancellation_reason, checked_in_at)
    values (coalesce(${id}::uuid, uuidv7()), ${it.patientId}, ${it.practitionerId}, ${it.locationId}, ${it.serviceId}, ${sql.array([...it.alsoTaken], 'uuid')},
      ${it.status}, ${it.startsAt}, ${it.endsAt}, ${it.reason}, ${it.cancellationReason}, case when ${it.status} = 'checked-in' then core.now() end)
    returning id
  `);

/** False when one of the people or places is taken: nothing may be committed then. */
export const takeTime = (
  tx: Db,
  it: { id: string; patientId: string | null; actors: readonly (string | null)[]; startsAt: string; endsAt: string },
): Promise<boolean> =>
  tx.oneFirst(sql.type(z.strictObject({ take: z.boolean() }))`
    select scheduling.take(${it.id}, ${it.patientId}, ${sql.array(
      it.actors.filter((actor) => actor !== null),
      'uuid',
    )}, tstzrange(${it.startsAt}, ${it.endsAt}))
  `);

/** Who they were stays; their time is free again. */
export const releaseTime = (tx: Db, id: string): Promise<unknown> =>
  tx.query(
    sql.unsafe`update scheduling.occupancy set blocking = false where appointment_id = ${id} and blocking -- held by its parent`,
  );

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
  },
): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update scheduling.appointment
    set practitioner_id = ${to.practitionerId}, location_id = ${to.locationId}, starts_at = ${to.startsAt}, ends_at = ${to.endsAt},
      also_taken = ${sql.array([...to.alsoTaken], 'uuid')}, status = case when status in ('proposed', 'waitlist') then 'booked' else status end,
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
    set patient_id = ${it.patientId}, practitioner_id = ${it.practitionerId}, location_id = ${it.locationId}, service_id = ${it.serviceId},
      also_taken = ${sql.array([...it.alsoTaken], 'uuid')}, status = ${it.status}, starts_at = ${it.startsAt}, ends_at = ${it.endsAt}, reason = ${it.reason},
      cancellation_reason = ${it.cancellationReason}, checked_in_at = case when ${it.status} = 'checked-in' then coalesce(checked_in_at, core.now()) else checked_in_at end
    where id = ${id} and version = ${version} and ${maySee(tx, 'patient_id')}
    returning id
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
    set status = ${status}, cancellation_reason = ${cancellationReason},
      checked_in_at = case when ${status} = 'checked-in' then core.now() when ${status} = 'booked' then null else checked_in_at end
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
  startsAt: z.string().nullable(),
  endsAt: z.string().nullable(),
  alsoTaken: z.array(z.uuid()),
});
export type Facts = z.infer<typeof Facts>;

export const factsOf = (tx: Db, id: string): Promise<Facts> =>
  tx.one(sql.type(Facts)`
    select it.status, it.patient_id, it.practitioner_id, it.location_id, it.service_id, service.charge_code as service_code, it.starts_at, it.ends_at, it.also_taken
    from scheduling.appointment it
    left join facility.healthcare_service service on service.id = it.service_id
    where it.id = ${id} and ${maySee(tx, 'it.patient_id')}
  `);
