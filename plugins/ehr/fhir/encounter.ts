import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { date, defineResource, reference, token, type fhir, type Refs } from '../../../fhir/resource.ts';
import { fulfilAppointment, linkVisit, startVisit } from '../../scheduling/api.ts';
import { encounterStatus } from '../model.ts';
import { encounterFacts, getEncounter, moveStatuses } from '../queries/encounters.ts';
import { instantOf, refTo, written } from './parts.ts';
import { tableOf } from './table.ts';

const actCode = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';

const time = z.string().nullable();
const id = z.uuid();
const Row = z.strictObject({
  id,
  patientId: id,
  status: z.enum(encounterStatus),
  class: z.string(),
  practitionerId: id.nullable(),
  departmentId: id.nullable(),
  appointmentId: id.nullable(),
  reason: z.string().nullable(),
  arrivedAt: time,
  startedAt: time,
  endedAt: time,
  statuses: z.array(z.strictObject({ status: z.enum(encounterStatus), start: z.string(), end: z.string() })),
});
type Row = z.infer<typeof Row>;

const table = tableOf('ehr.encounter', {
  patientId: 'uuid',
  status: 'text',
  class: 'text',
  practitionerId: 'uuid',
  departmentId: 'uuid',
  appointmentId: 'uuid',
  reason: 'text',
  arrivedAt: 'timestamptz',
  startedAt: 'timestamptz',
  endedAt: 'timestamptz',
});

const toFhir = (it: Row): fhir.Encounter => {
  const start = it.startedAt ?? it.arrivedAt;
  return {
    resourceType: 'Encounter',
    id: it.id,
    status: it.status,
    statusHistory:
      it.statuses.length === 0
        ? undefined
        : it.statuses.map(({ status, ...period }): fhir.EncounterStatusHistory => ({ status, period })),
    class: { system: actCode, code: it.class },
    subject: { reference: `Patient/${it.patientId}` },
    participant:
      it.practitionerId === null ? undefined : [{ individual: { reference: `Practitioner/${it.practitionerId}` } }],
    appointment: it.appointmentId === null ? undefined : [{ reference: `Appointment/${it.appointmentId}` }],
    period: start === null && it.endedAt === null ? undefined : { start: written(start), end: written(it.endedAt) },
    reasonCode: it.reason === null ? undefined : [{ text: it.reason }],
    serviceProvider: refTo('Organization', it.departmentId),
  };
};

const waiting: readonly string[] = ['planned', 'arrived', 'triaged'];

const fromFhir = (
  it: fhir.Encounter,
  refs: Refs,
): Omit<Row, 'id' | 'arrivedAt' | 'statuses'> & { arrivedAt?: string | null } => {
  const start = instantOf(it.period?.start);
  const [participant] = (it.participant ?? [])
    .map(({ individual }) => refs.find(individual, 'Practitioner'))
    .filter((found) => found !== null);
  const [appointment] = (it.appointment ?? [])
    .map((each) => refs.find(each, 'Appointment'))
    .filter((found) => found !== null);
  return {
    patientId: refs.id(it.subject, 'Patient', 'subject'),
    status: it.status,
    class: it.class.code ?? 'AMB',
    practitionerId: participant ?? null,
    departmentId: refs.find(it.serviceProvider, 'Organization'),
    appointmentId: appointment ?? null,
    reason: it.reasonCode?.[0]?.text?.slice(0, 2000) ?? it.reasonCode?.[0]?.coding?.[0]?.display ?? null,
    // When the patient came is known to whoever saw them waiting; a period begins with the visit.
    ...(waiting.includes(it.status) ? { arrivedAt: start } : {}),
    startedAt: waiting.includes(it.status) ? null : start,
    endedAt: instantOf(it.period?.end),
  };
};

const started: readonly string[] = ['in-progress', 'onleave', 'finished'];

const told: Partial<Record<string, string>> = {
  arrived: 'arrived',
  triaged: 'arrived',
  'in-progress': 'started',
  finished: 'finished',
  cancelled: 'cancelled',
};

/** What happens here is told, whichever door it came through; history is not. */
const tell = async (
  tx: Db,
  encounterId: string,
  input: { status: string; patientId: string; appointmentId: string | null },
  statusBefore?: string,
): Promise<void> => {
  if (tx.origin === 'import' || input.status === statusBefore) return;
  const { appointmentId, patientId } = input;
  if (appointmentId && statusBefore === undefined) await linkVisit(tx, { appointmentId, patientId, encounterId });
  if (appointmentId && started.includes(input.status)) {
    const checkedIn = await startVisit(tx, appointmentId);
    if (!checkedIn && statusBefore !== undefined) throw refuse('encounter_not_waiting');
  }
  if (appointmentId && input.status === 'finished') await fulfilAppointment(tx, appointmentId);
  const what = told[input.status];
  if (what) await publish(tx, `ehr.encounter-${what}`, encounterId, await encounterFacts(tx, encounterId));
};

export const encounter = defineResource({
  type: 'Encounter',
  table: 'ehr.encounter',
  patient: 'patient_id',
  permission: { read: 'encounter:read', write: 'encounter:write' },
  row: Row,
  columns: (rows) => sql.fragment`
    ${table.columns},
    (
      select coalesce(json_agg(json_build_object('status', h.status, 'start', core.json_time(h.began_at), 'end', core.json_time(h.ended_at)) order by h.number), '[]')
      from ${rows('ehr.encounter_status')} h where h.encounter_id = it.id and h.ended_at is not null
    ) as statuses
  `,
  search: {
    patient: reference('patient_id', ['Patient']),
    subject: reference('patient_id', ['Patient']),
    status: token('status', { system: 'http://hl7.org/fhir/encounter-status' }),
    class: token('class', { system: actCode }),
    date: date('begins_at', 'ended_at'),
    participant: reference('practitioner_id', ['Practitioner']),
    practitioner: reference('practitioner_id', ['Practitioner']),
    appointment: reference('appointment_id', ['Appointment']),
    'service-provider': reference('department_id', ['Organization']),
  },
  toFhir,
  fromFhir,
  createMany: async (tx, made: readonly { id: string; input: ReturnType<typeof fromFhir> }[]) => {
    await table.insert(tx, made);
    for (const each of made) await tell(tx, each.id, each.input);
  },
  update: async (tx, encounterId: string, version: number, input: ReturnType<typeof fromFhir>) => {
    const { status, patientId } = await getEncounter(tx, encounterId);
    await table.update(tx, encounterId, version, input);
    if (patientId !== input.patientId) await moveStatuses(tx, encounterId, input.patientId);
    await tell(tx, encounterId, input, status);
  },
  instead: 'entered-in-error',
});
