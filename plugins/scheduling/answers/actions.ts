import { hospitalNow } from '../../../core/clock.ts';
import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { localeOf, say } from '../../../core/messages.ts';
import { refuse } from '../../../core/refuse.ts';
import { cancelAppointment } from '../booking/actions.ts';
import type { AppointmentStatus } from '../booking/model.ts';
import { factsOf, findPractitionerOfRole, type Facts } from '../booking/queries.ts';
import { getAppointment } from '../booking/read.ts';
import { expectUnexpired, releaseHold } from '../holds/actions.ts';
import { answerKey, type ActorType, type NewAnswer } from './model.ts';
import { insertAnswer, setAnswer } from './queries.ts';

const open: readonly AppointmentStatus[] = ['proposed', 'pending', 'booked', 'waitlist'];

/**
 * A participant says whether they will come. Of a patient who will not the appointment is cancelled, and their time is free again;
 * that somebody of the house will not stands in the appointment until somebody moves it: it is still the patient's. What was answered
 * elsewhere long ago (origin `import`) is kept and changes nothing.
 * @throws refusals answer_of_nobody, answer_not_participant, appointment_status, appointment_in_past, answer_times_differ, hold_expired
 */
export const answerAppointment = (db: Db, wanted: NewAnswer, id: string): Promise<void> =>
  db.transaction(async (tx) => {
    const it = await factsOf(tx, wanted.appointmentId);
    const actor = await participantOf(tx, it, wanted.actor);
    if (tx.origin !== 'import') await demandOpen(tx, it, wanted);
    await insertAnswer(tx, id, {
      ...wanted,
      patientId: it.patientId,
      actorType: actor.type,
      actorId: actor.type === 'Patient' ? null : actor.id,
    });
    if (tx.origin === 'import') return;
    await setAnswer(tx, wanted.appointmentId, answerKey(actor.type, actor.id), wanted.participantStatus);
    await publish(tx, 'scheduling.appointment-answered', wanted.appointmentId, {
      patientId: it.patientId,
      practitionerId: it.practitionerId,
      actorType: actor.type,
      actorId: actor.id,
      participantStatus: wanted.participantStatus,
      startsAt: it.startsAt,
    });
    if (actor.type === 'Patient' && wanted.participantStatus === 'declined')
      await giveUp(tx, wanted.appointmentId, wanted.comment);
  });

/** Who of the appointment answers. @throws refusals answer_of_nobody, answer_not_participant */
const participantOf = async (
  tx: Db,
  it: Facts,
  actor: NewAnswer['actor'],
): Promise<{ type: ActorType; id: string }> => {
  if (actor === null) throw refuse('answer_of_nobody', { expression: 'actor' });
  const practitionerId = actor.type === 'PractitionerRole' ? await findPractitionerOfRole(tx, actor.id) : null;
  const { type, id } = practitionerId === null ? actor : { type: 'Practitioner' as const, id: practitionerId };
  const participants = [it.patientId, it.practitionerId, it.locationId, it.serviceId, ...it.alsoTaken];
  if (type === 'PractitionerRole' || !participants.includes(id))
    throw refuse('answer_not_participant', { expression: 'actor' });
  return { type, id };
};

const demandOpen = async (tx: Db, it: Facts, { appointmentId, startsAt, endsAt }: NewAnswer): Promise<void> => {
  if (it.patientId !== null) await expectUnexpired(tx, appointmentId);
  if (!open.includes(it.status)) throw refuse('appointment_status', { status: it.status, expression: 'appointment' });
  if (it.startsAt !== null && Temporal.Instant.compare(it.startsAt, await hospitalNow(tx)) < 0)
    throw refuse('appointment_in_past', { expression: 'appointment' });
  for (const [said, is, expression] of [
    [startsAt, it.startsAt, 'start'],
    [endsAt, it.endsAt, 'end'],
  ] as const)
    if (said !== null && (is === null || Temporal.Instant.compare(said, is) !== 0))
      throw refuse('answer_times_differ', { startsAt: it.startsAt, endsAt: it.endsAt, expression });
};

/** A time that was only kept was never an appointment, and nobody is told of it. */
const giveUp = async (tx: Db, id: string, comment: string | null): Promise<void> => {
  const { version, heldUntil } = await getAppointment(tx, id);
  if (heldUntil !== null) await releaseHold(tx, id, version);
  else await cancelAppointment(tx, id, version, comment ?? say('answer_declined_reason', localeOf(undefined)));
};
