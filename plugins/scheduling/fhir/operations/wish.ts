import { z } from 'zod';
import { sql, type Db } from '../../../../core/database.ts';
import { refuse } from '../../../../core/refuse.ts';
import type { At } from '../../../../fhir/at.ts';
import type { Given } from '../../../../fhir/operation.ts';
import { lookUp, partsOf, referencesIn, refsFor } from '../../../../fhir/refs.ts';
import type { fhir, Refs } from '../../../../fhir/resource.ts';
import { findPractitionerOfRole, isService } from '../../booking/queries.ts';
import { findServiceByCode, serviceMeant, serviceTypeSystem } from '../service-type.ts';
import { partsOf as slotPartsOf } from '../slot.ts';

const expected = { service: 'a service: HealthcareService/id or its code' };
const unusable = (parameter: string, what: string) => refuse('search_value_unusable', { parameter, expected: what });

/** The id of `Type/id`, or an id alone. @throws 400 */
export const idIn = (name: string, text: string, type: string): string => {
  const [, id] = partsOf(text.includes('/') ? text : `${type}/${text}`) ?? [];
  if (!id || (text.includes('/') && !text.startsWith(`${type}/`))) throw unusable(name, `${type}/id`);
  return id;
};

export const idOf = (given: Given, name: string, type: string): string | undefined => {
  const text = given.one(name);
  return text === undefined ? undefined : idIn(name, text, type);
};

/** Somebody who is hidden is nobody here. @throws 422 with the parameter */
export const demandSeen = async ({ db, types }: At, expression: string, reference: string): Promise<void> => {
  if (!(await lookUp(db, types, [reference])).has(reference))
    throw refuse('fhir_reference_unknown', { expression, reference });
};

/** As it was sent, with its offset. @throws 400 */
export const timeOf = (given: Given, name: string): string | undefined => {
  const text = given.one(name)?.replace(/ (?=\d\d:\d\d$)/, '+');
  if (text === undefined) return undefined;
  try {
    Temporal.Instant.from(text);
    return text;
  } catch {
    throw unusable(name, 'a time with an offset, such as 2026-03-01T09:00:00+01:00');
  }
};

export const numberOf = (given: Given, name: string, most: number): number | undefined => {
  const text = given.one(name);
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,5}$/.test(text) || Number(text) > most) throw unusable(name, `a number from 1 to ${most}`);
  return Number(text);
};

/** By reference, as Medplum names it, or by a code. @throws 422 service_unknown */
export const serviceOf = async (db: Db, given: Given): Promise<string | undefined> => {
  const byReference = idOf(given, 'service-type-reference', 'HealthcareService');
  if (byReference !== undefined) return known(db, byReference, 'service-type-reference');
  const text = given.one('service-type');
  if (text === undefined) return undefined;
  if (text.startsWith('HealthcareService/'))
    return known(db, idIn('service-type', text, 'HealthcareService'), 'service-type');
  const bar = text.lastIndexOf('|');
  const code = { system: bar < 0 ? null : text.slice(0, bar) || serviceTypeSystem, code: text.slice(bar + 1) };
  if (code.code === '') throw unusable('service-type', expected.service);
  const id = await findServiceByCode(db, [code]);
  if (id === null) throw refuse('service_unknown', { expression: 'service-type' });
  return id;
};

const known = async (db: Db, serviceId: string, expression: string): Promise<string> => {
  if (!(await isService(db, serviceId))) throw refuse('service_unknown', { expression });
  return serviceId;
};

const Whose = z.strictObject({ id: z.uuid(), practitionerId: z.uuid().nullable() });
/** Of schedules, whose they are. */
export const practitionersOf = async (db: Db, schedules: readonly string[]): Promise<Map<string, string | null>> => {
  const found = await db.any(sql.type(Whose)`
    select id, practitioner_id from scheduling.schedule where active and id = any(${sql.array([...schedules], 'uuid')})
  `);
  return new Map(found.map(({ id, practitionerId }) => [id, practitionerId]));
};

/** An Appointment that is asked for: what a booking needs to know. */
export interface Wish {
  /** Of one that is kept here already: a time that was held. */
  id: string | null;
  patientId: string | null;
  practitionerId: string | null;
  serviceId: string | null;
  locationId: string | null;
  deviceIds: string[];
  /** As they were sent. */
  startsAt: string | null;
  endsAt: string | null;
  reason: string | null;
}

/** What of an Appointment that `$find` proposed is wished; its slot says time and practitioner where it does not. @throws 422 with the element's path */
export const wishIn = async (at: At, sent: fhir.Appointment): Promise<Wish> => {
  const refs = await refsOf(at, sent);
  const actors = (type: string): string[] =>
    sent.participant
      .filter(({ status }) => status !== 'declined')
      .map(({ actor }) => refs.find(actor, type))
      .filter((id) => id !== null);
  const [role = null] = actors('PractitionerRole');
  const ofRole = role === null ? null : await findPractitionerOfRole(at.db, role);
  if (role !== null && ofRole === null) throw refuse('practitioner_unknown', { expression: 'Appointment.participant' });
  const practitioners = new Set([...actors('Practitioner'), ...(ofRole === null ? [] : [ofRole])]);
  // Nobody who is asked for is left out in silence.
  for (const some of [practitioners, new Set(actors('Location')), new Set(actors('Patient'))])
    if (some.size > 1) throw refuse('booking_one_of_each', { expression: 'Appointment.participant' });
  const service = serviceMeant(sent.serviceType ?? [], refs);
  const slot = slotIn(sent);
  const whose = slot === null ? null : ((await practitionersOf(at.db, [slot.scheduleId])).get(slot.scheduleId) ?? null);
  return {
    id: partsOf(`Appointment/${sent.id ?? ''}`)?.[1] ?? null,
    patientId: actors('Patient')[0] ?? null,
    practitionerId: [...practitioners][0] ?? whose,
    serviceId: actors('HealthcareService')[0] ?? service.id ?? (await findServiceByCode(at.db, service.codes)),
    locationId: actors('Location')[0] ?? null,
    deviceIds: actors('Device'),
    startsAt: sent.start ?? slot?.startsAt ?? null,
    endsAt: sent.end ?? slot?.endsAt ?? null,
    reason: (sent.reasonCode?.[0]?.text ?? sent.description)?.slice(0, 1000) ?? null,
  };
};

/** Of whom nobody knows here, nothing is booked. */
const refsOf = async (at: At, sent: fhir.Appointment): Promise<Refs> => {
  const named = referencesIn({ ...sent, contained: undefined, slot: undefined });
  const known = await lookUp(at.db, at.types, named);
  for (const [index, { actor }] of sent.participant.entries()) {
    const reference = actor?.reference;
    if (reference !== undefined && !known.has(reference))
      throw refuse('fhir_reference_unknown', { expression: `Appointment.participant[${index}].actor`, reference });
  }
  return refsFor(known);
};

interface SlotTime {
  scheduleId: string;
  startsAt: string;
  endsAt: string;
}

/** The first slot: one that `$find` put into the Appointment, or the id of a computed one. */
const slotIn = (sent: fhir.Appointment): SlotTime | null => {
  const contained = sent.contained?.find((it): it is fhir.Slot => it.resourceType === 'Slot');
  const [, scheduleId] = partsOf(contained?.schedule.reference) ?? [];
  if (contained && scheduleId) return { scheduleId, startsAt: contained.start, endsAt: contained.end };
  const [, id = ''] = /^Slot\/(.+)$/.exec(sent.slot?.[0]?.reference ?? '') ?? [];
  return slotTime(id);
};

/** What the id of a computed Slot says; null for any other. */
export const slotTime = (id: string): SlotTime | null => {
  const parts = slotPartsOf(id);
  if (parts === null) return null;
  const [scheduleId, start, length] = parts;
  const begins = Temporal.Instant.fromEpochMilliseconds(start * 60_000);
  return { scheduleId, startsAt: begins.toString(), endsAt: begins.add({ minutes: length }).toString() };
};
