import { z } from 'zod';
import { sql, type Db, type Fragment } from '../../../core/database.ts';
import { date, defineResource, reference, token, type fhir, type Refs } from '../../../fhir/resource.ts';
import { fmStatus, outcomes } from '../model.ts';
import { dayOf, instantOf, money, onlyElsewhere, payerRef, refTo } from './parts.ts';

const id = z.uuid();
const text = z.string().nullable();

/** One column of the plan or payer behind a coverage (`coverage`: SQL that gives its id). */
const ofPayer = (column: Fragment, coverage: Fragment): Fragment => sql.fragment`(
  select ${column}
  from insurance.coverage c join insurance.plan p on p.id = c.plan_id join insurance.payer y on y.id = p.payer_id
  where c.id = ${coverage}
)`;
const asked = sql.fragment`it.coverage_id`;
const answered = sql.fragment`(select q.coverage_id from insurance.eligibility_request q where q.id = it.request_id)`;

// -- the question -------------------------------------------------------------------------------------------------------

const Asked = z.strictObject({
  id, status: z.enum(fmStatus), patientId: id, coverageId: id.nullable(), serviceOn: text, askedAt: z.string(), elsewhere: z.boolean(), payerCode: text, payerName: text,
}); // prettier-ignore
type Asked = z.infer<typeof Asked>;

export const requestToFhir = (it: Asked): fhir.CoverageEligibilityRequest => {
  const head = {
    resourceType: 'CoverageEligibilityRequest' as const,
    id: it.id,
    status: it.status,
    purpose: [] as fhir.CoverageEligibilityRequest['purpose'],
    patient: { reference: `Patient/${it.patientId}` },
    created: it.askedAt,
    insurer: {},
  };
  if (it.elsewhere || it.payerCode === null) return head;
  return {
    ...head,
    purpose: ['validation', 'benefits'],
    servicedDate: it.serviceOn ?? undefined,
    insurer: payerRef({ code: it.payerCode, name: it.payerName ?? '' }),
    insurance: [{ focal: true, coverage: { reference: `Coverage/${it.coverageId ?? ''}` } }],
  };
};

type AskedInput = Pick<Asked, 'status' | 'patientId' | 'serviceOn'> & { askedAt: string | null };
const requestFromFhir = (it: fhir.CoverageEligibilityRequest, refs: Refs): AskedInput => ({
  status: it.status,
  patientId: refs.id(it.patient, 'Patient', 'patient'),
  serviceOn: dayOf(it.servicedDate ?? it.servicedPeriod?.start),
  askedAt: instantOf(it.created),
});

export const coverageEligibilityRequest = defineResource({
  type: 'CoverageEligibilityRequest',
  table: 'insurance.eligibility_request',
  patient: 'patient_id',
  permission: { read: 'coverage:read', write: 'coverage:write' },
  row: Asked,
  columns: sql.fragment`
    it.id, it.status, it.patient_id, it.coverage_id, it.service_on, it.asked_at, it.elsewhere,
    ${ofPayer(sql.fragment`y.code`, asked)} as payer_code, ${ofPayer(sql.fragment`y.name`, asked)} as payer_name
  `,
  search: {
    patient: reference('patient_id', ['Patient']),
    status: token('status', { system: 'http://hl7.org/fhir/fm-status' }),
    created: date('asked_at'),
  },
  toFhir: requestToFhir,
  fromFhir: requestFromFhir,
  create: (tx: Db, it: AskedInput, { id: requestId }) =>
    tx.query(sql.unsafe`
      insert into insurance.eligibility_request (id, status, patient_id, service_on, asked_at, elsewhere)
      values (${requestId}, ${it.status}, ${it.patientId}, ${it.serviceOn}, coalesce(${it.askedAt}::timestamptz, core.now()), true)
    `),
  update: (tx: Db, requestId, version, it: AskedInput) =>
    onlyElsewhere(
      tx.maybeOneFirst(sql.unsafe`
        -- held by its parent
        update insurance.eligibility_request
        set status = ${it.status}, patient_id = ${it.patientId}, service_on = ${it.serviceOn}, asked_at = coalesce(${it.askedAt}::timestamptz, asked_at)
        where id = ${requestId} and version = ${version} and elsewhere
        returning id
      `),
    ),
  instead: 'cancelled',
});

// -- the answer ---------------------------------------------------------------------------------------------------------

const Answered = z.strictObject({
  id, status: z.enum(fmStatus), patientId: id, requestId: id.nullable(), coverageId: id.nullable(), outcome: z.enum(outcomes), inForce: z.boolean().nullable(),
  disposition: text, copay: text, currency: text, answeredAt: z.string(), elsewhere: z.boolean(), payerCode: text, payerName: text,
}); // prettier-ignore
type Answered = z.infer<typeof Answered>;

const responseToFhir = (it: Answered): fhir.CoverageEligibilityResponse => {
  const head = {
    resourceType: 'CoverageEligibilityResponse' as const,
    id: it.id,
    status: it.status,
    purpose: [] as fhir.CoverageEligibilityResponse['purpose'],
    patient: { reference: `Patient/${it.patientId}` },
    created: it.answeredAt,
    request: {},
    outcome: it.outcome,
    insurer: {},
  };
  if (it.elsewhere || it.payerCode === null) return head;
  const copay = it.copay === null ? undefined : money(it.copay, it.currency ?? 'XXX');
  return {
    ...head,
    purpose: ['validation', 'benefits'],
    request: refTo('CoverageEligibilityRequest', it.requestId)!,
    disposition: it.disposition ?? undefined,
    insurer: payerRef({ code: it.payerCode, name: it.payerName ?? '' }),
    insurance: [
      {
        coverage: { reference: `Coverage/${it.coverageId ?? ''}` },
        inforce: it.inForce ?? undefined,
        ...(copay && {
          item: [
            {
              benefit: [
                {
                  type: {
                    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/benefit-type', code: 'copay' }],
                  },
                  allowedMoney: copay,
                },
              ],
            },
          ],
        }),
      },
    ],
  };
};

type AnsweredInput = Pick<Answered, 'status' | 'patientId' | 'outcome'> & { answeredAt: string | null };
const responseFromFhir = (it: fhir.CoverageEligibilityResponse, refs: Refs): AnsweredInput => ({
  status: it.status,
  patientId: refs.id(it.patient, 'Patient', 'patient'),
  outcome: it.outcome,
  answeredAt: instantOf(it.created),
});

export const coverageEligibilityResponse = defineResource({
  type: 'CoverageEligibilityResponse',
  table: 'insurance.eligibility_response',
  patient: 'patient_id',
  permission: { read: 'coverage:read', write: 'coverage:write' },
  row: Answered,
  columns: sql.fragment`
    it.id, it.status, it.patient_id, it.request_id, it.outcome, it.in_force, it.disposition, it.answered_at, it.elsewhere,
    ${answered} as coverage_id, ${ofPayer(sql.fragment`billing.to_major(it.copay_minor, p.currency)::text`, answered)} as copay,
    ${ofPayer(sql.fragment`p.currency::text`, answered)} as currency, ${ofPayer(sql.fragment`y.code`, answered)} as payer_code,
    ${ofPayer(sql.fragment`y.name`, answered)} as payer_name
  `,
  search: {
    patient: reference('patient_id', ['Patient']),
    request: reference('request_id', ['CoverageEligibilityRequest']),
    status: token('status', { system: 'http://hl7.org/fhir/fm-status' }),
    outcome: token('outcome', { system: 'http://hl7.org/fhir/remittance-outcome' }),
    created: date('answered_at'),
  },
  toFhir: responseToFhir,
  fromFhir: responseFromFhir,
  create: (tx: Db, it: AnsweredInput, { id: responseId }) =>
    tx.query(sql.unsafe`
      insert into insurance.eligibility_response (id, status, patient_id, outcome, answered_at, elsewhere)
      values (${responseId}, ${it.status}, ${it.patientId}, ${it.outcome}, coalesce(${it.answeredAt}::timestamptz, core.now()), true)
    `),
  update: (tx: Db, responseId, version, it: AnsweredInput) =>
    onlyElsewhere(
      tx.maybeOneFirst(sql.unsafe`
        -- held by its parent
        update insurance.eligibility_response
        set status = ${it.status}, patient_id = ${it.patientId}, outcome = ${it.outcome}, answered_at = coalesce(${it.answeredAt}::timestamptz, answered_at)
        where id = ${responseId} and version = ${version} and elsewhere
        returning id
      `),
    ),
  instead: 'cancelled',
});
