import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { date, defineResource, reference, token, type fhir, type Refs } from '../../../fhir/resource.ts';
import { fmStatus } from '../model.ts';
import { claimNumberSystem, instantOf, money, onlyElsewhere, payerReferenceSystem, payerRef, refTo } from './parts.ts';

const id = z.uuid();
const text = z.string().nullable();
const uses = ['claim', 'preauthorization', 'predetermination'] as const;

const Row = z.strictObject({
  id, status: z.enum(fmStatus), use: z.enum(uses), number: text, patientId: id, coverageId: id.nullable(), encounterId: id.nullable(), servicedOn: text,
  total: z.string(), currency: z.string(), frequency: z.int(), replacesId: id.nullable(), replacesReference: text, elsewhere: z.boolean(), createdAt: z.string(),
  submissions: z.int(), payerCode: text, payerName: text,
  diagnoses: z.array(z.object({ sequence: z.int(), code: z.string(), display: z.string() })).nullable(),
  lines: z.array(z.object({
    sequence: z.int(), code: z.string(), display: z.string(), quantity: z.int(), on: z.string(), net: z.string(), diagnoses: z.array(z.int()),
    authorisation: text,
  })).nullable(),
}); // prettier-ignore
export type ClaimRow = z.infer<typeof Row>;

/** What names one submission to the payer, so that it is one claim there however often it arrives. */
export const submissionOf = (it: { number: string | null; submissions: number }): string =>
  it.submissions > 1 ? `${it.number ?? ''}-${String(it.submissions)}` : (it.number ?? '');

export const claimToFhir = (it: ClaimRow): fhir.Claim => {
  const head = {
    resourceType: 'Claim' as const,
    id: it.id,
    status: it.status,
    type: {},
    use: it.use,
    patient: { reference: `Patient/${it.patientId}` },
    created: it.createdAt,
    provider: {},
    priority: {},
    insurance: [],
  };
  if (it.elsewhere) return head;
  const [replaces, encounter] = [refTo('Claim', it.replacesId), refTo('Encounter', it.encounterId)];
  return {
    ...head,
    identifier: [{ system: claimNumberSystem, value: submissionOf(it) }],
    type: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/claim-type', code: 'professional' }],
    },
    billablePeriod: { start: it.servicedOn ?? undefined, end: it.servicedOn ?? undefined },
    insurer: payerRef({ code: it.payerCode ?? '', name: it.payerName ?? '' }),
    provider: { display: 'OpenWard' },
    priority: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/processpriority', code: 'normal' }] },
    related: replaces && [
      {
        claim: replaces,
        relationship: {
          coding: [{ system: 'http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship', code: 'prior' }],
        },
        reference: { system: payerReferenceSystem, value: it.replacesReference ?? '' },
      },
    ],
    diagnosis: it.diagnoses?.map((each) => ({
      sequence: each.sequence,
      diagnosisCodeableConcept: {
        coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: each.code, display: each.display }],
      },
    })),
    insurance: [{ sequence: 1, focal: true, coverage: { reference: `Coverage/${it.coverageId ?? ''}` } }],
    item: it.lines?.map((line) => ({
      sequence: line.sequence,
      diagnosisSequence: line.diagnoses.length > 0 ? line.diagnoses : undefined,
      productOrService: { coding: [{ code: line.code, display: line.display }] },
      servicedDate: line.on,
      quantity: { value: line.quantity },
      net: money(line.net, it.currency),
      encounter: encounter && [encounter],
      ...(line.authorisation && { extension: [{ url: authorisationUrl, valueString: line.authorisation }] }),
    })),
    total: money(it.total, it.currency),
  };
};
/** R4 has a pre-authorisation for a coverage (insurance.preAuthRef), none for a line. */
export const authorisationUrl = 'urn:openward:line-authorisation';

type Input = Pick<ClaimRow, 'status' | 'use' | 'patientId'> & { createdAt: string | null };
const fromFhir = (it: fhir.Claim, refs: Refs): Input => ({
  status: it.status,
  use: it.use,
  patientId: refs.id(it.patient, 'Patient', 'patient'),
  createdAt: instantOf(it.created),
});

export const claim = defineResource({
  type: 'Claim',
  table: 'insurance.claim',
  patient: 'patient_id',
  permission: { read: 'claim:read', write: 'claim:work' },
  row: Row,
  columns: (rows) => sql.fragment`
    it.id, it.status, it.use, it.number, it.patient_id, it.coverage_id, it.encounter_id, it.serviced_on, billing.to_major(it.total_minor, it.currency) as total,
    it.currency, it.frequency, it.replaces_id, it.replaces_reference, it.elsewhere, it.created_at, it.submissions,
    (select y.code from insurance.coverage c join insurance.plan p on p.id = c.plan_id join insurance.payer y on y.id = p.payer_id where c.id = it.coverage_id) as payer_code,
    (select y.name from insurance.coverage c join insurance.plan p on p.id = c.plan_id join insurance.payer y on y.id = p.payer_id where c.id = it.coverage_id) as payer_name,
    (
      select json_agg(json_build_object('sequence', d.sequence, 'code', d.code, 'display', d.display) order by d.sequence)
      from ${rows('insurance.claim_diagnosis')} d where d.claim_id = it.id
    ) as diagnoses,
    (
      select json_agg(json_build_object('sequence', l.sequence, 'code', l.code, 'display', l.display, 'quantity', l.quantity, 'on', it.serviced_on,
        'net', billing.to_major(l.submitted_minor, it.currency)::text, 'diagnoses', l.diagnoses, 'authorisation', l.authorisation) order by l.sequence)
      from ${rows('insurance.claim_line')} l where l.claim_id = it.id
    ) as lines
  `,
  search: {
    patient: reference('patient_id', ['Patient']),
    status: token('status', { system: 'http://hl7.org/fhir/fm-status' }),
    use: token('use', { system: 'http://hl7.org/fhir/claim-use' }),
    created: date('created_at'),
    encounter: reference('encounter_id', ['Encounter']),
    identifier: token('number', { system: claimNumberSystem }),
  },
  toFhir: claimToFhir,
  fromFhir,
  create: (tx: Db, it: Input, { id: claimId }) =>
    tx.query(sql.unsafe`
      insert into insurance.claim (id, status, use, patient_id, created_at, currency, elsewhere)
      values (${claimId}, ${it.status}, ${it.use}, ${it.patientId}, coalesce(${it.createdAt}::timestamptz, core.now()), 'XXX', true)
    `),
  update: (tx: Db, claimId, version, it: Input) =>
    onlyElsewhere(
      tx.maybeOneFirst(sql.unsafe`
        -- held by its parent
        update insurance.claim
        set status = ${it.status}, use = ${it.use}, patient_id = ${it.patientId}, created_at = coalesce(${it.createdAt}::timestamptz, created_at)
        where id = ${claimId} and version = ${version} and elsewhere
        returning id
      `),
    ),
  instead: 'cancelled',
});
