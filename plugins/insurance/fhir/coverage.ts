import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { defineResource, reference, string, token, type fhir, type Refs } from '../../../fhir/resource.ts';
import { fmStatus } from '../model.ts';
import { dayOf, onlyElsewhere, payerRef } from './parts.ts';

const text = z.string().nullable();
const Row = z.strictObject({
  id: z.uuid(), status: z.enum(fmStatus), patientId: z.uuid(), subscriberId: text, startsOn: text, endsOn: text, priority: z.int(), elsewhere: z.boolean(),
  payerCode: text, payerName: text, planName: text,
}); // prettier-ignore
type Row = z.infer<typeof Row>;

const toFhir = (it: Row): fhir.Coverage => {
  const head = {
    resourceType: 'Coverage' as const,
    id: it.id,
    status: it.status,
    subscriberId: it.subscriberId ?? undefined,
    beneficiary: { reference: `Patient/${it.patientId}` },
  };
  // R4 asks for a payor; what another system sent is kept and given back whole.
  if (it.elsewhere || it.payerCode === null) return { ...head, payor: [] };
  return {
    ...head,
    relationship: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/subscriber-relationship', code: 'self' }],
    },
    period: { start: it.startsOn ?? undefined, end: it.endsOn ?? undefined },
    payor: [payerRef({ code: it.payerCode, name: it.payerName ?? '' })],
    class: [
      {
        type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/coverage-class', code: 'plan' }] },
        value: it.planName ?? '',
      },
    ],
    order: it.priority,
  };
};

type Input = Pick<Row, 'status' | 'patientId' | 'subscriberId' | 'startsOn' | 'endsOn'>;
const fromFhir = (it: fhir.Coverage, refs: Refs): Input => {
  const startsOn = dayOf(it.period?.start);
  const endsOn = dayOf(it.period?.end);
  return {
    status: it.status,
    patientId: refs.id(it.beneficiary, 'Patient', 'beneficiary'),
    subscriberId: it.subscriberId?.slice(0, 60) ?? null,
    startsOn,
    endsOn: startsOn !== null && endsOn !== null && endsOn < startsOn ? null : endsOn,
  };
};

export const coverage = defineResource({
  type: 'Coverage',
  table: 'insurance.coverage',
  patient: 'patient_id',
  permission: { read: 'coverage:read', write: 'coverage:write' },
  row: Row,
  columns: sql.fragment`
    it.id, it.status, it.patient_id, it.subscriber_id, it.starts_on, it.ends_on, it.priority, it.elsewhere,
    (select y.code from insurance.plan p join insurance.payer y on y.id = p.payer_id where p.id = it.plan_id) as payer_code,
    (select y.name from insurance.plan p join insurance.payer y on y.id = p.payer_id where p.id = it.plan_id) as payer_name,
    (select p.name from insurance.plan p where p.id = it.plan_id) as plan_name
  `,
  search: {
    patient: reference('patient_id', ['Patient']),
    beneficiary: reference('patient_id', ['Patient']),
    status: token('status', { system: 'http://hl7.org/fhir/fm-status' }),
    'class-value': string(sql.fragment`(select p.name from insurance.plan p where p.id = it.plan_id)`),
  },
  toFhir,
  fromFhir,
  create: (tx: Db, it: Input, { id }) =>
    tx.query(sql.unsafe`
      insert into insurance.coverage (id, status, patient_id, subscriber_id, starts_on, ends_on, elsewhere)
      values (${id}, ${it.status}, ${it.patientId}, ${it.subscriberId}, ${it.startsOn}, ${it.endsOn}, true)
    `),
  update: (tx: Db, id, version, it: Input) =>
    onlyElsewhere(
      tx.maybeOneFirst(sql.unsafe`
        -- held by its parent
        update insurance.coverage
        set status = ${it.status}, patient_id = ${it.patientId}, subscriber_id = ${it.subscriberId}, starts_on = ${it.startsOn}, ends_on = ${it.endsOn}
        where id = ${id} and version = ${version} and elsewhere
        returning id
      `),
    ),
  instead: 'cancelled',
});
