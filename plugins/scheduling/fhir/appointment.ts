import { z } from 'zod';
import { sql } from '../../../core/database.ts';
import { anyOf, child, date, defineResource, reference, token, type fhir, type Refs } from '../../../fhir/resource.ts';
import { answerKey, participantStatus, unanswered } from '../answers/model.ts';
import { amendAppointment, recordAppointment, type WholeAppointment } from '../booking/amend.ts';
import { appointmentStatus } from '../booking/model.ts';
import { operations } from './operations/index.ts';
import { partStatus } from './part-status.ts';
import { serviceMeant, serviceType, serviceTypeOf } from './service-type.ts';
import { taken } from './taken.ts';

const Row = z.strictObject({
  id: z.uuid(),
  status: z.enum(appointmentStatus),
  patientId: z.uuid().nullable(),
  practitionerId: z.uuid().nullable(),
  locationId: z.uuid().nullable(),
  serviceId: z.uuid().nullable(),
  serviceName: z.string().nullable(),
  serviceCode: z.string().nullable(),
  alsoTaken: z.array(z.strictObject({ type: z.string(), id: z.uuid() })),
  startsAt: z.string().nullable(),
  endsAt: z.string().nullable(),
  reason: z.string().nullable(),
  cancellationReason: z.string().nullable(),
  heldUntil: z.string().nullable(),
  partStatus: z.record(z.string(), z.enum(participantStatus)),
  seriesId: z.uuid().nullable(),
  telehealth: z.boolean(),
});
type Row = z.infer<typeof Row>;

/** Of a time that is only kept: until when. */
export const heldUntilUrl = 'urn:openward:held-until';

/**
 * Appointments of one series share this identifier, and can be asked for by it: R4 has no word for appointments that repeat, and an extension
 * could not be searched for.
 */
const seriesSystem = 'urn:openward:series';

/**
 * Of an appointment by video: where its way in is asked for, by whoever may read it and while it is open. R4 has no word for it (R5's
 * virtualService); the way in itself stands in no copy that others keep.
 */
const joinUrl = 'urn:openward:appointment-join';

const extensionsOf = (it: Row): fhir.Extension[] | undefined => {
  const all: fhir.Extension[] = [
    ...(it.heldUntil ? [{ url: heldUntilUrl, valueInstant: it.heldUntil }] : []),
    ...(it.telehealth ? [{ url: joinUrl, valueUrl: `/api/appointments/${it.id}/join` }] : []),
  ];
  return all.length > 0 ? all : undefined;
};

const toFhir = (it: Row): fhir.Appointment => {
  const with_ = (type: string, id: string | null): fhir.AppointmentParticipant[] =>
    id
      ? [
          {
            actor: { reference: `${type}/${id}` },
            status: it.partStatus[answerKey(type, id)] ?? unanswered(it.status),
          },
        ]
      : [];
  return {
    resourceType: 'Appointment',
    id: it.id,
    identifier: it.seriesId ? [{ system: seriesSystem, value: it.seriesId }] : undefined,
    extension: extensionsOf(it),
    status: it.status,
    serviceType: it.serviceId
      ? [serviceTypeOf({ id: it.serviceId, name: it.serviceName ?? '', code: it.serviceCode })]
      : undefined,
    cancelationReason: it.cancellationReason ? { text: it.cancellationReason } : undefined,
    reasonCode: it.reason ? [{ text: it.reason }] : undefined,
    start: it.startsAt ?? undefined,
    end: it.endsAt ?? undefined,
    participant: [
      ...with_('Patient', it.patientId),
      ...with_('Practitioner', it.practitionerId),
      ...with_('Location', it.locationId),
      ...with_('HealthcareService', it.serviceId),
      ...it.alsoTaken.flatMap(({ type, id }) => with_(type, id)),
    ],
  };
};

const wordsOf = (it: fhir.CodeableConcept | undefined): string | null =>
  (it?.text ?? it?.coding?.find(({ display }) => display)?.display ?? it?.coding?.[0]?.code)?.slice(0, 1000) ?? null;

const idOf = (actor: fhir.Reference | undefined, refs: Refs): string | null =>
  refs.find(actor, ['Patient', 'Practitioner', 'Location', 'HealthcareService', 'Device']);

/** What participants have answered, where that is not what the status says anyhow. */
const answersIn = (it: fhir.Appointment, refs: Refs): WholeAppointment['partStatus'] =>
  Object.fromEntries(
    it.participant.flatMap(({ actor, status }) => {
      const id = idOf(actor, refs);
      return id === null || status === unanswered(it.status) ? [] : [[answerKey(refs.typeOf(actor) ?? '', id), status]];
    }),
  );

/**
 * The first of each kind has its column; further practitioners, rooms and devices are taken as well. Who declined is not, but for the
 * patient, whose appointment it is.
 */
const fromFhir = (it: fhir.Appointment, refs: Refs): WholeAppointment => {
  const all = (type: string): string[] => [
    ...new Set(
      it.participant
        .filter(({ status }) => status !== 'declined' || type === 'Patient')
        .map(({ actor }) => refs.find(actor, type))
        .filter((id) => id !== null),
    ),
  ];
  const service = serviceMeant(it.serviceType ?? [], refs);
  const [practitionerId = null, ...practitioners] = all('Practitioner');
  const [locationId = null, ...locations] = all('Location');
  const deviceIds = all('Device');
  return {
    patientId: all('Patient')[0] ?? null,
    practitionerId,
    practitionerRoleId: all('PractitionerRole')[0] ?? null,
    locationId,
    serviceId: all('HealthcareService')[0] ?? service.id,
    serviceCodes: service.codes,
    alsoTaken: [...practitioners, ...locations, ...deviceIds],
    deviceIds,
    partStatus: answersIn(it, refs),
    declined: it.participant
      .filter(({ status }) => status === 'declined')
      .map(({ actor }) => idOf(actor, refs))
      .filter((id) => id !== null),
    status: it.status,
    startsAt: it.start ?? null,
    endsAt: it.end ?? null,
    reason: wordsOf(it.reasonCode?.[0]) ?? it.description?.slice(0, 1000) ?? null,
    cancellationReason: wordsOf(it.cancelationReason),
  };
};

const patient = reference('patient_id', ['Patient']);
const practitioner = taken('practitioner_id', 'Practitioner');
const location = taken('location_id', 'Location');

export const appointment = defineResource({
  type: 'Appointment',
  table: 'scheduling.appointment',
  patient: 'patient_id',
  permission: { read: 'appointment:read', write: 'appointment:write' },
  row: Row,
  columns: sql.fragment`
    it.id, it.status, it.patient_id, it.practitioner_id, it.location_id, it.service_id, it.starts_at, it.ends_at, it.reason, it.cancellation_reason,
    it.held_until, coalesce(it.part_status, '{}') as part_status,
    (select s.name from facility.healthcare_service s where s.id = it.service_id) as service_name,
    (select s.charge_code from facility.healthcare_service s where s.id = it.service_id) as service_code,
    (select o.series_id from scheduling.occurrence o where o.appointment_id = it.id) as series_id,
    exists (select from facility.healthcare_service s where s.id = it.service_id and s.telehealth) as telehealth,
    (
      select coalesce(json_agg(json_build_object('id', actor, 'type', case
        when exists (select from facility.practitioner p where p.id = actor) then 'Practitioner'
        when exists (select from facility.location l where l.id = actor) then 'Location'
        else 'Device'
      end) order by place), '[]')
      from unnest(it.also_taken) with ordinality a (actor, place)
    ) as also_taken
  `,
  search: {
    identifier: child('scheduling.occurrence', 'appointment_id', token('series_id', { system: seriesSystem })),
    patient,
    practitioner,
    location,
    actor: anyOf(
      patient,
      practitioner,
      location,
      taken(null, 'Device'),
      reference('service_id', ['HealthcareService']),
    ),
    date: date('starts_at'),
    status: token('status', { system: 'http://hl7.org/fhir/appointmentstatus' }),
    'part-status': partStatus,
    'service-type': serviceType,
  },
  toFhir,
  fromFhir,
  create: (tx, input: WholeAppointment, { id }) => recordAppointment(tx, input, id),
  update: amendAppointment,
  instead: 'entered-in-error',
  operations,
});
