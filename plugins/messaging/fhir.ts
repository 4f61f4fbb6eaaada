import { z } from 'zod';
import { sql, type Db } from '../../core/database.ts';
import { refuse } from '../../core/refuse.ts';
import { date, defineResource, reference, token, type fhir, type Refs } from '../../fhir/resource.ts';

const text = z.string().nullable();
const Row = z.strictObject({
  id: z.uuid(),
  status: z.string(),
  isOurs: z.boolean(),
  reason: text,
  patientId: z.uuid().nullable(),
  kind: text,
  channel: text,
  appointmentId: z.uuid().nullable(),
  subject: text,
  body: text,
  sentAt: text,
  deliveredAt: text,
});
type Row = z.infer<typeof Row>;

/** R4's word for where a message is on its way. */
const status = sql.fragment`case it.status
  when 'recorded' then it.fhir_status when 'planned' then 'preparation' when 'held' then 'on-hold' when 'sending' then 'in-progress'
  when 'failed' then 'stopped' when 'withdrawn' then 'not-done' else 'completed' end`;

const media: Record<string, [code: string, display: string]> = {
  email: ['EMAILWRIT', 'email'],
  sms: ['SMSWRIT', 'SMS message'],
};
const mediumSystem = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationMode';

const toFhir = (it: Row): fhir.Communication => {
  const patient = it.patientId === null ? undefined : { reference: `Patient/${it.patientId}` };
  const medium = it.channel === null ? undefined : media[it.channel];
  const payload = [it.subject, it.body].flatMap((contentString) => (contentString === null ? [] : [{ contentString }]));
  return {
    resourceType: 'Communication',
    id: it.id,
    status: it.status as fhir.Communication['status'],
    statusReason: it.isOurs && it.reason !== null ? { text: it.reason } : undefined,
    category: it.kind === null ? undefined : [{ coding: [categoryOf(it.kind)] }],
    medium: medium && [{ coding: [{ system: mediumSystem, code: medium[0], display: medium[1] }] }],
    subject: patient,
    recipient: it.isOurs && patient ? [patient] : undefined,
    about: it.appointmentId === null ? undefined : [{ reference: `Appointment/${it.appointmentId}` }],
    payload: payload.length > 0 ? payload : undefined,
    sent: it.sentAt ?? undefined,
    received: it.deliveredAt ?? undefined,
  };
};

const categoryOf = (kind: string): fhir.Coding => ({
  system: 'http://terminology.hl7.org/CodeSystem/communication-category',
  code: kind === 'appointment-reminder' ? 'reminder' : 'notification',
});

interface Input {
  status: string;
  patientId: string | null;
  body: string | null;
  sentAt: string | null;
  deliveredAt: string | null;
}

const fromFhir = (it: fhir.Communication, refs: Refs): Input => ({
  status: it.status,
  patientId: refs.find(it.subject, 'Patient'),
  body: it.payload?.find(({ contentString }) => contentString !== undefined)?.contentString ?? null,
  sentAt: instantOf(it.sent),
  deliveredAt: instantOf(it.received),
});

/** A date may be a year only; the column takes its beginning, and what was sent is kept beside it. */
const instantOf = (written: string | undefined): string | null =>
  written === undefined
    ? null
    : written.includes('T')
      ? written
      : `${written}${'-01-01'.slice(written.length - 4)}T00:00:00Z`;

/** Written down, never sent: what goes out comes of the hospital's own events. */
const record = (tx: Db, id: string, it: Input): Promise<unknown> =>
  tx.query(sql.unsafe`
    insert into messaging.message (id, status, fhir_status, patient_id, body, sent_at, delivered_at)
    values (${id}, 'recorded', ${it.status}, ${it.patientId}, ${it.body}, ${it.sentAt}, ${it.deliveredAt})
  `);

/** @throws refusal message_is_ours: its state says what was sent, to whom and when */
const amend = async (tx: Db, id: string, version: number, it: Input): Promise<void> => {
  if (!(await tx.exists(sql.unsafe`select from messaging.message where id = ${id} and status = 'recorded'`)))
    throw refuse('message_is_ours');
  await tx.query(sql.unsafe`
    update messaging.message
    set fhir_status = ${it.status}, patient_id = ${it.patientId}, body = ${it.body}, sent_at = ${it.sentAt}, delivered_at = ${it.deliveredAt}
    where id = ${id} and version = ${version}
  `);
};

export const communication = defineResource({
  type: 'Communication',
  table: 'messaging.message',
  patient: 'patient_id',
  permission: { read: 'message:read', write: 'message:write' },
  row: Row,
  columns: sql.fragment`
    it.id, ${status} as status, it.status <> 'recorded' as is_ours, it.reason, it.patient_id, it.kind, it.channel,
    case when it.kind like 'appointment-%' then it.subject_id end as appointment_id, it.subject, it.body, it.sent_at, it.delivered_at
  `,
  search: {
    patient: reference('patient_id', ['Patient']),
    subject: reference('patient_id', ['Patient']),
    status: token(status, { system: 'http://hl7.org/fhir/event-status' }),
    medium: token(sql.fragment`case it.channel when 'email' then 'EMAILWRIT' when 'sms' then 'SMSWRIT' end`, {
      system: mediumSystem,
    }),
    sent: date('sent_at'),
    received: date('delivered_at'),
  },
  toFhir,
  fromFhir,
  create: (tx, it: Input, { id }) => record(tx, id, it),
  update: amend,
  instead: 'entered-in-error',
});
