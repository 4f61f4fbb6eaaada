import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { date, defineResource, reference, token, type fhir, type Refs } from '../../../fhir/resource.ts';
import { fmStatus, outcomes } from '../model.ts';
import { adjudication, instantOf, onlyElsewhere, partsColumn, payerReferenceSystem, payerRef, refTo } from './parts.ts';

const id = z.uuid();
const text = z.string().nullable();
const uses = ['claim', 'preauthorization', 'predetermination'] as const;
const Lines = z.array(z.object({
  sequence: z.int(), submitted: z.string(), benefit: z.string(), copay: z.string(), deductible: z.string(), coinsurance: z.string(), denied: z.string(),
  reason: text,
})).nullable(); // prettier-ignore

const claimType: fhir.CodeableConcept = {
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/claim-type', code: 'professional' }],
};

/** The claim behind a response; its alias is `c`, its payer's `y`. */
const behind = sql.fragment`
  insurance.claim c join insurance.coverage cover on cover.id = c.coverage_id join insurance.plan p on p.id = cover.plan_id join insurance.payer y on y.id = p.payer_id
`;

// -- ClaimResponse ------------------------------------------------------------------------------------------------------

const Response = z.strictObject({
  id, status: z.enum(fmStatus), use: z.enum(uses), patientId: id, claimId: id.nullable(), outcome: z.enum(outcomes), payerReference: text, disposition: text,
  answeredAt: z.string(), elsewhere: z.boolean(), payerCode: text, payerName: text, currency: text, lines: Lines,
}); // prettier-ignore
type Response = z.infer<typeof Response>;

const responseToFhir = (it: Response): fhir.ClaimResponse => {
  const head = {
    resourceType: 'ClaimResponse' as const,
    id: it.id,
    status: it.status,
    type: {},
    use: it.use,
    patient: { reference: `Patient/${it.patientId}` },
    created: it.answeredAt,
    insurer: {},
    outcome: it.outcome,
  };
  if (it.elsewhere) return head;
  return {
    ...head,
    identifier: it.payerReference === null ? undefined : [{ system: payerReferenceSystem, value: it.payerReference }],
    type: claimType,
    insurer: payerRef({ code: it.payerCode ?? '', name: it.payerName ?? '' }),
    request: refTo('Claim', it.claimId),
    disposition: it.disposition ?? undefined,
    item: it.lines?.map((line) => ({
      itemSequence: line.sequence,
      adjudication: adjudication(line, it.currency ?? 'XXX'),
    })),
  };
};

type ResponseInput = Pick<Response, 'status' | 'use' | 'patientId' | 'outcome'> & { answeredAt: string | null };
const responseFromFhir = (it: fhir.ClaimResponse, refs: Refs): ResponseInput => ({
  status: it.status,
  use: it.use,
  patientId: refs.id(it.patient, 'Patient', 'patient'),
  outcome: it.outcome,
  answeredAt: instantOf(it.created),
});

export const claimResponse = defineResource({
  type: 'ClaimResponse',
  table: 'insurance.claim_response',
  patient: 'patient_id',
  permission: { read: 'claim:read', write: 'claim:work' },
  row: Response,
  columns: sql.fragment`
    it.id, it.status, it.use, it.patient_id, it.claim_id, it.outcome, it.payer_reference, it.disposition, it.answered_at, it.elsewhere,
    (select y.code from ${behind} where c.id = it.claim_id) as payer_code, (select y.name from ${behind} where c.id = it.claim_id) as payer_name,
    (select c.currency::text from insurance.claim c where c.id = it.claim_id) as currency, ${partsColumn(sql.fragment`it.id`)} as lines
  `,
  search: {
    patient: reference('patient_id', ['Patient']),
    request: reference('claim_id', ['Claim']),
    status: token('status', { system: 'http://hl7.org/fhir/fm-status' }),
    use: token('use', { system: 'http://hl7.org/fhir/claim-use' }),
    outcome: token('outcome', { system: 'http://hl7.org/fhir/remittance-outcome' }),
    created: date('answered_at'),
  },
  toFhir: responseToFhir,
  fromFhir: responseFromFhir,
  create: (tx: Db, it: ResponseInput, { id: responseId }) =>
    tx.query(sql.unsafe`
      insert into insurance.claim_response (id, status, use, patient_id, outcome, answered_at, elsewhere)
      values (${responseId}, ${it.status}, ${it.use}, ${it.patientId}, ${it.outcome}, coalesce(${it.answeredAt}::timestamptz, core.now()), true)
    `),
  update: (tx: Db, responseId, version, it: ResponseInput) =>
    onlyElsewhere(
      tx.maybeOneFirst(sql.unsafe`
        -- held by its parent
        update insurance.claim_response
        set status = ${it.status}, use = ${it.use}, patient_id = ${it.patientId}, outcome = ${it.outcome},
          answered_at = coalesce(${it.answeredAt}::timestamptz, answered_at)
        where id = ${responseId} and version = ${version} and elsewhere
        returning id
      `),
    ),
  instead: 'cancelled',
});

// -- ExplanationOfBenefit -----------------------------------------------------------------------------------------------

const Explanation = z.strictObject({
  id, status: z.enum(['active', 'cancelled', 'draft', 'entered-in-error']), use: z.enum(uses), outcome: z.enum(outcomes), patientId: id, responseId: id.nullable(),
  elsewhere: z.boolean(), createdAt: z.string(), claimId: id.nullable(), coverageId: id.nullable(), payerCode: text, payerName: text, currency: text,
  lines: Lines,
  codes: z.array(z.object({ sequence: z.int(), code: z.string(), display: z.string() })).nullable(),
}); // prettier-ignore
type Explanation = z.infer<typeof Explanation>;

const explanationToFhir = (it: Explanation): fhir.ExplanationOfBenefit => {
  const head = {
    resourceType: 'ExplanationOfBenefit' as const,
    id: it.id,
    status: it.status,
    type: {},
    use: it.use,
    patient: { reference: `Patient/${it.patientId}` },
    created: it.createdAt,
    insurer: {},
    provider: {},
    outcome: it.outcome,
    insurance: [],
  };
  if (it.elsewhere) return head;
  return {
    ...head,
    type: claimType,
    insurer: payerRef({ code: it.payerCode ?? '', name: it.payerName ?? '' }),
    provider: { display: 'OpenWard' },
    claim: refTo('Claim', it.claimId),
    claimResponse: refTo('ClaimResponse', it.responseId),
    insurance: [{ focal: true, coverage: { reference: `Coverage/${it.coverageId ?? ''}` } }],
    item: it.lines?.map((line) => {
      const named = it.codes?.find(({ sequence }) => sequence === line.sequence);
      return {
        sequence: line.sequence,
        productOrService: { coding: named && [{ code: named.code, display: named.display }] },
        adjudication: adjudication(line, it.currency ?? 'XXX'),
      };
    }),
  };
};

type ExplanationInput = Pick<Explanation, 'status' | 'use' | 'outcome' | 'patientId'> & { createdAt: string | null };
const explanationFromFhir = (it: fhir.ExplanationOfBenefit, refs: Refs): ExplanationInput => ({
  status: it.status,
  use: it.use,
  outcome: it.outcome,
  patientId: refs.id(it.patient, 'Patient', 'patient'),
  createdAt: instantOf(it.created),
});

const itsClaim = sql.fragment`(select a.claim_id from insurance.claim_response a where a.id = it.response_id)`;

export const explanationOfBenefit = defineResource({
  type: 'ExplanationOfBenefit',
  table: 'insurance.explanation_of_benefit',
  patient: 'patient_id',
  permission: { read: 'claim:read', write: 'claim:work' },
  row: Explanation,
  columns: sql.fragment`
    it.id, it.status, it.use, it.outcome, it.patient_id, it.response_id, it.elsewhere, it.created_at, ${itsClaim} as claim_id,
    (select c.coverage_id from ${behind} where c.id = ${itsClaim}) as coverage_id, (select y.code from ${behind} where c.id = ${itsClaim}) as payer_code,
    (select y.name from ${behind} where c.id = ${itsClaim}) as payer_name, (select c.currency::text from ${behind} where c.id = ${itsClaim}) as currency,
    ${partsColumn(sql.fragment`it.response_id`)} as lines,
    (
      select json_agg(json_build_object('sequence', l.sequence, 'code', l.code, 'display', l.display) order by l.sequence)
      from insurance.claim_line l where l.claim_id = ${itsClaim}
    ) as codes
  `,
  search: {
    patient: reference('patient_id', ['Patient']),
    claim: reference(itsClaim, ['Claim']),
    status: token('status', { system: 'http://hl7.org/fhir/explanationofbenefit-status' }),
    created: date('created_at'),
  },
  toFhir: explanationToFhir,
  fromFhir: explanationFromFhir,
  create: (tx: Db, it: ExplanationInput, { id: explanationId }) =>
    tx.query(sql.unsafe`
      insert into insurance.explanation_of_benefit (id, status, use, outcome, patient_id, created_at, elsewhere)
      values (${explanationId}, ${it.status}, ${it.use}, ${it.outcome}, ${it.patientId}, coalesce(${it.createdAt}::timestamptz, core.now()), true)
    `),
  update: (tx: Db, explanationId, version, it: ExplanationInput) =>
    onlyElsewhere(
      tx.maybeOneFirst(sql.unsafe`
        -- held by its parent
        update insurance.explanation_of_benefit
        set status = ${it.status}, use = ${it.use}, outcome = ${it.outcome}, patient_id = ${it.patientId},
          created_at = coalesce(${it.createdAt}::timestamptz, created_at)
        where id = ${explanationId} and version = ${version} and elsewhere
        returning id
      `),
    ),
  instead: 'cancelled',
});
