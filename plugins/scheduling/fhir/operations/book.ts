import { refuse } from '../../../../core/refuse.ts';
import type { At, Result } from '../../../../fhir/at.ts';
import type { Given, Operation } from '../../../../fhir/operation.ts';
import type { fhir } from '../../../../fhir/resource.ts';
import { bookAppointment } from '../../booking/actions.ts';
import type { NewAppointment } from '../../booking/model.ts';
import { getAppointment } from '../../booking/read.ts';
import { confirm, holdTime } from '../../holds/actions.ts';
import { written } from './answer.ts';
import { ofBook, ofHold } from './parameters.ts';
import { demandSeen, idOf, numberOf, practitionersOf, serviceOf, slotTime, wishIn, type Wish } from './wish.ts';

const nothing: Wish = {
  id: null,
  patientId: null,
  practitionerId: null,
  serviceId: null,
  locationId: null,
  deviceIds: [],
  startsAt: null,
  endsAt: null,
  reason: null,
};

/** What is wished: an Appointment, or a Slot. @throws 400 when it is neither */
const wishOf = async (at: At, given: Given): Promise<Wish> => {
  const sent = given.resource('appointment') as fhir.Appointment | undefined;
  if (sent && sent.resourceType !== 'Appointment')
    throw refuse('fhir_type_mismatch', { expression: 'appointment', resourceType: 'Appointment' });
  const wish = sent ? await wishIn(at, sent) : await slotWish(at, given);
  const patientId = idOf(given, 'patient-reference', 'Patient');
  if (patientId !== undefined) await demandSeen(at, 'patient-reference', `Patient/${patientId}`);
  return {
    ...wish,
    patientId: wish.patientId ?? patientId ?? null,
    serviceId: wish.serviceId ?? (await serviceOf(at.db, given)) ?? null,
  };
};

const slotWish = async (at: At, given: Given): Promise<Wish> => {
  const text = given.one('slot')?.replace(/^Slot\//, '');
  if (text === undefined)
    throw refuse('search_value_unusable', { parameter: 'appointment', expected: 'an Appointment or a slot' });
  const slot = slotTime(text);
  if (slot === null)
    throw refuse('search_value_unusable', { parameter: 'slot', expected: 'a free Slot of this server' });
  const practitionerId = (await practitionersOf(at.db, [slot.scheduleId])).get(slot.scheduleId);
  if (!practitionerId) throw refuse('practitioner_unknown', { expression: 'slot' });
  return { ...nothing, practitionerId, startsAt: slot.startsAt, endsAt: slot.endsAt };
};

/** @throws 422 with the element that is missing */
const completed = ({ id: _, ...wish }: Wish): { wanted: NewAppointment; written: string[] } => {
  const { patientId, serviceId, startsAt, endsAt, locationId, ...rest } = wish;
  const missing = (expression: string, reference: string) =>
    refuse('fhir_reference_unknown', { expression, reference });
  if (patientId === null) throw missing('Appointment.participant', 'Patient');
  if (serviceId === null) throw missing('Appointment.serviceType', 'HealthcareService');
  if (startsAt === null || endsAt === null) throw refuse('appointment_has_time', { expression: 'Appointment.start' });
  return {
    wanted: { ...rest, patientId, serviceId, startsAt, endsAt, ...(locationId === null ? {} : { locationId }) },
    written: [startsAt, endsAt],
  };
};

const keep = async (at: At, given: Given): Promise<Result> => {
  const minutes = numberOf(given, 'minutes', 120);
  const { wanted, written: times } = completed(await wishOf(at, given));
  const held = await holdTime(
    at.db,
    { ...wanted, ...(minutes === undefined ? {} : { minutes }) },
    { channel: 'fhir', written: times },
  );
  return written(at, held, 201);
};

/** What was held is confirmed; everything else is booked as at the other doors. */
const settle = async (at: At, given: Given): Promise<Result> => {
  const named = idOf(given, 'appointment-reference', 'Appointment');
  const wish = named === undefined ? await wishOf(at, given) : { ...nothing, id: named };
  if (wish.id !== null) {
    const held = await getAppointment(at.db, wish.id);
    if (wish.patientId !== null && wish.patientId !== held.patientId) throw refuse('not_found');
    return written(at, await confirm(at.db, held.id, held.version), 200);
  }
  const { wanted, written: times } = completed(wish);
  return written(at, await bookAppointment(at.db, wanted, null, 'booked', { channel: 'fhir', written: times }), 201);
};

export const hold: Operation = {
  name: 'hold',
  right: 'write',
  title: 'Keeps a time',
  description:
    'Keeps a time for some minutes as a pending Appointment; the extension urn:openward:held-until says until when. It is free again by itself unless $book or $confirm comes. 409 names the next free times, 422 the rule.',
  parameters: ofHold,
  run: keep,
};

export const book: Operation = {
  name: 'book',
  right: 'write',
  title: 'Books',
  description:
    'Books what $find has proposed or a free Slot, or makes a time that was held an appointment. A practitioner, a room and a device that nobody has named and the service needs are picked. 409 names the next free times, 410 says that the time is no longer held, 422 names the rule.',
  parameters: ofBook,
  run: settle,
};
