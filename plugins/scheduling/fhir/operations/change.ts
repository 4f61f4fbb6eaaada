import { localeOf, say } from '../../../../core/messages.ts';
import { refuse } from '../../../../core/refuse.ts';
import { isUuid } from '../../../../fhir/ids.ts';
import type { At, Result } from '../../../../fhir/at.ts';
import { versionOf } from '../../../../fhir/bundle/entry.ts';
import type { Given, Operation } from '../../../../fhir/operation.ts';
import { headerOf } from '../../../../core/routes.ts';
import { cancelAppointment, rescheduleAppointment } from '../../booking/actions.ts';
import type { AppointmentItem } from '../../booking/model.ts';
import { getAppointment } from '../../booking/read.ts';
import { confirm as confirmHeld } from '../../holds/actions.ts';
import { written } from './answer.ts';
import { ofCancel, ofConfirm, ofReschedule } from './parameters.ts';
import { idOf, practitionersOf, timeOf } from './wish.ts';

/** The Appointment, and the version that is to be changed: of If-Match when it was sent. @throws 404 */
const read = async (at: At, id: string): Promise<AppointmentItem> => {
  if (!isUuid(id)) throw refuse('not_found');
  const it = await getAppointment(at.db, id);
  return { ...it, version: versionOf(headerOf(at.request, 'if-match')) ?? it.version };
};

const settle = async (at: At, _given: Given, id: string): Promise<Result> => {
  const { version } = await read(at, id);
  return written(at, await confirmHeld(at.db, id, version), 200);
};

const giveUp = async (at: At, given: Given): Promise<Result> => {
  const id = idOf(given, 'appointment-reference', 'Appointment');
  if (id === undefined)
    throw refuse('search_value_unusable', { parameter: 'appointment-reference', expected: 'Appointment/id' });
  const { version } = await read(at, id);
  const reason =
    given.one('reason')?.trim().slice(0, 1000) || say('appointment_cancelled_elsewhere', localeOf(undefined));
  return written(at, await cancelAppointment(at.db, id, version, reason), 200);
};

const move = async (at: At, given: Given, id: string): Promise<Result> => {
  const it = await read(at, id);
  const startsAt = timeOf(given, 'start');
  if (startsAt === undefined)
    throw refuse('search_value_unusable', { parameter: 'start', expected: 'when it starts instead' });
  if (it.startsAt === null || it.endsAt === null)
    throw refuse('appointment_has_time', { expression: 'Appointment.start' });
  const lasts = Temporal.Instant.from(it.startsAt).until(it.endsAt);
  const endsAt = timeOf(given, 'end') ?? Temporal.Instant.from(startsAt).add(lasts).toString();
  const practitionerId = idOf(given, 'practitioner', 'Practitioner') ?? (await ofSchedule(at, given));
  const locationId = idOf(given, 'location', 'Location');
  const moved = await rescheduleAppointment(
    at.db,
    id,
    it.version,
    {
      startsAt,
      endsAt,
      ...(practitionerId === undefined ? {} : { practitionerId }),
      ...(locationId === undefined ? {} : { locationId }),
    },
    { channel: 'fhir', written: [startsAt, timeOf(given, 'end')] },
  );
  return written(at, moved, 200);
};

const ofSchedule = async (at: At, given: Given): Promise<string | undefined> => {
  const schedule = idOf(given, 'schedule', 'Schedule');
  if (schedule === undefined) return undefined;
  const whose = (await practitionersOf(at.db, [schedule])).get(schedule);
  if (!whose) throw refuse('practitioner_unknown', { expression: 'schedule' });
  return whose;
};

export const confirm: Operation = {
  name: 'confirm',
  ofOne: true,
  right: 'write',
  title: 'Confirms',
  description: 'A time that was held, or a request, becomes an appointment. 410 says that the time is no longer held.',
  parameters: ofConfirm,
  run: settle,
};

export const cancel: Operation = {
  name: 'cancel',
  right: 'write',
  title: 'Cancels',
  description: 'Cancels an appointment; its time is free again.',
  parameters: ofCancel,
  run: giveUp,
};

export const reschedule: Operation = {
  name: 'reschedule',
  ofOne: true,
  right: 'write',
  title: 'Moves',
  description:
    'Moves an appointment to another time, practitioner or place; it keeps its id. 409 names the next free times, 422 the rule.',
  parameters: ofReschedule,
  run: move,
};
