import { z } from 'zod';
import { sql } from '../../../core/database.ts';
import { anyOf, defineResource, reference, token, type fhir, type Refs } from '../../../fhir/resource.ts';
import { answerAppointment } from '../answers/actions.ts';
import { actorTypes, participantStatus, type NewAnswer } from '../answers/model.ts';

const Row = z.strictObject({
  id: z.uuid(),
  appointmentId: z.uuid(),
  patientId: z.uuid().nullable(),
  actorType: z.enum(actorTypes),
  actorId: z.uuid().nullable(),
  participantStatus: z.enum(participantStatus),
  startsAt: z.string().nullable(),
  endsAt: z.string().nullable(),
  comment: z.string().nullable(),
});
type Row = z.infer<typeof Row>;

const fromFhir = (it: fhir.AppointmentResponse, refs: Refs): NewAnswer => {
  const types = [...actorTypes, 'PractitionerRole'] as const;
  const type = types.find((each) => each === refs.typeOf(it.actor));
  const id = type === undefined ? null : refs.find(it.actor, type);
  return {
    appointmentId: refs.id(it.appointment, 'Appointment', 'appointment'),
    actor: type === undefined || id === null ? null : { type, id },
    participantStatus: it.participantStatus,
    startsAt: it.start ?? null,
    endsAt: it.end ?? null,
    comment: it.comment?.trim().slice(0, 1000) || null,
  };
};

const patient = reference('patient_id', ['Patient']);
const ofPatient = sql.fragment`case when it.actor_id is null then it.patient_id end`;
const others = actorTypes.filter((type) => type !== 'Patient');

/** What a participant has answered. Each answer stays: who thinks otherwise gives another. */
export const appointmentResponse = defineResource({
  type: 'AppointmentResponse',
  table: 'scheduling.appointment_response',
  patient: 'patient_id',
  permission: { read: 'appointment:read', write: 'appointment:write' },
  row: Row,
  columns: sql.fragment`
    it.id, it.appointment_id, it.patient_id, it.actor_type, it.actor_id, it.participant_status, it.starts_at, it.ends_at, it.comment
  `,
  search: {
    appointment: reference('appointment_id', ['Appointment']),
    actor: anyOf(reference(ofPatient, ['Patient']), reference('actor_id', others, { type: 'actor_type' })),
    patient,
    practitioner: reference(sql.fragment`case when it.actor_type = 'Practitioner' then it.actor_id end`, [
      'Practitioner',
    ]),
    location: reference(sql.fragment`case when it.actor_type = 'Location' then it.actor_id end`, ['Location']),
    'part-status': token('participant_status', { system: 'http://hl7.org/fhir/participationstatus' }),
  },
  toFhir: (it: Row): fhir.AppointmentResponse => ({
    resourceType: 'AppointmentResponse',
    id: it.id,
    appointment: { reference: `Appointment/${it.appointmentId}` },
    start: it.startsAt ?? undefined,
    end: it.endsAt ?? undefined,
    actor: { reference: `${it.actorType}/${it.actorId ?? it.patientId}` },
    participantStatus: it.participantStatus,
    comment: it.comment ?? undefined,
  }),
  fromFhir,
  create: (tx, input: NewAnswer, { id }) => answerAppointment(tx, input, id),
});
