import { z } from 'zod';
import { sql, type Db } from '../../../../core/database.ts';
import { refuse } from '../../../../core/refuse.ts';
import type { At, Result } from '../../../../fhir/at.ts';
import type { Given, Operation } from '../../../../fhir/operation.ts';
import type { fhir } from '../../../../fhir/resource.ts';
import { isPractitioner } from '../../booking/queries.ts';
import type { Slot } from '../../slots/model.ts';
import { listSlots } from '../../slots/queries.ts';
import { serviceTypeOf } from '../service-type.ts';
import { slotOf } from '../slot.ts';
import { ofFind } from './parameters.ts';
import { demandSeen, idIn, idOf, numberOf, practitionersOf, serviceOf, timeOf } from './wish.ts';

const usual = { hours: 14 * 24 };
const horizon = { hours: 184 * 24 };

/** Free times, as the booking pages see them, each as an Appointment that could be booked as it stands. */
const run = async (at: At, given: Given): Promise<Result> => {
  const serviceId = await serviceOf(at.db, given);
  const practitioners = await practitionersIn(at.db, given);
  if (serviceId === undefined && practitioners.length === 0)
    throw refuse('search_value_unusable', {
      parameter: 'service-type',
      expected: 'a service, a practitioner or a schedule',
    });
  const patientId = idOf(given, 'patient', 'Patient');
  if (patientId !== undefined) await demandSeen(at, 'patient', `Patient/${patientId}`);
  const limit = numberOf(given, '_count', 1000) ?? numberOf(given, 'count', 1000) ?? 20;
  const wish = {
    serviceId,
    locationId: idOf(given, 'location', 'Location'),
    length: numberOf(given, 'length', 720),
    ...span(given),
    limit,
    also: patientId === undefined ? [] : [patientId],
    channel: 'fhir' as const,
  };
  const found = await Promise.all(
    (practitioners.length === 0 ? [undefined] : practitioners).map((practitionerId) =>
      listSlots(at.db, { ...wish, practitionerId }),
    ),
  );
  const slots = found
    .flat()
    .sort((a, b) => Temporal.Instant.compare(a.start, b.start) || a.practitionerName.localeCompare(b.practitionerName))
    .slice(0, limit);
  const entry = (await proposalsOf(at.db, slots, patientId)).map((resource) => ({
    resource,
    search: { mode: 'match' },
  }));
  return {
    status: 200,
    body: { resourceType: 'Bundle', type: 'searchset', total: entry.length, ...(entry.length > 0 ? { entry } : {}) },
    audit: {
      action: 'E',
      subtype: 'listed',
      object: 'Appointment/$find',
      patientIds: patientId === undefined ? [] : [patientId],
    },
  };
};

/** Whoever is named, each by themselves; nobody: whoever does the service. @throws 422 practitioner_unknown */
const practitionersIn = async (db: Db, given: Given): Promise<string[]> => {
  const named = given.all('practitioner').map((text) => idIn('practitioner', text, 'Practitioner'));
  const schedules = given.all('schedule').map((text) => idIn('schedule', text, 'Schedule'));
  const whose = await practitionersOf(db, schedules);
  for (const id of schedules) if (!whose.get(id)) throw refuse('practitioner_unknown', { expression: 'schedule' });
  for (const id of named)
    if (!(await isPractitioner(db, id))) throw refuse('practitioner_unknown', { expression: 'practitioner' });
  const all = [...new Set([...named, ...[...whose.values()].filter((id) => id !== null)])];
  if (all.length > 10)
    throw refuse('search_value_unusable', { parameter: 'practitioner', expected: 'ten practitioners at most' });
  return all;
};

/** @throws 400 when it ends before it starts, or asks for more than half a year */
const span = (given: Given): { from: string | undefined; to: string | undefined } => {
  const from = timeOf(given, 'start');
  const to = timeOf(given, 'end');
  if (to === undefined) return { from, to: from && Temporal.Instant.from(from).add(usual).toString() };
  const bad = (expected: string) => refuse('search_value_unusable', { parameter: 'end', expected });
  if (from === undefined) return { from, to };
  if (Temporal.Instant.compare(from, to) >= 0) throw bad('a time after start');
  if (Temporal.Instant.compare(Temporal.Instant.from(from).add(horizon), to) < 0)
    throw bad('half a year after start at most');
  return { from, to };
};

const Service = z.strictObject({ id: z.uuid(), name: z.string(), code: z.string().nullable() });
const Schedule = z.strictObject({ id: z.uuid(), practitionerId: z.uuid(), updatedAt: z.string() });

const proposalsOf = async (
  db: Db,
  slots: readonly Slot[],
  patientId: string | undefined,
): Promise<fhir.Appointment[]> => {
  const ids = (of: (slot: Slot) => string | null) =>
    sql.array([...new Set(slots.map(of).filter((id) => id !== null))], 'uuid');
  const services = await db.any(sql.type(Service)`
    select id, name, charge_code as code from facility.healthcare_service where id = any(${ids((it) => it.serviceId)}) order by id limit 1000
  `);
  const schedules = await db.any(sql.type(Schedule)`
    select distinct on (practitioner_id) id, practitioner_id, updated_at from scheduling.schedule
    where active and practitioner_id = any(${ids((it) => it.practitionerId)}) order by practitioner_id, id limit 1000
  `);
  const serviceOf = new Map(services.map((it) => [it.id, it]));
  const scheduleOf = new Map(schedules.map((it) => [it.practitionerId, it]));
  return slots.map((slot) => {
    const service = serviceOf.get(slot.serviceId ?? '');
    const schedule = scheduleOf.get(slot.practitionerId);
    const asked = (type: string, id: string | null | undefined): fhir.AppointmentParticipant[] =>
      id ? [{ actor: { reference: `${type}/${id}` }, required: 'required', status: 'needs-action' }] : [];
    return {
      resourceType: 'Appointment',
      ...(schedule
        ? {
            contained: [
              {
                ...slotOf({
                  scheduleId: schedule.id,
                  startsAt: slot.start,
                  endsAt: slot.end,
                  status: 'free',
                  updatedAt: schedule.updatedAt,
                }),
                id: 'slot',
                meta: undefined,
              },
            ],
          }
        : {}),
      status: 'proposed',
      ...(service ? { serviceType: [serviceTypeOf(service)] } : {}),
      start: slot.start,
      end: slot.end,
      ...(schedule ? { slot: [{ reference: '#slot' }] } : {}),
      participant: [
        ...asked('Patient', patientId),
        ...asked('Practitioner', slot.practitionerId),
        ...asked('Location', slot.locationId),
        ...asked('HealthcareService', service?.id),
      ],
    };
  });
};

export const find: Operation = {
  name: 'find',
  right: 'read',
  title: 'Finds free times',
  description:
    'Free times of a service, a practitioner or a schedule as proposed Appointments, earliest first. Nothing is kept: each can be sent to $hold or $book as it stands.',
  parameters: ofFind,
  run,
};
